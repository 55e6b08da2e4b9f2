"""Carrying a batch of corrections out, a part at a time: calls, their totals, who hears of it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from callmark.calls.counting import counting
from callmark.calls.models import (
    BatchKind,
    BatchState,
    Call,
    Correction,
    CorrectionBatch,
    EnteredBy,
)
from callmark.calls.signals import calls_corrected
from callmark.calls.suggesting import suggestions
from callmark.calls.upserts import save_each
from callmark.codes.models import AccountCode
from callmark.keys.installed import keyring

_SIDES = {
    "code_encrypted": "account_code_encrypted",
    "name": "account_code_name",
    "code_id": "code_id",
    "entered_by": "entered_by",
    "not_billable": "not_billable",
}
"""Fields of a correction's sides, and the call's."""


@transaction.atomic
def correct_some(batch: CorrectionBatch, at_most: int) -> int:
    """Correct some calls of a batch that are still to do; how many are left to do after it.

    ``batch`` is locked by the caller or nobody else's yet; it is saved.
    """
    with counting() as ledger:
        closed = ledger.calendar(batch.account_id).closed_months
        to_do = Correction.objects.of(batch.account_id).filter(batch=batch, at__isnull=True)
        part = dict(to_do.order_by("pk").values_list("call_id", "pk")[:at_most])
        # In one order for everybody who locks them.
        rows = Call.objects.of(batch.account_id).select_for_update(no_key=True).filter(pk__in=part)
        calls = list(rows.order_by("pk"))
        ledger.seen(calls)
        fit = [call for call in calls if call.billing_month not in closed]
        match batch.kind:
            case BatchKind.UNDO:
                fit = _bring_back(batch, fit)
            case BatchKind.SUGGESTED:
                fit = _give_what_is_suggested(batch, fit)
            case _:
                _change(batch, fit)
        fitting = {call.pk for call in fit}
        unfit = [pk for call_id, pk in part.items() if call_id not in fitting]
        to_do.filter(pk__in=unfit).delete()
        batch.done, batch.left = batch.done + len(fit), batch.left + len(unfit)
        remaining = batch.total - batch.done - batch.left
        batch.state = BatchState.RUNNING if part and remaining > 0 else BatchState.DONE
        if batch.state == BatchState.DONE:
            batch.finished_at = timezone.now()
        batch.save(update_fields=["done", "left", "state", "finished_at"])
    if fit:
        calls_corrected.send(CorrectionBatch, batch=batch, call_ids=[call.pk for call in fit])
    return max(0, remaining) if part else 0


def _change(batch: CorrectionBatch, calls: Sequence[Call]) -> None:
    """Give all of the calls the same."""
    ids = [call.pk for call in calls]
    values = _values(batch)
    todo = Correction.objects.of(batch.account_id).filter(batch=batch, call_id__in=ids)
    call = Call.objects.of(batch.account_id).filter(pk=OuterRef("call_id"))
    before: dict[str, Any] = {
        f"before_{side}": Subquery(call.values(name)[:1]) for side, name in _SIDES.items()
    }
    todo.update(**before)
    Call.objects.of(batch.account_id).filter(pk__in=ids).update(**values)
    after: dict[str, Any] = {
        f"after_{side}": values.get(name, F(f"before_{side}")) for side, name in _SIDES.items()
    }
    todo.update(at=timezone.now(), **after)


def _values(batch: CorrectionBatch) -> dict[str, Any]:
    """What the calls of a batch are given."""
    match batch.kind:
        case BatchKind.NOT_BILLABLE:
            return {"not_billable": True}
        case BatchKind.BILLABLE:
            return {"not_billable": False}
    return {
        "account_code_encrypted": batch.account_code_encrypted,
        "account_code_lookup": keyring().lookup(batch.account_id, batch.account_code),
        "account_code_name": batch.account_code_name,
        "code_id": batch.code_id,
        "entered_by": EnteredBy.CORRECTED.value,
    }


def _give_what_is_suggested(batch: CorrectionBatch, calls: Sequence[Call]) -> list[Call]:
    """Give each call that has no code yet the likely one; those without one are left out."""
    untagged = [call for call in calls if call.needs_code]
    likely = suggestions(batch.account, untagged, without=batch)
    fit = [call for call in untagged if call.pk in likely]
    todo = _todo(batch, fit)
    for call in fit:
        code = likely[call.pk].code
        values = {
            "account_code_encrypted": code.code_encrypted,
            "account_code_name": code.name,
            "code_id": code.pk,
            "entered_by": EnteredBy.CORRECTED.value,
            "not_billable": call.not_billable,
        }
        _set(call, todo[call.pk], values)
    _save(fit, todo)
    return fit


def _bring_back(batch: CorrectionBatch, calls: Sequence[Call]) -> list[Call]:
    """Give each call what it had before the batch that is undone; those it cannot be are left out.

    A call that is not any more what that batch made of it stays as it is.
    """
    assert batch.undoes_id is not None
    undone = Correction.objects.of(batch.account_id).filter(batch=batch.undoes_id)
    made = {one.call_id: one for one in undone.filter(call__in=calls)}
    codes = AccountCode.objects.of(batch.account_id)
    wanted = {pk for one in made.values() if (pk := one.before_code_id)}
    there = set(codes.filter(pk__in=wanted).values_list("pk", flat=True))
    fit = [call for call in calls if call.pk in made and _is_as_made(call, made[call.pk])]
    todo = _todo(batch, fit)
    for call in fit:
        before = {name: getattr(made[call.pk], f"before_{side}") for side, name in _SIDES.items()}
        if before["code_id"] not in there:
            before["code_id"] = None  # It was deleted since; digits and name stay.
        _set(call, todo[call.pk], before)
    _save(fit, todo)
    return fit


def _todo(batch: CorrectionBatch, calls: Sequence[Call]) -> dict[UUID, Correction]:
    """What is written down of these calls, by their ids."""
    rows = Correction.objects.of(batch.account_id).filter(batch=batch, call__in=calls)
    return {one.call_id: one for one in rows}


def _set(call: Call, todo: Correction, values: Mapping[str, Any]) -> None:
    """Give a call these values, and write down both sides."""
    for side, name in _SIDES.items():
        setattr(todo, f"before_{side}", getattr(call, name))
        setattr(todo, f"after_{side}", values[name])
        setattr(call, name, values[name])
    call.account_code_lookup = keyring().lookup(call.account_id, call.account_code)
    todo.at = timezone.now()


def _save(calls: Sequence[Call], todo: Mapping[UUID, Correction]) -> None:
    save_each(calls, [*_SIDES.values(), "account_code_lookup"])
    sides = [f"{when}_{side}" for when in ("before", "after") for side in _SIDES]
    save_each(list(todo.values()), [*sides, "at"])


def _is_as_made(call: Call, made: Correction) -> bool:
    same = all(
        getattr(call, name) == getattr(made, f"after_{side}")
        for side, name in _SIDES.items()
        if side not in {"code_encrypted", "code_id"}
    )
    encrypted = made.after_code_encrypted
    if not same or call.account_code_encrypted == encrypted:
        return same
    # Encrypted anew, by a change of keys: the digits tell.
    return keyring().decrypt(call.account_code_encrypted) == keyring().decrypt(encrypted)
