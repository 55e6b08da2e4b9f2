"""Carrying out a change of many codes: first every row is written down, then done, part by part.

A part is one short transaction, so that nobody else who writes waits for more than a moment. A few
codes are changed in one transaction, within the request; more by the worker
(:mod:`callmark.codes.batch_jobs`), which may stop and go on anywhere. A list is imported whole or
not at all: what was done of it is taken back. Anything else leaves out what somebody changed since.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.changes import change
from callmark.accounts.locks import lock_account
from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.accounts.revisions import policy_changed
from callmark.audit.actions import Action
from callmark.audit.audited import values_of
from callmark.batches import UNDER_WAY, BatchState
from callmark.codes.batch_models import BatchCode, CodeBatch, Kind
from callmark.codes.models import CODE_IDS, USE_COLUMNS, AccountCode, UserCodeSettings
from callmark.codes.stored_settings import settings_of
from callmark.codes.use import keeps_a_code, usable_codes, validation_is_on_anywhere
from callmark.local_formats import number

AT_ONCE = 200
"""Codes that the worker changes in one transaction: on SQLite everybody else waits for it."""

IN_REQUEST = 1000
"""Codes that are changed while somebody waits; more are the worker's."""

COLUMNS = ("name", "active", "label", *CODE_IDS, *USE_COLUMNS)
"""What can become another of a code that there is."""

_FORGOTTEN_AT_ONCE = 2000
_DAYS = ("starts_on", "ends_on")
_NAMES_TOLD = 100
# One entry for all of them: a hundred thousand would bury what else was done.
_ACTIONS = {
    Kind.IMPORT: Action.CODES_ADDED,
    Kind.ACTIVATE: Action.CODES_ACTIVATED,
    Kind.DEACTIVATE: Action.CODES_DEACTIVATED,
    Kind.LABEL: Action.CODES_LABELED,
    Kind.DELETE: Action.CODES_DELETED,
    Kind.UNDO: Action.CODES_UNDONE,
}
_WHOLE_OR_NOT = frozenset({Kind.IMPORT, Kind.ACTIVATE, Kind.DEACTIVATE, Kind.LABEL})
_MEANWHILE = gettext_lazy(
    "Somebody changed a code of this list meanwhile, or added one with the same "
    "digits (line {row}): nothing was changed. Preview the list again."
)


class Meanwhile(Refused):
    """Somebody has changed a code since the list was written down: it cannot be done as meant."""

    def __init__(self, row: int) -> None:
        super().__init__(str(_MEANWHILE).format(row=number(row)), code="changed_since")


def _values_before(code: AccountCode) -> dict[str, Any]:
    """What a code is now, as a row of a batch keeps it."""
    values = values_of(code, COLUMNS)
    return values | {one: values[one] and str(values[one]) for one in _DAYS}


def put_values(row: models.Model, values: dict[str, Any]) -> None:
    """Set what was kept of a code."""
    for name, value in values.items():
        is_day = name in _DAYS and isinstance(value, str)
        setattr(row, name, date.fromisoformat(value) if is_day else value)


def change_of(code: AccountCode, wanted: dict[str, Any], *, row: int = 0) -> BatchCode:
    """The row of a batch that makes these values of a code that there is others."""
    changed = _row_of(code, BatchCode.Act.CHANGE, row)
    for name, value in wanted.items():
        setattr(changed, name, value.strip() if isinstance(value, str) else value)
    return changed


def deletion_of(code: AccountCode) -> BatchCode:
    """The row of a batch that deletes a code."""
    return _row_of(code, BatchCode.Act.DELETE, 0)


def _row_of(code: AccountCode, act: BatchCode.Act, row: int) -> BatchCode:
    made = BatchCode(account_id=code.account_id, code_id=code.pk, row=row, act=act)
    for name in (*COLUMNS, "code_encrypted", "code_lookup"):
        setattr(made, name, getattr(code, name))
    made.before, made.seen_at = _values_before(code), code.changed_at
    return made


def refuse_while_under_way(account: Account) -> None:
    """Two changes of many at once would each undo half of the other."""
    if CodeBatch.objects.of(account).filter(state__in=UNDER_WAY).exists():
        raise Refused(
            gettext("Another change of many codes is under way: wait until it is done."),
            code="under_way",
        )


def do_now(batch: CodeBatch, rows: Sequence[BatchCode]) -> None:
    """Do all of it in one transaction. Raises :class:`Refused`, and then nothing is changed."""
    account = batch.account
    batch.total = batch.listed = len(rows)
    batch.to_add = sum(one.act == BatchCode.Act.ADD for one in rows)
    with _telling(batch), keeps_a_code(account):
        settings_of(account, lock=True)
        refuse_while_under_way(account)
        batch.stamp = batch.finished_at = timezone.now()
        batch.state = BatchState.DONE
        batch.save(force_insert=True)
        for row in rows:
            row.batch = batch
        for start in range(0, len(rows), AT_ONCE):
            some = BatchCode.objects.bulk_create(rows[start : start + AT_ONCE])
            _carry_out(batch, some)
        batch.save()


