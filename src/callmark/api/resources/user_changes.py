"""Account codes for many users at once, and who has settings of their own."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from django.db.models import F, QuerySet
from pydantic import Field, StrictBool

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.api import examples
from callmark.api.code_rules import NAMES
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Here, Needs, Resource
from callmark.api.schemas import Line, Request, Shown, eg
from callmark.batches import BatchState
from callmark.codes import models, user_batches
from callmark.codes.user_batch_models import UserBatch, UserBatchKind
from callmark.codes.user_lists import (
    CodesOf,
    UserFilter,
    UserKind,
    deviations_of,
    own_settings,
    users_found,
)

_TAG = "Account codes: settings"


def batches_of(here: Here) -> QuerySet[UserBatch]:
    """The changes of many users on the account."""
    return UserBatch.objects.of(here.account).annotate(undoing=F("undone_by"))


changes = Resource("/accounts/{account_id}/user-changes", _TAG, needs=Needs.ADMINISTRATION)
user_change = changes.one("/{user_change_id}", batches_of)
custom = Resource("/accounts/{account_id}/custom-settings", _TAG, needs=Needs.ADMINISTRATION)


class WhatToDo(StrEnum):
    """What can be done to many users."""

    ENABLE = "enable"
    DISABLE = "disable"
    RESET = "reset"


class UsersToFind(Request, example={"account_codes": "on"}):
    """Which users to change. Without a condition say `all`; a misspelt one is refused."""

    q: Line = ""
    account_codes: CodesOf | None = None
    has_phone: StrictBool | None = None
    kind: UserKind | None = None
    all: Annotated[StrictBool, Field(description="Every user: in place of any condition.")] = False

    def filter(self) -> UserFilter:
        """The same for the list. Raises :class:`Refused` unless it is clear."""
        asked = UserFilter(self.q, self.account_codes, self.has_phone, self.kind)
        if (asked == UserFilter()) != self.all:
            raise Refused(
                'Say which users, or "all": true if you mean every one.', "find", code="which_users"
            )
        return asked


class NewChangeOfUsers(Request):
    """What to do to which users: those named in `users`, or all that `find` finds.

    `enable` and `disable` account codes; `reset` ends settings of their own.
    """

    kind: WhatToDo = eg("disable")
    users: Annotated[list[UUID], Field(max_length=1000)] = Field(default_factory=list)
    find: UsersToFind | None = eg(UsersToFind, default=None)


class ChangeOfUsers(Shown):
    """A change of many users. `state` is `done` at once for up to 200 of them."""

    id: UUID = eg(examples.USER_CHANGE_ID)
    kind: UserBatchKind = eg("disable")
    state: BatchState = eg("done")
    total: int = eg(1, "Users that it is of: those who are so already are not among them.")
    done: int = eg(1, "Users changed so far; each has an audit entry.")
    left: int = eg(0, "Users left as they were: changed meanwhile, or they cannot have it now.")
    by_name: str = eg("Olivia")
    at: datetime
    finished_at: datetime | None = eg(examples.MOMENT)
    undoes: UUID | None = eg(None, "The change that this one undoes.", row="undoes_id")
    # One that was just made has not been read, and nobody can have undone it.
    undone_by: UUID | None = eg(
        None, "The change that undid this one.", row=lambda one: getattr(one, "undoing", None)
    )


class Difference(Shown):
    """A setting that is in force for a user otherwise than for the others."""

    setting: str = eg("international")
    user: bool = eg(False, "What it is for this user.")
    account: bool = eg(True, "What it is for all without settings of their own.")


class CustomSettings(Shown):
    """A user with settings of their own, and in what they deviate from the account's."""

    user_id: UUID = eg(examples.USER_ID)
    name: str = eg("Ben Attorney")
    enabled: bool = eg(True)
    differs: list[Difference] = eg(
        [{"setting": "international", "user": False, "account": True}],
        "Empty where all is the same as the account's now.",
    )


def _which(here: Here, body: NewChangeOfUsers) -> user_batches.Which:
    if bool(body.users) == (body.find is not None):
        raise Refused("Name users, or say in 'find' which, not both.", "users", code="which_users")
    if body.find is not None:
        return users_found(here.account, body.find.filter())
    named: Mapping[UUID, str | None] = dict.fromkeys(body.users)
    return named


@changes.get()
def list_user_changes(here: Here, query: PageQuery) -> Page[ChangeOfUsers]:
    """List the changes of many users, the newest first. They are kept for 30 days."""
    return page_of(batches_of(here), query, ("-at", "id"), ChangeOfUsers.of)


@changes.post(status=201)
def change_many_users(here: Here, body: NewChangeOfUsers) -> ChangeOfUsers:
    """Enable or disable account codes for many users, or end their own settings.

    Up to 200 users are changed at once; of more, read how far it is. Nothing to do is refused.
    """
    kind = UserBatchKind(body.kind)
    done = user_batches.change_many(here.account, kind, _which(here, body), actor=here.person)
    return ChangeOfUsers.of(done)


@user_change.get()
def get_user_change(_here: Here, batch: UserBatch) -> ChangeOfUsers:
    """Read one change of many users, and how far it is."""
    return ChangeOfUsers.of(batch)


@user_change.post("/undo", status=201)
def undo_user_change(here: Here, batch: UserBatch) -> ChangeOfUsers:
    """Bring back what the users had; those changed since stay as they are."""
    return ChangeOfUsers.of(user_batches.undo_many(batch, actor=here.person))


@custom.get()
def list_custom_settings(here: Here, query: PageQuery) -> Page[CustomSettings]:
    """List who has settings of their own, and in what they deviate from the account's."""
    account = models.AccountCodeSettings.objects.of(here.account).first()

    def show(user: User) -> CustomSettings:
        stored = own_settings(user)
        differs = [
            Difference(setting=NAMES[one.name], user=one.on, account=not one.on)
            for one in deviations_of(account, stored)
        ]
        return CustomSettings(
            user_id=user.pk, name=user.name, enabled=stored.enabled, differs=differs
        )

    found = users_found(here.account, UserFilter(codes=CodesOf.CUSTOM))
    return page_of(found.select_related("code_settings"), query, ("name", "id"), show)
