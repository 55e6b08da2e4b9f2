"""A user's own account-code settings: enable, and override the account's."""

from dataclasses import asdict
from hashlib import sha256
from types import EllipsisType
from typing import Annotated
from uuid import UUID

from ninja import Router
from pydantic import Field, StrictBool

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.api import etags, examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import Answer, operation
from callmark.api.resources.account_codes import Switches
from callmark.api.schemas import Request, Shown, unchanged
from callmark.codes import models
from callmark.codes.services import save_user_settings
from callmark.policy.settings import AccountSettings, UserSettings, effective_settings
from callmark.sign_in.api_tokens import Scope
from callmark.web.access import Needs

router = Router(tags=["Account codes: settings"])

PATH = "/accounts/{account_id}/users/{user_id}/account-codes"


class UserSettingsToSave(Request):
    """The user's Settings tab."""

    enabled: Annotated[StrictBool, Field(description="Enable account codes")]
    override: Annotated[
        Switches | None,
        Field(description="Override account level settings; null: the account's apply."),
    ]
    default_code_id: Annotated[
        UUID | None, Field(description="Null: no default code. Left out: as it is.")
    ] = unchanged()


def _default_code(here: Here, body: UserSettingsToSave) -> models.AccountCode | EllipsisType | None:
    if "default_code_id" not in body.model_fields_set:
        return ...
    if body.default_code_id is None:
        return None
    codes = models.AccountCode.objects.of(here.account)
    code = codes.filter(pk=body.default_code_id).first()
    if code is None:
        raise Refused("The account has no such code.", "default_code_id")
    return code


class UserCodeSettings(Shown):
    """A user's own settings, and what is in force for their calls."""

    enabled: bool
    override: Switches | None
    default_code_id: Annotated[
        UUID | None,
        Field(description="Stands in where a call needs a code and nobody can be asked for one."),
    ]
    active: Annotated[bool, Field(description="Whether this user's calls may need a code at all.")]
    in_force: Annotated[Switches, Field(description="Account and override taken together.")]
    proceed_can_be_changed: Annotated[
        bool, Field(description="Only while it is on for the account.")
    ]


def _answer(here: Here, user: User) -> Answer[UserCodeSettings]:
    stored = models.UserCodeSettings.objects.of(user).first()
    stored = stored or models.UserCodeSettings(user=user)
    account = models.AccountCodeSettings.objects.of(here.account).first()
    override = stored.switches if stored.override else None
    effective = effective_settings(_policy(account), UserSettings(stored.enabled, override))
    body = UserCodeSettings(
        enabled=stored.enabled,
        override=Switches.of(override) if override else None,
        default_code_id=stored.default_code_id,
        active=effective.active,
        in_force=Switches.of(effective.switches),
        proceed_can_be_changed=account is not None and account.proceed_after_max_retries,
    )
    return Answer(body, {"ETag": _etag(account, stored)})


def _policy(stored: models.AccountCodeSettings | None) -> AccountSettings | None:
    if stored is None:
        return None
    return AccountSettings(stored.code_length, stored.max_retries, stored.allowed, stored.switches)


def _etag(account: models.AccountCodeSettings | None, stored: models.UserCodeSettings) -> str:
    """What was seen: the user's settings and those of the account they are shown with."""
    seen = (
        account.version if account else 0,
        stored.enabled,
        stored.override,
        stored.default_code_id,
        sorted(asdict(stored.switches).items()),
    )
    return etags.quoted(sha256(repr(seen).encode()).hexdigest()[:16])


_EXAMPLE = {
    "enabled": True,
    "override": examples.SWITCHES | {"other_outside": True},
    "default_code_id": examples.CODE_ID,
    "active": True,
    "in_force": examples.SWITCHES | {"other_outside": True},
    "proceed_can_be_changed": False,
}


@operation(
    router,
    Operation(
        "GET",
        PATH,
        needs=Needs.MEMBERSHIP,
        scope=Scope.READ,
        example=_EXAMPLE,
        has_etag=True,
    ),
)
def get_user_code_settings(
    here: Here,
    user_id: UUID,
) -> Answer[UserCodeSettings]:
    """Read a user's settings. People who are not administrators can read only their own."""
    return _answer(here, here.own_or_administered(user_id))


@operation(
    router,
    Operation(
        "PUT",
        PATH,
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        example=_EXAMPLE,
        body_example={
            "enabled": True,
            "override": examples.SWITCHES | {"other_outside": True},
            "default_code_id": examples.CODE_ID,
        },
        if_match=True,
    ),
)
def save_user_code_settings(
    here: Here, user_id: UUID, body: UserSettingsToSave
) -> Answer[UserCodeSettings]:
    """Save a user's settings.

    *Allow call to proceed after max retries* can be changed only while it is on for the account.
    """
    # Locked, so that what If-Match is compared with is still so when it is saved.
    user = here.user(user_id)
    User.objects.of(user.account_id).select_for_update().get(pk=user.pk)
    etags.require_match(here.if_match, _answer(here, user).headers["ETag"])
    override = body.override.value() if body.override else None
    save_user_settings(
        user,
        enabled=body.enabled,
        override=override,
        default_code=_default_code(here, body),
        actor=here.person,
    )
    return _answer(here, user)