def begin(batch: CodeBatch) -> CodeBatch:
    """Leave a long one to the worker."""
    with change(batch.account, Action.CODE_BATCH_BEGUN, batch, actor=batch.by):
        settings_of(batch.account, lock=True)
        refuse_while_under_way(batch.account)
    return batch


def list_some(batch: CodeBatch, rows: Iterator[BatchCode]) -> bool:
    """Write down the next rows; whether there may be more."""
    some = list(islice(rows, AT_ONCE))
    with transaction.atomic():
        if batch.stamp is None:
            batch.stamp = timezone.now()
            batch.had_codes = usable_codes(batch.account).exists()
        for row in some:
            row.batch = batch
        BatchCode.objects.bulk_create(some)
        batch.listed += len(some)
        batch.to_add += sum(one.act == BatchCode.Act.ADD for one in some)
        if len(some) < AT_ONCE:
            # From now on it is carried out from what is written down.
            batch.total, batch.content_encrypted, batch.is_listed = batch.listed, "", True
        batch.state, batch.taken_at = BatchState.RUNNING, timezone.now()
        batch.save()
    return len(some) == AT_ONCE


def forget_listed(batch: CodeBatch) -> None:
    """A worker that died while writing down: it begins again."""
    rows = BatchCode.objects.of(batch.account_id).filter(batch=batch)
    while keys := list(rows.values_list("pk", flat=True)[:_FORGOTTEN_AT_ONCE]):
        rows.filter(pk__in=keys).delete()
    batch.listed, batch.to_add, batch.stamp = 0, 0, None


def do_some(batch: CodeBatch) -> None:
    """Carry out the next part, or take it back; sets ``state``."""
    if batch.problem:
        _take_some_back(batch)
        return
    rows = BatchCode.objects.of(batch.account_id).filter(batch=batch, pk__gt=batch.cursor)
    some = list(rows.order_by("pk")[:AT_ONCE])
    before = values_of(batch, ("cursor", "added", "done", "left"))
    try:
        with transaction.atomic():
            if some:
                _do_part(batch, some)
            else:
                _finish(batch)
    except Refused as refused:
        for name, value in before.items():
            setattr(batch, name, value)
        _give_up(batch, refused.message)


def _do_part(batch: CodeBatch, rows: Sequence[BatchCode]) -> None:
    if any(one.act == BatchCode.Act.DELETE for one in rows):
        # A call with one of them that is being stored is seen, or finds it gone.
        lock_account(batch.account_id)
    settings_of(batch.account, lock=True)
    if batch.kind in {Kind.IMPORT, Kind.UNDO}:
        _carry_out(batch, rows)
    else:
        with keeps_a_code(batch.account):
            _carry_out(batch, rows)
    batch.cursor, batch.taken_at = rows[-1].pk, timezone.now()
    batch.save()


def _finish(batch: CodeBatch) -> None:
    batch.state, batch.finished_at = BatchState.DONE, timezone.now()
    with _telling(batch):
        none_left = batch.had_codes and not usable_codes(batch.account).exists()
        if none_left and validation_is_on_anywhere(batch.account):
            raise Refused(
                gettext(
                    "No code could be used any more, while Validate account codes when dialed is "
                    "on."
                )
            )
        batch.save()


def _give_up(batch: CodeBatch, why: str) -> None:
    """Nothing more of it is done; what was done is taken back, where that can be."""
    batch.problem = why[:400]
    if batch.kind in _WHOLE_OR_NOT:
        batch.state = BatchState.RUNNING
        batch.save()
    else:
        _failed(batch)


def fail(batch: CodeBatch, why: str) -> None:
    """Nothing of it has been done yet, and nothing can be."""
    batch.problem = why[:400]
    _failed(batch)


def _failed(batch: CodeBatch) -> None:
    batch.state, batch.finished_at = BatchState.FAILED, timezone.now()
    batch.content_encrypted = ""
    with transaction.atomic():
        with change(batch.account, Action.CODE_BATCH_FAILED, batch.account, actor=batch.by) as told:
            told.after["why"] = batch.problem
            batch.save()
        policy_changed(batch.account)


def _take_some_back(batch: CodeBatch) -> None:
    done = BatchCode.objects.of(batch.account_id).filter(batch=batch, done=True)
    rows = list(done.order_by("-pk")[:AT_ONCE])
    if not rows:
        batch.done = batch.added = 0
        _failed(batch)
        return
    with transaction.atomic():
        # As where codes are deleted: what was added goes.
        lock_account(batch.account_id)
        settings_of(batch.account, lock=True)
        codes = _codes(batch, rows)
        ours = {pk: one for pk, one in codes.items() if one.changed_at == batch.stamp}
        new = [one.code_id for one in rows if one.act == BatchCode.Act.ADD]
        _codes_of(batch, set(new) & set(ours)).delete()
        changed = [one for one in rows if one.act == BatchCode.Act.CHANGE and one.code_id in ours]
        for row in changed:
            put_values(ours[row.code_id], row.before or {})
            ours[row.code_id].changed_at = row.seen_at
        _put([ours[one.code_id] for one in changed])
        done.filter(pk__in=[one.pk for one in rows]).update(done=False)
        batch.done, batch.taken_at = max(0, batch.done - len(rows)), timezone.now()
        batch.save()


