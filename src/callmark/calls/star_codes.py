"""Which leg of a conversation a star code belongs to, however late either becomes known.

Gates do not write in order: when a star code is stored, the leg it belongs to may not be there yet,
or it may not be known that another one had ended by then. So its record is kept in
:class:`~callmark.calls.models.WaitingRecord` for some days, and judged again whenever its
conversation changes: what is on record in the end does not depend on the order.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import Q

from callmark.calls.attempts import add_attempts, last_position, user_of
from callmark.calls.counting import counting
from callmark.calls.models import (
    Call,
    CallOutcome,
    Direction,
    EndToldBy,
    EnteredBy,
    WaitingRecord,
)
from callmark.calls.records import (
    CodeTag,
    LegTagged,
    Record,
    from_line,
    to_line,
)
from callmark.calls.records import EnteredBy as HowEntered
from callmark.calls.signals import calls_tagged
from callmark.codes.models import AccountCode
from callmark.keys.installed import keyring
from callmark.policy.code_entry import EntryResult

_WENT_ON = (
    CallOutcome.NOT_GATED,
    CallOutcome.CONNECTED,
    CallOutcome.DECLINED,
    CallOutcome.PROCEEDED,
    CallOutcome.LET_THROUGH,
    CallOutcome.CONNECTED_WHILE_DOWN,
)


@dataclass(slots=True)
class _StarCode:
    """A press of the star code and its row, in which it waits or is kept."""

    row: WaitingRecord
    record: LegTagged

    @property
    def accepted_at(self) -> datetime:
        """When its code was entered."""
        accepted = [one.at for one in self.record.attempts if one.result is EntryResult.ACCEPTED]
        return max(accepted, default=self.record.tagged_at)


@dataclass(slots=True)
class _Legs:
    """A conversation's legs, the code that each had before any star code, and what changed."""

    by_pk: dict[str, Call]
    bases: dict[str, CodeTag | None]
    changed: set[str] = field(default_factory=set)


def keep(record: LegTagged) -> None:
    """Keep a star code, once, and put it on the leg it belongs to, if that is there."""
    tag = record.tag
    # The code has a column of its own: a change of keys finds it there.
    bare = replace(record, tag=tag and replace(tag, code=""))
    row, _ = WaitingRecord.objects.get_or_create(
        leg_id=record.id,
        line=to_line(bare).decode(),
        defaults={
            "switch": record.switch,
            "linked_id": record.linked_id,
            "code_encrypted": tag.code if tag else "",
        },
    )
    if row.placed_on is None:
        _settle([_StarCode(row, record)], record.account_id, record.switch, record.linked_id)


def record_of(row: WaitingRecord) -> Record:
    """The record that waits, whole again."""
    record = from_line(row.line.encode())
    if isinstance(record, LegTagged) and record.tag and row.code_encrypted:
        return replace(record, tag=replace(record.tag, code=row.code_encrypted))
    return record


def waiting_about(calls: Iterable[Call]) -> list[WaitingRecord]:
    """Rows of these legs and of their conversations."""
    ids: set[UUID] = set()
    conversations: dict[str, set[str]] = {}
    for call in calls:
        ids.add(call.pk)
        if call.linked_id:
            conversations.setdefault(call.switch, set()).add(call.linked_id)
    if not ids:
        return []
    about = Q(leg_id__in=ids) | Q(placed_on__in=ids)
    for switch, linked in conversations.items():
        about |= Q(switch=switch, linked_id__in=linked)
    return list(WaitingRecord.objects.filter(about).order_by("pk"))


def settle(calls: Iterable[Call]) -> bool:
    """Legs came or ended: star codes of their conversations may belong to others than before.

    Whether there are any.
    """
    calls = list(calls)
    rows = [row for row in waiting_about(calls) if row.is_star_code]
    if not rows:
        return False
    for call in calls:
        its = [row for row in rows if _is_about(row, call)]
        account_id = str(call.account_id)
        if its and (codes := list(_star_codes(_fresh(its), account_id))):
            _settle(codes, account_id, call.switch, call.linked_id)
    return True


def _is_about(row: WaitingRecord, call: Call) -> bool:
    same = call.linked_id and (row.switch, row.linked_id) == (call.switch, call.linked_id)
    return bool(same) or call.pk in (row.leg_id, row.placed_on)


def _fresh(rows: Iterable[WaitingRecord]) -> Iterable[WaitingRecord]:
    """As they are by now: a leg before may have got one."""
    return WaitingRecord.objects.filter(pk__in=[one.pk for one in rows]).order_by("pk")


def _star_codes(rows: Iterable[WaitingRecord], account_id: str) -> Iterable[_StarCode]:
    for row in rows:
        record = record_of(row)
        if isinstance(record, LegTagged) and record.account_id == account_id:
            yield _StarCode(row, record)


def _settle(codes: list[_StarCode], account_id: str, switch: str, linked_id: str) -> None:
    if linked_id:
        # All of the conversation: another may have been put where this one is going.
        rows = WaitingRecord.objects.filter(switch=switch, linked_id=linked_id).order_by("pk")
        known = {one.row.pk for one in codes}
        codes += [one for one in _star_codes(rows, account_id) if one.row.pk not in known]
    codes.sort(key=lambda one: (one.accepted_at, one.row.pk))
    legs = _legs(account_id, codes)
    for one in codes:
        _place(one, legs)
    for pk in sorted(legs.changed):
        _tag_again(legs.by_pk[pk], codes, legs.bases.get(pk))


