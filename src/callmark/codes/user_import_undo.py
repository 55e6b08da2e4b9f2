"""Taking a list of users back: those it added are deleted, the others get what they had.

Users who were changed since stay, and so do those who were added and have placed calls, or whom
anything else of the account leads to by now.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext

from callmark.accounts.access import is_operator
from callmark.accounts.changes import change
from callmark.accounts.deletion import delete_person
from callmark.accounts.locks import lock_account, lock_users
from callmark.accounts.models import Account, Extension, PhoneNumber, User
from callmark.accounts.refused import Refused
from callmark.accounts.services import change_person, person_version, remove_number
from callmark.audit.actions import Action
from callmark.batches import BatchState
from callmark.codes.models import UserCodeSettings
from callmark.codes.services import refuse_while_off, user_settings_version
from callmark.codes.stored_settings import settings_of
from callmark.codes.user_batch_models import UserBatch, UserBatchKind, UserBatchRow
from callmark.codes.user_checks import Planned, in_parts
from callmark.managers import AccountManager

_BROUGHT_ALONG = (Extension, PhoneNumber, UserCodeSettings, UserBatchRow)
"""What a user of a list may have of the list itself."""
_ADDED = "added"


def keep_imported(
    account: Account, planned: Sequence[Planned], added: Collection[UUID], by: User | None
) -> UserBatch:
    """Remember what a list has made of its users and what they were before; inside its change."""
    now = timezone.now()
    users = {one.user.pk: one for one in planned if one.user}
    batch = UserBatch(
        account=account, kind=UserBatchKind.IMPORT, state=BatchState.DONE, by=by, finished_at=now
    )
    batch.by_name = by.name if by else "command line"
    batch.total = batch.done = len(users)
    batch.save(force_insert=True)
    for some in in_parts(list(users)):
        made = _as_they_are(account, some)
        UserBatchRow.objects.bulk_create(
            UserBatchRow(
                account=account,
                batch=batch,
                user_id=user,
                made=made[user],
                before={_ADDED: True} if user in added else _before(users[user]),
                at=now,
            )
            for user in some
        )
    return batch


def _before(planned: Planned) -> dict[str, Any]:
    """What somebody had who was there already."""
    return {
        "values": {name: getattr(planned.user, name) for name in planned.values},
        "enabled": None if planned.codes is None else not planned.codes,
        "endpoint": planned.extension[1:] if planned.extension else None,
        "e164": planned.number,
    }


def take_back(batch: UserBatch, rows: Iterable[UserBatchRow]) -> dict[UUID, str]:
    """Take these rows of a list back; who was: by the version that they have now ('-': deleted)."""
    by_user = {row.user_id: row for row in rows}
    # Nobody changes one of them between the look and the change.
    lock_users(batch.account_id, by_user)
    lock_account(batch.account_id)
    stored = UserCodeSettings.objects.of(batch.account).filter(user__in=list(by_user))
    list(stored.select_for_update(no_key=True, of=("self",)).values_list("pk"))
    now = _as_they_are(batch.account, list(by_user))
    same = [user for user, row in by_user.items() if now.get(user) == row.seen]
    added = [user for user in same if (by_user[user].before or {}).get(_ADDED)]
    in_use = _in_use(batch.account, added)
    done: list[UUID] = []
    for user in same:
        try:
            with transaction.atomic():
                if user in in_use:
                    continue
                _take_one_back(batch, by_user[user])
        except Refused:
            continue
        done.append(user)
    back = _as_they_are(batch.account, done)
    return {user: back.get(user, "-") for user in done}


def _take_one_back(batch: UserBatch, row: UserBatchRow) -> None:
    """Raises :class:`Refused` where that cannot be."""
    user, before = row.user, row.before or {}
    if before.get(_ADDED):
        delete_person(user, actor=batch.by)
        return
    if (before["endpoint"] or before["e164"]) and not (batch.by and is_operator(batch.by)):
        raise Refused(gettext("Phones are given and taken away by operators."))
    if before["values"]:
        change_person(user, before["values"], actor=batch.by)
    if before["enabled"] is not None:
        _enable(batch, user, on=before["enabled"])
    if before["endpoint"]:
        endpoint, switch = before["endpoint"]
        remove_number(user.extensions.get(endpoint=endpoint, switch__name=switch), actor=batch.by)
    if before["e164"]:
        remove_number(user.phone_numbers.get(e164=before["e164"]), actor=batch.by)


def _enable(batch: UserBatch, user: User, *, on: bool) -> None:
    if on:
        refuse_while_off(settings_of(batch.account))
    stored = UserCodeSettings.objects.of(user).get()
    with change(
        batch.account, Action.USER_SETTINGS_SAVED, stored, actor=batch.by, about=user
    ) as changed:
        changed.is_needed = stored.enabled != on
        stored.enabled = on


def _as_they_are(account: Account, ids: Collection[UUID]) -> dict[UUID, str]:
    """Of each of these users, what changes whenever anything of them does."""
    users = User.objects.of(account).filter(pk__in=ids).in_bulk()
    settings = UserCodeSettings.objects.of(account).filter(user__in=ids)
    stored = {one.user_id: one for one in settings}
    phones = _grouped(
        Extension.objects.of(account)
        .filter(user__in=ids)
        .order_by("endpoint", "switch__name")
        .values_list("user_id", "number", "endpoint", "switch__name"),
        PhoneNumber.objects.of(account)
        .filter(user__in=ids)
        .order_by("e164")
        .values_list("user_id", "e164"),
    )
    return {
        pk: _hashed(
            person_version(user),
            user_settings_version(stored.get(pk) or UserCodeSettings(user=user)),
            phones.get(pk, ()),
        )
        for pk, user in users.items()
    }


def _grouped(*found: Iterable[tuple[Any, ...]]) -> Mapping[UUID, Sequence[tuple[Any, ...]]]:
    of_users: dict[UUID, list[tuple[Any, ...]]] = {}
    for rows in found:
        for user, *told in rows:
            of_users.setdefault(user, []).append(tuple(told))
    return of_users


def _hashed(*values: object) -> str:
    return sha256(repr(values).encode()).hexdigest()[:16]


def _in_use(account: Account, ids: Collection[UUID]) -> set[UUID]:
    """Those of the users whom something leads to that no list brings along, such as a call."""
    found: set[UUID] = set()
    for relation in User._meta.get_fields(include_hidden=True) if ids else ():
        if isinstance(relation, models.ManyToOneRel):
            rows = _rows_of(relation.related_model, account)
            if rows is not None:
                name = relation.field.attname
                there = rows.filter(**{f"{name}__in": ids}).order_by()
                found |= set(there.values_list(name, flat=True))
    return found


def _rows_of(model: Any, account: Account) -> models.QuerySet[Any] | None:  # noqa: ANN401
    if model in _BROUGHT_ALONG:
        return None
    manager = getattr(model, "objects", None)
    if isinstance(manager, AccountManager):
        rows: models.QuerySet[Any] = manager.of(account)
        return rows
    # What joins users with something of the account; all else is of people who sign in.
    return manager.all() if model._meta.auto_created and manager else None