def _carry_out(batch: CodeBatch, rows: Sequence[BatchCode]) -> None:
    """Change the codes of these rows, and write down which were."""
    adding = [one for one in rows if one.act == BatchCode.Act.ADD]
    codes = _codes(batch, [one for one in rows if one.act != BatchCode.Act.ADD])
    every = AccountCode.objects.of(batch.account_id)
    taken = every.filter(code_lookup__in=[one.code_lookup for one in adding])
    in_use = set(taken.values_list("code_lookup", flat=True))
    for row in rows:
        if row.left:
            continue
        code = codes.get(row.code_id)
        if row.act == BatchCode.Act.ADD:
            row.left = BatchCode.Left.CHANGED if row.code_lookup in in_use else ""
        elif code is None:
            row.left = BatchCode.Left.GONE
        elif code.changed_at != row.seen_at:
            row.left = BatchCode.Left.CHANGED
        if row.left and batch.kind == Kind.IMPORT:
            raise Meanwhile(row.row)
    fit = [one for one in rows if not one.left]
    _codes_of(batch, [one.code_id for one in fit if one.act == BatchCode.Act.DELETE]).delete()
    _put([_made(batch, row, codes) for row in fit if row.act != BatchCode.Act.DELETE])
    written = BatchCode.objects.of(batch.account_id)
    written.filter(pk__in=[one.pk for one in fit]).update(done=True)
    for why in BatchCode.Left:
        some = [one.pk for one in rows if one.left == why]
        written.filter(pk__in=some).update(left=why)
    batch.done += len(fit)
    batch.left += len(rows) - len(fit)
    batch.added += sum(one.act == BatchCode.Act.ADD for one in fit)


def _made(batch: CodeBatch, row: BatchCode, codes: dict[UUID, AccountCode]) -> AccountCode:
    code = codes.get(row.code_id)
    if code is None:
        code = AccountCode(
            pk=row.code_id,
            account_id=batch.account_id,
            code_encrypted=row.code_encrypted,
            code_lookup=row.code_lookup,
        )
    for name in COLUMNS:
        setattr(code, name, getattr(row, name))
    code.changed_at = batch.stamp
    return code


def _put(codes: Sequence[AccountCode]) -> None:
    """Store new codes, and what else has become of others: one statement for many."""
    AccountCode.objects.bulk_create(
        codes,
        update_conflicts=True,
        update_fields=[*COLUMNS, "changed_at"],
        unique_fields=["id"],
    )


def _codes(batch: CodeBatch, rows: Iterable[BatchCode]) -> dict[UUID, AccountCode]:
    """The codes of these rows, held by this transaction."""
    found = _codes_of(batch, [one.code_id for one in rows]).select_for_update(
        no_key=True, of=("self",)
    )
    return {one.pk: one for one in found.order_by("pk")}


def _codes_of(batch: CodeBatch, ids: Collection[UUID]) -> models.QuerySet[AccountCode]:
    return AccountCode.objects.of(batch.account_id).filter(pk__in=ids)


def needed_elsewhere(account: Account, ids: Collection[UUID]) -> set[UUID]:
    """Those of the codes that something of the account would lose, or a user as their default."""
    found: set[UUID] = set()
    for relation in AccountCode._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        takes_along = relation.on_delete is models.CASCADE
        if takes_along or relation.related_model is UserCodeSettings:
            name = relation.field.attname
            manager: Any = getattr(relation.related_model, "objects")  # noqa: B009
            rows = manager.of(account).filter(**{f"{name}__in": ids})
            found |= set(rows.values_list(name, flat=True))
    return found


@contextmanager
def _telling(batch: CodeBatch) -> Iterator[None]:
    """One entry of the account, of what the block has done; running gates hear of it."""
    action = _ACTIONS[Kind(batch.kind)]
    if batch.kind == Kind.IMPORT and batch.total > batch.to_add:
        action = Action.CODES_UPDATED
    with change(batch.account, action, batch.account, actor=batch.by) as told:
        yield
        rows = BatchCode.objects.of(batch.account_id).filter(batch=batch, done=True).order_by("pk")
        if batch.kind != Kind.IMPORT:
            told.after["count"] = batch.done
            told.after["first_names"] = _first(rows)
            told.after |= {
                one: getattr(batch, one) for one in ("label", "left") if getattr(batch, one)
            }
            return
        told.after["count"] = batch.added
        told.after["first_names"] = _first(rows.filter(act=BatchCode.Act.ADD))
        if batch.done > batch.added:
            renamed = rows.filter(act=BatchCode.Act.CHANGE)
            told.after["renamed"] = batch.done - batch.added
            told.before["first_renamed"] = _first(renamed, "before__name")
            told.after["first_renamed"] = _first(renamed)


def _first(rows: models.QuerySet[BatchCode], name: str = "name") -> list[str]:
    return list(rows.values_list(name, flat=True)[:_NAMES_TOLD])
