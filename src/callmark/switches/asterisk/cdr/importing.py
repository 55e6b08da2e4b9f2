"""Legs of the switch's CDR become records, or complete them: all that knows Callmark's records.

Everything here may be done again at any time: what is recorded already is left as it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, tzinfo
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.db import transaction

from callmark.calls.ids import leg_id
from callmark.calls.models import Call, CallAttempt, CallOutcome, Direction, EnteredBy
from callmark.calls.records import LegDecided, LegEnded
from callmark.calls.store import store
from callmark.gate.legs import LegIdentity
from callmark.policy.values import value_class
from callmark.switches.alone.records import Alone, Callers, ImportCounts
from callmark.switches.asterisk.cdr.journal import Journal
from callmark.switches.asterisk.cdr.meaning import CdrLeg, Talk, legs_of
from callmark.switches.asterisk.cdr.reading import Line, Skipped, Source, rows_of_line, whole_lines
from callmark.switches.asterisk.cdr.rows import CdrRow, Mark
from callmark.switches.asterisk.identity import endpoint_of_channel

_BATCH = 100
"""Rows whose calls are stored in one transaction: short, as others wait for it on SQLite."""

_ROWS = 5000
_NAMED = 20
_AT_THE_PROMPT = {CallOutcome.ENDED, CallOutcome.ABANDONED, CallOutcome.REFUSED_WHILE_DOWN}


@dataclass(slots=True)
class FileImport:
    """What an import of a whole file found and did. ``skipped`` names the first few lines only."""

    counts: ImportCounts = field(default_factory=ImportCounts)
    rows: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    skipped_count: int = 0
    unfinished: bool = False
    """The last line has no end yet: it is left for the next time."""


def import_file(path: Path, switch: str = "main", zone: tzinfo = UTC) -> FileImport:
    """Complete and add records from one ``Master.csv``. Raises ``OSError`` if it cannot be read."""
    result = FileImport()
    journal = Journal()
    try:
        with path.open("rb") as file:
            found = _found(whole_lines(file), Source(zone, journal.key), result)
            while batch := list(islice(found, _ROWS)):
                result.rows += len(batch)
                journal.add(batch)
            file.seek(max(0, file.seek(0, 2) - 1))
            result.unfinished = file.read(1) not in {b"", b"\n"}
        result.counts = import_pending(journal, switch)
    finally:
        journal.close()
    return result


def _found(lines: Iterable[Line], source: Source, result: FileImport) -> Iterator[CdrRow]:
    for line in lines:
        for one in rows_of_line(line, source):
            if isinstance(one, CdrRow):
                yield one
                continue
            result.skipped_count += 1
            if len(result.skipped) < _NAMED:
                result.skipped.append(one)


def import_pending(journal: Journal, switch: str) -> ImportCounts:
    """Bring what the journal's new rows say into the records."""
    counts = ImportCounts()
    callers = Callers(switch)
    while True:
        calls, until = journal.pending_calls(_BATCH)
        if not calls:
            return counts
        legs = {call_id: legs_of(call_id, journal) for call_id in calls}
        with transaction.atomic():
            _import_legs(legs, switch, callers, counts)
        journal.settle(until)


@value_class
class _Recorded:
    """What the records say of a call of the switch."""

    id: UUID
    leg: int
    account_id: UUID
    direction: str
    outcome: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    seconds: int | None

    def nobody_talked_before(self, leg: CdrLeg) -> datetime:
        """By the switch's clock: the answer that a side reported, or else the accepted entry."""
        if self.answered_at is not None:
            return self.answered_at
        accepted = CallAttempt.objects.of(self.account_id).filter(
            call_id=self.id, result=CallAttempt.Result.ACCEPTED, entered_by=EnteredBy.PROMPT
        )
        # How long it took is the same by the gate's clock, which may be another.
        entry = max(accepted.values_list("at", flat=True), default=self.started_at)
        return leg.started_at + (entry - self.started_at)


def _import_legs(
    legs: dict[str, list[CdrLeg]], switch: str, callers: Callers, counts: ImportCounts
) -> None:
    recorded = _recorded(switch, list(legs))
    for call_id, of_call in legs.items():
        known = recorded.get(call_id, [])
        for leg, record in _matched(of_call, known):
            if record is None:
                _add(leg, switch, callers, counts)
                continue
            outcome = _correct(leg, record, callers, counts)
            talk = _talk(leg, record.direction, outcome)
            if talk is leg.far and talk and leg.was_up:
                talk = talk.not_before(record.nobody_talked_before(leg))
            ended = _ended(leg, str(record.id), talk)
            if record.ended_at is None or ended.seconds > (record.seconds or 0) + 1:
                store([ended])
                counts.completed += 1