def _legs(account_id: str, codes: Sequence[_StarCode]) -> _Legs:
    named = Q(pk__in=[])
    for one in codes:
        record = one.record
        named |= Q(pk=record.id) | Q(pk=one.row.placed_on)
        if record.call_id:
            named |= Q(switch=record.switch, switch_call_id=record.call_id)
        if record.linked_id:
            named |= Q(switch=record.switch, linked_id=record.linked_id)
    # In one order for everybody who locks them.
    found = list(
        Call.objects.of(account_id).select_for_update(no_key=True).filter(named).order_by("pk")
    )
    with counting() as ledger:
        ledger.seen(found)
    by_pk = {str(leg.pk): leg for leg in found}
    bases = {pk: _code_from_before(leg) for pk, leg in by_pk.items()}
    for one in codes:
        if one.row.placed_on and one.row.replaced:
            bases[str(one.row.placed_on)] = CodeTag(**one.row.replaced)
    return _Legs(by_pk, bases)


def _code_from_before(leg: Call) -> CodeTag | None:
    """The leg's code, as a record carries it, if no star code put it there."""
    if not leg.account_code_encrypted or leg.entered_by in {
        EnteredBy.STAR_CODE,
        EnteredBy.CORRECTED,
    }:
        return None
    return CodeTag(
        code=leg.account_code_encrypted,
        code_id=str(leg.code_id) if leg.code_id else None,
        code_name=leg.account_code_name,
        entered_by=cast("HowEntered", leg.entered_by),
    )


def _place(code: _StarCode, legs: _Legs) -> None:
    """Put a star code's entries on the leg it belongs to, by what is known now."""
    row, record = code.row, code.record
    belonging = [leg for leg in legs.by_pk.values() if _may_belong(record, leg)]
    if not belonging:
        return
    leg = max(belonging, key=lambda one: _worth_tagging(one, record))
    if row.placed_on == leg.pk:
        return
    former = legs.by_pk.get(str(row.placed_on))
    if former is not None:
        _move_attempts(record, former, leg)
    else:
        # Named also where it is the payer: whose call it is may only be told later.
        add_attempts(leg, record.attempts, user_of(record.account_id, record.user_id))
    if record.tag:
        legs.changed |= {str(one.pk) for one in (former, leg) if one is not None}
    row.placed_on, row.replaced = leg.pk, {}
    row.save(update_fields=["placed_on", "replaced"])


def _may_belong(record: LegTagged, leg: Call) -> bool:
    return _is_own(record, leg) or bool(
        record.linked_id and (leg.switch, leg.linked_id) == (record.switch, record.linked_id)
    )


def _is_own(record: LegTagged, leg: Call) -> bool:
    called = (leg.switch, leg.switch_call_id) == (record.switch, record.call_id)
    return str(leg.pk) == record.id or bool(record.call_id and called)


def _worth_tagging(leg: Call, record: LegTagged) -> tuple[Any, ...]:
    """The leg that the user was in then: the outside one that went on, the newest.

    A user's own leg comes first, unless it was only the way to a colleague and an outside leg had
    the conversation by then (after a transfer).
    """
    told_by_all = leg.end_told_by != EndToldBy.CALLER
    over = leg.ended_at is not None and told_by_all and leg.ended_at < record.tagged_at
    outside = leg.direction != Direction.INTERNAL
    return (
        leg.outcome in _WENT_ON,
        leg.started_at <= record.tagged_at,
        outside and not over,
        _is_own(record, leg),
        not over,
        leg.started_at,
        str(leg.pk),
    )


def _tag_again(leg: Call, codes: Sequence[_StarCode], base: CodeTag | None) -> None:
    """Write the last valid code on a leg of which star codes came or went."""
    if leg.entered_by == EnteredBy.CORRECTED:
        return  # Somebody has looked at the call and said what is right.
    here = [one for one in codes if one.row.placed_on == leg.pk and one.record.tag]
    for one in here[-1:]:
        one.row.replaced = asdict(base) if base else {}
        one.row.save(update_fields=["replaced"])
    if here:
        tag = here[-1].record.tag
        last = EntryResult.ACCEPTED.value
        newer = leg.attempts.filter(result=last, entered_by="star_code")
        if newer.filter(at__gt=here[-1].accepted_at).exists():
            return  # One whose record is not kept any more.
    else:
        tag = base
    values = tag_values(leg.account_id, tag) if tag else _NO_TAG
    if all(getattr(leg, name) == value for name, value in values.items()):
        return
    for name, value in values.items():
        setattr(leg, name, value)
    leg.save()
    if tag:
        calls_tagged.send(Call, calls=[leg])


_NO_TAG: dict[str, Any] = {
    "account_code": "",
    "account_code_name": "",
    "code_id": None,
    "entered_by": "",
}


def _move_attempts(record: LegTagged, former: Call, leg: Call) -> None:
    moments = [one.at for one in record.attempts]
    made = former.attempts.filter(entered_by="star_code", at__in=moments)
    first = last_position(leg) + 1
    for position, attempt in enumerate(made.order_by("at", "position"), start=first):
        attempt.call, attempt.position = leg, position
        attempt.save()


def tag_values(
    account_id: object, tag: CodeTag, there: Container[UUID] | None = None
) -> dict[str, Any]:
    """What a code makes of a call's fields. ``there``: ids of codes that were looked up before."""
    # The code may have been deleted since: the copied digits and name are what counts.
    code_id = UUID(tag.code_id) if tag.code_id else None
    if there is None and code_id is not None:
        codes = AccountCode.objects.of(account_id).filter(pk=code_id)
        there = set(codes.values_list("pk", flat=True))
    return {
        "account_code": keyring().decrypt(tag.code),
        "account_code_name": tag.code_name,
        "code_id": code_id if there and code_id in there else None,
        "entered_by": tag.entered_by,
    }
