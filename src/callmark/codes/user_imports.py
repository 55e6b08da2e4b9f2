"""Users from a list: added, or brought to what the list says; all of them, or none and why.

An operator's list may hold extensions, endpoints and numbers, which only operators give. A row is
about a user who is there already if the extension is theirs, or if they alone have the name (and no
other extension). The whole list is one entry in the activity.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext

from callmark.accounts.changes import change
from callmark.accounts.locks import lock_account, lock_users
from callmark.accounts.models import Account, Extension, PhoneNumber, Switch, User
from callmark.accounts.refused import Refused
from callmark.accounts.revisions import revision_of
from callmark.audit.actions import Action
from callmark.codes.models import UserCodeSettings
from callmark.codes.row_problems import RowProblem, RowsRefused
from callmark.codes.user_batch_models import UserBatch
from callmark.codes.user_checks import Phones, Planned, UserChecker, in_parts
from callmark.codes.user_import_undo import keep_imported
from callmark.policy.values import value_class

Row = TypeVar("Row", bound=Model)

SHOWN = 20
"""Rows of a list that a preview shows."""
_AT_ONCE = 500
_NAMES_AUDITED = 100


@value_class
class Imported:
    """What an import did, or with a dry run would do; ``problems``: the first of them."""

    rows: int
    problems: tuple[RowProblem, ...]
    problem_count: int
    problem_rows: int
    shape: str
    new: int
    updated: int
    extensions: int
    first: tuple[Planned, ...] = ()
    batch: UserBatch | None = None
    """What it can be undone by; None: nothing was to do, or it was a dry run."""

    @property
    def unchanged(self) -> int:
        """Users who are as the list says already."""
        return self.rows - self.new - self.updated


def import_users(
    account: Account,
    data: bytes,
    *,
    dry_run: bool,
    actor: User | None,
    update: bool = False,
    phones: Phones | None = None,
    columns: Sequence[str] = (),
) -> Imported:
    """Add every user of a list, or with ``dry_run`` only say what would happen.

    ``update``: users who are there already get what the list says; otherwise they are a problem.
    ``phones`` None: not an operator; extensions and numbers are left out. Raises
    :class:`RowsRefused` when a row has a problem and it is not a dry run.
    """
    seen = revision_of(account)
    checked = UserChecker(account, phones, update=update)
    checked.read(data, columns)
    done = _told(checked)
    if not dry_run:
        _refuse_problems(checked)
        try:
            with transaction.atomic():
                there = [one.user.pk for one in checked.planned if one.user and not one.is_new]
                lock_users(account.pk, there)
                lock_account(account.pk)
                if revision_of(account) != seen:
                    checked = UserChecker(account, phones, update=update)
                    checked.read(data, columns)
                    _refuse_problems(checked)
                    done = _told(checked)
                done = replace(done, batch=_store(account, checked, actor))
        except IntegrityError:
            taken = True
        else:
            taken = False
        if taken:
            raise Refused(
                gettext(
                    "An endpoint or number of the list was given to somebody else meanwhile: "
                    "preview it again."
                ),
                code="changed_meanwhile",
            )
    return done


def every_problem(
    account: Account,
    data: bytes,
    *,
    update: bool,
    phones: Phones | None = None,
    columns: Sequence[str] = (),
) -> Iterator[RowProblem]:
    """All that a dry run would find wrong with a list, up to :data:`row_problems.KEPT`."""
    checked = UserChecker(account, phones, update=update)
    checked.read(data, columns)
    yield from checked.problems.first


def _refuse_problems(checked: "UserChecker") -> None:
    if checked.problems.count:
        raise RowsRefused(checked.problems)


def _told(checked: UserChecker) -> Imported:
    changed = [one for one in checked.planned if one.changes]
    new = sum(one.is_new for one in changed)
    return Imported(
        rows=len(checked.planned),
        problems=tuple(checked.problems.first),
        problem_count=checked.problems.count,
        problem_rows=checked.problems.rows,
        shape=checked.shape,
        new=new,
        updated=len(changed) - new,
        extensions=sum(one.extension is not None for one in changed),
        first=tuple(checked.planned[:SHOWN]),
    )


def _store(account: Account, checked: UserChecker, actor: User | None) -> UserBatch | None:
    planned = [one for one in checked.planned if one.changes]
    if not planned:
        return None
    new = [one for one in planned if one.is_new]
    old = [one for one in planned if not one.is_new]
    with change(account, Action.USERS_IMPORTED, account, actor=actor) as told:
        for one in new:
            one.user = User(account=account, password=make_password(None), **one.values)
        _save_all(User.objects, [one.user for one in new if one.user])
        _save_changes(account, [one for one in old if one.values])
        switches = _switches({one.extension[2] for one in planned if one.extension})
        _save_all(Extension.objects, _extensions(account, planned, switches))
        numbers = ((one.user, one.number) for one in planned if one.user and one.number)
        _save_all(
            PhoneNumber.objects,
            [PhoneNumber(account=account, user=user, e164=number) for user, number in numbers],
        )
        _save_codes(account, planned)
        told.after["count"] = len(new)
        told.after["first_names"] = [one.row.name for one in new[:_NAMES_AUDITED]]
        told.after["extensions"] = sum(one.extension is not None for one in planned)
        if old:
            told.after["updated"] = len(old)
            told.after["first_updated"] = [one.row.name for one in old[:_NAMES_AUDITED]]
        added = {one.user.pk for one in new if one.user}
        return keep_imported(account, planned, added, actor)


def _save_all(manager: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401
    manager.bulk_create(rows, batch_size=_AT_ONCE)


def _save_changes(account: Account, planned: Iterable[Planned]) -> None:
    wanted = {one.user.pk: one.values for one in planned if one.user}
    for some in in_parts(sorted(wanted)):
        users = list(User.objects.of(account).select_for_update(no_key=True).filter(pk__in=some))
        for user in users:
            for name, value in wanted[user.pk].items():
                setattr(user, name, value)
        User.objects.bulk_update(users, ["name", "home_country"], batch_size=_AT_ONCE)


def _switches(names: set[str]) -> dict[str, Switch]:
    return {name: Switch.objects.get_or_create(name=name)[0] for name in sorted(names)}


def _extensions(
    account: Account, planned: Iterable[Planned], switches: dict[str, Switch]
) -> list[Extension]:
    return [
        Extension(
            account=account,
            user=one.user,
            number=one.extension[0],
            endpoint=one.extension[1],
            switch=switches[one.extension[2]],
        )
        for one in planned
        if one.user and one.extension
    ]


def _save_codes(account: Account, planned: Iterable[Planned]) -> None:
    wanted = {one.user.pk: one.codes for one in planned if one.user and one.codes is not None}
    stored: QuerySet[UserCodeSettings] = UserCodeSettings.objects.of(account)
    there: set[UUID] = set()
    for some in in_parts(sorted(wanted)):
        there |= set(stored.filter(user__in=some).values_list("user_id", flat=True))
        for on in (True, False):
            users = [pk for pk in some if wanted[pk] is on]
            stored.filter(user__in=users).update(enabled=on)
    _save_all(
        UserCodeSettings.objects,
        [
            UserCodeSettings(user_id=pk, enabled=bool(on))
            for pk, on in wanted.items()
            if pk not in there
        ],
    )
