"""Enabling account codes for many users, disabling them, resetting users to the account's settings.

Each user is a change with an entry of its own, as if made on the user's page, upon the version that
was seen: who was changed meanwhile is left as they are. :data:`AT_ONCE` users are changed within
the request, more by the worker in parts. Any of it can be undone.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.changes import change
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.audit.actions import Action
from callmark.batches import UNDER_WAY, BatchState, rest_since
from callmark.codes.models import AccountCodeSettings, UserCodeSettings
from callmark.codes.services import refuse_while_off, user_settings_version
from callmark.codes.stored_settings import settings_of
from callmark.codes.use import usable_code_count
from callmark.codes.user_batch_models import UserBatch, UserBatchKind, UserBatchRow
from callmark.codes.user_import_undo import take_back
from callmark.local_formats import number
from callmark.policy.settings import may_validate

log = logging.getLogger("callmark.codes")

AT_ONCE = 200
"""Users that are changed in one transaction: less than a second."""
MOST = 100_000
KEPT = timedelta(days=30)
"""After that a batch cannot be undone any more."""

Which = QuerySet[User] | Mapping[UUID, str | None]
"""All that a filter finds, or users by their ids, with the version of their settings that was seen
(None: any)."""


@transaction.atomic
def change_many(account: Account, kind: UserBatchKind, which: Which, *, actor: User) -> UserBatch:
    """Do this to the users that need it. Raises :class:`Refused` if there is none.

    Users who are not active are not enabled. A batch of more than :data:`AT_ONCE` users is
    *waiting* at first.
    """
    settings = settings_of(account, lock=True)
    if kind == UserBatchKind.ENABLE:
        refuse_while_off(settings)
    if kind not in _NOTHING:
        raise Refused(
            gettext("There is nothing of this kind to do with users."), "kind", code="bad_kind"
        )
    users = _users(account, which)
    seen = which if isinstance(which, Mapping) else {}
    versions = {
        stored.user_id: seen.get(stored.user_id) or user_settings_version(stored)
        for stored in _stored(account, needing(account, kind, users))
    }
    if not versions:
        raise Refused(str(_NOTHING[kind]), "users", code="nothing_to_do")
    rows = [UserBatchRow(user_id=user, seen=version) for user, version in versions.items()]
    return _begin(UserBatch(account=account, kind=kind), rows, actor)


def needing(account: Account, kind: UserBatchKind, users: QuerySet[User]) -> QuerySet[User]:
    """Those of the users for whom this would be a change."""
    settings = UserCodeSettings.objects.of(account)
    match kind:
        case UserBatchKind.ENABLE:
            on = settings.filter(enabled=True)
            return users.filter(is_active=True).exclude(pk__in=on.values("user_id"))
        case UserBatchKind.DISABLE:
            return users.filter(pk__in=settings.filter(enabled=True).values("user_id"))
        case _:
            return users.filter(pk__in=settings.filter(override=True).values("user_id"))


_NOTHING = {
    UserBatchKind.ENABLE: gettext_lazy(
        "Account codes are enabled for all of these users, or they are not active."
    ),
    UserBatchKind.DISABLE: gettext_lazy("Account codes are disabled for all of these users."),
    UserBatchKind.RESET: gettext_lazy("All of these users follow the account's settings."),
}


@transaction.atomic
def undo_many(batch: UserBatch, *, actor: User) -> UserBatch:
    """Bring back what the users of a batch had; those changed since stay as they are."""
    batch = UserBatch.objects.of(batch.account_id).select_for_update(no_key=True).get(pk=batch.pk)
    if batch.state in UNDER_WAY:
        raise Refused(gettext("This is still under way: wait until it is done."), code="under_way")
    if UserBatch.objects.of(batch.account_id).filter(undoes=batch).exists():
        raise Refused(gettext("This was undone already."), code="undone")
    if batch.kind == UserBatchKind.UNDO:
        raise Refused(gettext("To have it again, do it again."), code="bad_kind")
    made = UserBatchRow.objects.of(batch.account_id).filter(batch=batch).exclude(made="")
    rows = [UserBatchRow(user_id=one.user_id, seen=one.made, before=one.before) for one in made]
    if not rows:
        raise Refused(gettext("No user was changed."), code="nothing_to_do")
    undoing = UserBatch(account=batch.account, kind=UserBatchKind.UNDO, undoes=batch)
    return _begin(undoing, rows, actor)


def work_some() -> bool:
    """Do one part of the oldest batch; whether there was any."""
    began = time.monotonic()
    if not _part_of_the_oldest():
        return False
    rest_since(began)
    return True


def _part_of_the_oldest() -> bool:
    every = UserBatch.objects.of_every_account("the worker works for all of them")
    waiting = every.filter(state__in=UNDER_WAY).order_by("at", "pk")
    with transaction.atomic():
        batch = waiting.select_for_update(no_key=True, skip_locked=True, of=("self",)).first()
        if batch is None:
            return False
        try:
            with transaction.atomic():
                change_some(batch, AT_ONCE)
        except DatabaseError:
            raise
        except Exception as problem:
            # The kind only: a message may quote what is stored.
            log.error("batch %s could not be done: %s", batch.pk, type(problem).__name__)
            UserBatch.objects.of(batch.account_id).filter(pk=batch.pk).update(
                state=BatchState.FAILED, finished_at=timezone.now()
            )
    return True


@transaction.atomic
def change_some(batch: UserBatch, at_most: int) -> None:
    """Change the next users of a batch, which is locked or nobody else's yet; it is saved."""
    part = UserBatchRow.objects.of(batch.account_id).filter(batch=batch, at__isnull=True)
    rows = list(part.select_related("user").order_by("pk")[:at_most])
    of_a_list = batch.undoes is not None and batch.undoes.kind == UserBatchKind.IMPORT
    made = take_back(batch, rows) if of_a_list else _change_settings(batch, rows)
    for row in rows:
        row.made, row.at = made.get(row.user_id, ""), timezone.now()
    batch.done += len(made)
    batch.left += len(rows) - len(made)
    UserBatchRow.objects.bulk_update(rows, ["made", "at"])
    # A user who was deleted meanwhile took their row along.
    is_done = len(rows) < at_most or not part.exists()
    batch.state = BatchState.DONE if is_done else BatchState.RUNNING
    batch.finished_at = timezone.now() if is_done else None
    batch.save(update_fields=["done", "left", "state", "finished_at"])


