"""Completes call records from Asterisk's own CDR file: what happened while the gate was down.

Needs ``loguniqueid``, ``loguserfield``, ``newcdrcolumns`` and ``usegmtime`` under ``[csv]`` in
cdr.conf. The file may be read again at any time: what is recorded already is left as it is.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

from callmark.accounts.models import Account
from callmark.calls.ids import leg_id
from callmark.calls.models import Call, CallOutcome
from callmark.calls.records import LegDecided, LegEnded, Record
from callmark.calls.store import store
from callmark.gate.legs import Leg, LegIdentity
from callmark.gate.policy_cache import refresh
from callmark.gate.snapshot import Caller, Snapshot
from callmark.policy.numbering import NumberingPlan, classify
from callmark.switches.asterisk.dialplan import (
    CONNECTED_WHILE_DOWN,
    REFUSED_WHILE_DOWN,
    USER_FIELD,
)
from callmark.switches.asterisk.identity import endpoint_of_channel

_COLUMNS = 21
_BATCH = 500
_OUTCOMES = {
    CONNECTED_WHILE_DOWN: CallOutcome.CONNECTED_WHILE_DOWN,
    REFUSED_WHILE_DOWN: CallOutcome.REFUSED_WHILE_DOWN,
}


class UnreadableCdr(Exception):
    """The file has not the columns that are needed."""


@dataclass(frozen=True, slots=True)
class CdrRow:
    """One line of the file, as far as it is used."""

    source: str
    channel: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    seconds: int
    disposition: str
    unique_id: str
    user_field: str
    linked_id: str


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What an import did: records completed with their end, and calls added."""

    completed: int
    added: int


def import_cdr(path: Path, switch: str = "main") -> ImportCounts:
    """Complete and add records from one ``Master.csv``. Raises :class:`UnreadableCdr`."""
    completed = added = 0
    callers = _Callers(switch)
    rows = read_rows(path)
    while batch := list(islice(rows, _BATCH)):
        for record in _lacking(batch, switch, callers):
            store([record])
            added += isinstance(record, LegDecided)
            completed += isinstance(record, LegEnded)
    return ImportCounts(completed - added, added)


def read_rows(path: Path) -> Iterator[CdrRow]:
    """The lines of the file, one a call: of several legs the one that was talked on longest."""
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        kept: dict[str, CdrRow] = {}
        for number, fields in enumerate(csv.reader(file), 1):
            row = _row(fields, number)
            before = kept.pop(row.unique_id, None)
            kept[row.unique_id] = row if before is None else _together(before, row)
            if len(kept) > _BATCH:  # legs of one call stand close together
                yield kept.pop(next(iter(kept)))
        yield from kept.values()


def _together(first: CdrRow, second: CdrRow) -> CdrRow:
    longest = max(first, second, key=lambda row: row.seconds)
    marked = next((row for row in (first, second) if row.user_field), longest)
    values = asdict(longest) | {"user_field": marked.user_field, "started_at": first.started_at}
    return CdrRow(**values)


def _row(fields: list[str], number: int) -> CdrRow:
    if len(fields) < _COLUMNS:
        raise UnreadableCdr(
            f"line {number} has {len(fields)} columns, not {_COLUMNS}: set loguniqueid, "
            "loguserfield, newcdrcolumns and usegmtime to yes under [csv] in cdr.conf"
        )
    try:
        return CdrRow(
            source=fields[1],
            channel=fields[5],
            started_at=_moment(fields[9]),
            answered_at=_moment(fields[10]) if fields[10] else None,
            ended_at=_moment(fields[11]),
            seconds=int(fields[13]),
            disposition=fields[14],
            unique_id=fields[16],
            user_field=fields[17],
            linked_id=fields[19],
        )
    except ValueError as problem:
        raise UnreadableCdr(f"line {number} is not a CDR: {problem}") from None


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def _lacking(rows: list[CdrRow], switch: str, callers: "_Callers") -> Iterator[Record]:
    """What the records lack of these calls."""
    ids = {record_id_of(switch, row.unique_id): row for row in rows}
    every = Call.objects.of_every_account("a switch's file has the calls of all of them")
    known = dict(every.filter(pk__in=list(ids)).values_list("pk", "ended_at"))
    recorded = {str(pk): ended_at for pk, ended_at in known.items()}
    for record_id, row in ids.items():
        if record_id not in recorded:
            decided = _decided_while_down(record_id, row, switch, callers)
            if decided is None:
                continue  # never was Callmark's: an emergency call, or one that came in
            yield decided
        if recorded.get(record_id) is None:
            yield _ended(record_id, row)


def record_id_of(switch: str, unique_id: str) -> str:
    """The id of the first leg that a channel asked for; its system's name is part of its own id."""
    return str(leg_id(switch, unique_id.rpartition("-")[0], unique_id))


def _ended(record_id: str, row: CdrRow) -> LegEnded:
    return LegEnded(
        id=record_id,
        ended_at=row.ended_at,
        answered_at=row.answered_at,
        seconds=row.seconds,
        disposition=row.disposition,
    )


def _decided_while_down(
    record_id: str, row: CdrRow, switch: str, callers: "_Callers"
) -> LegDecided | None:
    mark, outcome, slug, number, endpoint = _user_field(row.user_field)
    account_id = callers.account_id(slug)
    if mark != USER_FIELD or outcome not in _OUTCOMES or account_id is None:
        return None
    caller = callers.caller(endpoint or endpoint_of_channel(row.channel) or "", account_id)
    found = classify(number, caller.user.plan if caller else callers.plan(slug))
    leg = Leg(
        identity=LegIdentity(record_id, switch, row.unique_id, 1, row.linked_id),
        account_id=account_id,
        payer_id=caller.user.id if caller else None,
        payer_name=caller.user.name if caller else "",
        caller=caller.extension if caller else row.source,
        classification=found,
        started_at=row.started_at,
    )
    why = (*found.why, "the switch decided: Callmark could not be reached")
    return leg.decided(_OUTCOMES[outcome].value, why, None)


def _user_field(text: str) -> Iterable[str]:
    parts = text.split(":")
    mark, outcome, slug, number, endpoint = parts if len(parts) == 5 else ("",) * 5
    return mark, outcome, slug, unquote(number), endpoint


class _Callers:
    """Accounts and endpoints, read once and only when a call needs them."""

    def __init__(self, switch: str) -> None:
        self._switch = switch
        self._snapshot: Snapshot | None = None
        self._accounts: dict[str, Account] = {}

    def account_id(self, slug: str) -> str | None:
        """The id of the account whose dialplan decided."""
        if slug and slug not in self._accounts:
            self._accounts |= {one.slug: one for one in Account.objects.filter(slug=slug)}
        account = self._accounts.get(slug)
        return str(account.pk) if account else None

    def plan(self, slug: str) -> NumberingPlan:
        """The plan of the account itself, where the caller is not known."""
        account = self._accounts[slug]
        return NumberingPlan(account.country, account.outside_prefix)

    def caller(self, endpoint: str, account_id: str) -> Caller | None:
        """Whose endpoint it is now; another account's never counts."""
        self._snapshot = self._snapshot or refresh(Snapshot())
        found = self._snapshot.caller(self._switch, endpoint)
        return found if found and found.account.id == account_id else None
