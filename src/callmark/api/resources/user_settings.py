"""A user's own account-code settings: enable, and override the account's."""

from dataclasses import asdict
from hashlib import sha256
from types import EllipsisType
from uuid import UUID

from pydantic import StrictBool

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.api import code_rules, etags, examples
from callmark.api.code_rules import Switches
from callmark.api.resource import Here, Needs, Resource, Versioned
from callmark.api.resources.users import users, users_of
from callmark.api.schemas import Request, Shown, eg, unchanged
from callmark.codes import models
from callmark.codes.services import save_user_settings
from callmark.policy.settings import effective_settings

user_settings = Resource(users.path, "Account codes: settings", needs=Needs.ADMINISTRATION)
user = user_settings.one("/{user_id}", users_of)
OVERRIDE = code_rules.EXAMPLE | {"other_outside": True}


class UserSettingsToSave(Request):
    """The user's Settings tab."""

    enabled: StrictBool = eg(True, "Enable account codes")
    override: Switches | None = eg(
        OVERRIDE, "Override account level settings; null: the account's apply."
    )
    default_code_id: UUID | None = unchanged(
        examples.CODE_ID, description="Null: no default code. Left out: as it is."
    )


def _default_code(here: Here, body: UserSettingsToSave) -> models.AccountCode | EllipsisType | None:
    if "default_code_id" not in body.model_fields_set:
        return ...
    if body.default_code_id is None:
        return None
    codes = models.AccountCode.objects.of(here.account)
    code = codes.filter(pk=body.default_code_id).first()
    if code is None:
        raise Refused("Name one of the account's codes, or null for none.", "default_code_id")
    return code


class UserCodeSettings(Shown):
    """A user's own settings, and what is in force for their calls."""

    enabled: bool = eg(True)
    override: Switches | None = eg(OVERRIDE)
    default_code_id: UUID | None = eg(
        examples.CODE_ID, "Stands in where a call needs a code and nobody can be asked for one."
    )
    active: bool = eg(True, "Whether this user's calls may need a code at all.")
    in_force: Switches = eg(OVERRIDE, "Account and override taken together.")
    proceed_can_be_changed: bool = eg(False, "Only while it is on for the account.")


def _answer(here: Here, user: User) -> Versioned[UserCodeSettings]:
    stored = models.UserCodeSettings.objects.of(user).first()
    stored = stored or models.UserCodeSettings(user=user)
    account = models.AccountCodeSettings.objects.of(here.account).first()
    override = stored.value.override
    effective = effective_settings(account.value if account else None, stored.value)
    shown = UserCodeSettings.of(
        stored,
        override=Switches.of(override) if override else None,
        active=effective.active,
        in_force=Switches.of(effective.rules),
        proceed_can_be_changed=account is not None and account.rules.proceed_after_max_retries,
    )
    return Versioned(shown, _version(account, stored))


def _version(account: models.AccountCodeSettings | None, stored: models.UserCodeSettings) -> str:
    """What was seen: the user's settings and those of the account they are shown with."""
    seen = (
        account.version if account else 0,
        stored.enabled,
        stored.override,
        stored.default_code_id,
        sorted(asdict(stored.rules).items()),
    )
    return sha256(repr(seen).encode()).hexdigest()[:16]


@user.get("/account-codes", needs=Needs.MEMBERSHIP)
def get_user_code_settings(here: Here, user: User) -> Versioned[UserCodeSettings]:
    """Read a user's settings. People who are not administrators can read only their own."""
    return _answer(here, user)


@user.put("/account-codes", if_match=True)
def save_user_code_settings(
    here: Here, user: User, body: UserSettingsToSave
) -> Versioned[UserCodeSettings]:
    """Save a user's settings.

    *Allow call to proceed after max retries* can be changed only while it is on for the account.
    """
    # Locked, so that what If-Match is compared with is still so when it is saved.
    User.objects.of(user.account_id).select_for_update(no_key=True).get(pk=user.pk)
    etags.require_match(here.if_match, _answer(here, user).version)
    save_user_settings(
        user,
        enabled=body.enabled,
        override=body.override.value() if body.override else None,
        default_code=_default_code(here, body),
        actor=here.person,
    )
    return _answer(here, user)