def _change_settings(batch: UserBatch, rows: Sequence[UserBatchRow]) -> dict[UUID, str]:
    """Change the settings of these users; who was changed, by the version that they have now."""
    settings = settings_of(batch.account, lock=True)
    stored = {one.user_id: one for one in _stored(batch.account, [row.user for row in rows])}
    UserCodeSettings.objects.bulk_create(one for one in stored.values() if one._state.adding)
    validates = may_validate(usable_code_count(batch.account, at_most=1))
    return {
        row.user_id: user_settings_version(stored[row.user_id])
        for row in rows
        if _change_one(batch, row, stored[row.user_id], settings, may_validate=validates)
    }


def _change_one(
    batch: UserBatch,
    row: UserBatchRow,
    stored: UserCodeSettings,
    account: AccountCodeSettings,
    *,
    may_validate: bool,
) -> bool:
    """Change one user's settings, if they are as they were seen and may be so; whether it did."""
    kind = _kind_of(batch)
    changing = change(
        batch.account, Action.USER_SETTINGS_SAVED, stored, actor=batch.by, about=row.user
    )
    with changing as changed:
        changed.is_needed = user_settings_version(stored) == row.seen
        if kind in {UserBatchKind.ENABLE, UserBatchKind.DISABLE}:
            stored.enabled = kind == UserBatchKind.ENABLE
            changed.is_needed &= account.allowed or not stored.enabled
        else:
            # The rules stay, without force, as they do on the user's own page.
            stored.override = batch.kind == UserBatchKind.UNDO
            wants_codes = stored.override and stored.rules.validate
            changed.is_needed &= may_validate or not wants_codes
    return changed.is_needed


def _kind_of(batch: UserBatch) -> UserBatchKind:
    """What is to be done: of an undo, the opposite of what is undone."""
    if batch.kind != UserBatchKind.UNDO:
        return UserBatchKind(batch.kind)
    undone = batch.undoes.kind if batch.undoes else batch.kind
    if undone == UserBatchKind.RESET:
        return UserBatchKind.UNDO
    was_on = undone == UserBatchKind.DISABLE
    return UserBatchKind.ENABLE if was_on else UserBatchKind.DISABLE


def _begin(batch: UserBatch, rows: Sequence[UserBatchRow], actor: User) -> UserBatch:
    if len(rows) > MOST:
        raise Refused(
            gettext("Choose fewer users: {most} at most.").format(most=number(MOST)),
            "users",
            code="too_many",
        )
    batch.by, batch.by_name, batch.total = actor, actor.name, len(rows)
    batch.save(force_insert=True)
    for row in rows:
        row.account_id, row.batch = batch.account_id, batch
    UserBatchRow.objects.bulk_create(rows, batch_size=500)
    if batch.total <= AT_ONCE:
        change_some(batch, AT_ONCE)
    return batch


def _users(account: Account, which: Which) -> QuerySet[User]:
    if not isinstance(which, Mapping):
        return which
    users = User.objects.of(account).filter(pk__in=list(which))
    if users.count() != len(which):
        raise Refused(
            gettext("Some of these users are not there any more."), "users", code="no_such_user"
        )
    return users


def _stored(account: Account, users: Iterable[User]) -> list[UserCodeSettings]:
    """The settings of these users, in their order; new ones, all off, of those who have none."""
    people = list(users)
    ids = [one.pk for one in people]
    rows = UserCodeSettings.objects.of(account).select_related("default_code")
    there: dict[UUID, UserCodeSettings] = {}
    for start in range(0, len(ids), 500):
        for one in rows.filter(user__in=ids[start : start + 500]):
            there[one.user_id] = one
    return [there.get(user.pk) or UserCodeSettings(user=user) for user in people]


def old_batches() -> QuerySet[UserBatch]:
    """The batches that can no longer be undone, to be deleted."""
    every = UserBatch.objects.of_every_account("all of them grow old")
    return every.filter(at__lt=timezone.now() - KEPT).exclude(state__in=UNDER_WAY)