def _recorded(switch: str, call_ids: Sequence[str]) -> dict[str, list[_Recorded]]:
    every = Call.objects.of_every_account("a switch's CDR has the calls of all of them")
    calls = every.filter(switch=switch, switch_call_id__in=call_ids, simulated=False)
    names = [field.name for field in fields(_Recorded)]
    found: dict[str, list[_Recorded]] = {}
    for call_id, *values in calls.order_by("started_at").values_list("switch_call_id", *names):
        found.setdefault(call_id, []).append(_Recorded(*values))
    return found


def _matched(
    legs: list[CdrLeg], records: list[_Recorded]
) -> Iterator[tuple[CdrLeg, _Recorded | None]]:
    """Each leg with its record. A record is made while its leg lasts, by whatever id."""
    of_leg: dict[int, _Recorded] = {}
    for number, record in enumerate(records):
        # Two legs may begin in one second: where a mark says which leg it is, that decides.
        came_in = record.direction == Direction.INBOUND
        marked = [leg for leg in legs if leg.mark and leg.mark.leg == record.leg and not came_in]
        free = [leg for leg in legs if not (leg.mark and leg.mark.leg)]
        begun = [leg for leg in free if leg.started_at <= record.started_at]
        if marked:
            of_leg[marked[0].index] = record
        elif len(legs) == len(records) and legs[number] in free:
            of_leg[number] = record
        elif free:
            of_leg[(begun[-1:] or free)[0].index] = record
    for leg in legs:
        yield leg, of_leg.get(leg.index)


def _add(leg: CdrLeg, switch: str, callers: Callers, counts: ImportCounts) -> None:
    if leg.mark is None:
        return  # never was Callmark's: a call that came in, or an account that does not use it
    decided = _decided(leg, leg.mark, switch, callers)
    if decided is None:
        return
    talk = _talk(leg, decided.direction, decided.outcome)
    store([decided, _ended(leg, decided.id, talk)])
    counts.added += 1


def _identity(switch: str, leg: CdrLeg, mark: Mark) -> LegIdentity:
    """The leg as the gate would have named it; the system's name is part of the switch's id."""
    number, system = mark.leg or leg.index + 1, leg.call_id.rpartition("-")[0]
    record_id = str(leg_id(switch, system, leg.call_id, number))
    return LegIdentity(record_id, switch, leg.call_id, number, leg.linked_id)


def _decided(leg: CdrLeg, mark: Mark, switch: str, callers: Callers) -> LegDecided | None:
    named = endpoint_of_channel(mark.endpoint) or mark.endpoint
    return callers.decided(
        Alone(
            outcome=mark.outcome,
            account=mark.account,
            number=mark.number,
            endpoint=named or endpoint_of_channel(leg.channel) or "",
            caller=leg.source,
            identity=_identity(switch, leg, mark),
            started_at=leg.started_at,
        )
    )


def _ended(leg: CdrLeg, record_id: str, talk: Talk | None) -> LegEnded:
    return LegEnded(
        id=record_id,
        by="cdr",
        ended_at=talk.ended_at if talk else leg.ended_at,
        answered_at=talk.answered_at if talk else None,
        seconds=talk.seconds if talk else 0,
        disposition=leg.disposition if talk or leg.disposition != "ANSWERED" else "NO ANSWER",
    )


def _talk(leg: CdrLeg, direction: str, outcome: str) -> Talk | None:
    """The outside channel's talk: of a call that came in it is the channel that asked."""
    if direction == Direction.INBOUND:
        return leg.near
    # An own service (voicemail, a conference) answers on the asking channel; so does a prompt.
    return leg.far or (None if outcome in _AT_THE_PROMPT else leg.near)


def _correct(leg: CdrLeg, record: _Recorded, callers: Callers, counts: ImportCounts) -> str:
    """The outcome, as the switch has decided it."""
    mark = leg.mark
    if mark is None or callers.account_id(mark.account) != str(record.account_id):
        return record.outcome
    if not callers.corrected(record.account_id, record.id, record.outcome, mark.outcome):
        return record.outcome
    counts.corrected += 1
    return mark.outcome
