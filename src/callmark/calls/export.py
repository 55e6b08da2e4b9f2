"""Calls as CSV, a part at a time: a large firm's month needs no more memory than one call."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from callmark.calls.models import (
    Call,
    CallOutcome,
    CallTypeChoice,
    Direction,
    EnteredBy,
    Payer,
)
from callmark.codes.secrecy import masked
from callmark.csv_files import harmless
from callmark.keys.installed import keyring

_READ_AT_ONCE = 2000

_READ = (
    "started_at",
    "user_name",
    "direction",
    "caller",
    "dialed",
    "e164",
    "call_type",
    "outcome",
    "account_code_encrypted",
    "account_code_name",
    "entered_by",
    "answered_at",
    "ended_at",
    "seconds",
    "disposition",
    "switch",
    "simulated",
    "pk",
    "payer",
    "leg",
    "linked_id",
    "number",
    "not_billable",
    "billing_month",
)

_DIRECTIONS = {str(one.value): str(one.label) for one in Direction}
_TYPES = {str(one.value): str(one.label) for one in CallTypeChoice} | {"": ""}
_OUTCOMES = {str(one.value): str(one.label) for one in CallOutcome}
_ENTERED = {str(one.value): str(one.label) for one in EnteredBy} | {"": ""}
_PAYERS = {str(one.value): str(one.label) for one in Payer}


def csv_lines(calls: QuerySet[Call], *, zone: tzinfo, with_codes: bool) -> Iterator[str]:
    """The header, then the calls' lines, many in one text, in the queryset's order.

    Times are local to ``zone``, as spreadsheets read them; codes are masked without ``with_codes``.
    """
    yield _text([_columns(zone)])
    cells = _Cells(zone, with_codes=with_codes)
    part: list[tuple[object, ...]] = []
    for row in calls.values_list(*_READ).iterator(chunk_size=_READ_AT_ONCE):
        part.append(cells.of(row))
        if len(part) == _READ_AT_ONCE:
            yield _text(part)
            part = []
    if part:
        yield _text(part)


def _columns(zone: tzinfo) -> tuple[str, ...]:
    return (
        f"started ({zone})",
        "user",
        "direction",
        "caller",
        "dialed",
        "number",
        "call type",
        "outcome",
        "account code",
        "account code name",
        "entered",
        f"answered ({zone})",
        f"ended ({zone})",
        "seconds",
        "disposition",
        "switch",
        "test call",
        "id",
        "payer",
        "leg",
        "conversation",
        "clean number",
        "not billable",
        "billed in the month from",
    )


def _text(rows: Iterable[tuple[object, ...]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


class _Cells:
    """Rows of :data:`_READ` as cells. What comes again and again is made once."""

    def __init__(self, zone: tzinfo, *, with_codes: bool) -> None:
        self._zone = zone
        self._shown = lru_cache(maxsize=4096)(self._with_codes if with_codes else self._masked)
        # Names, dialed strings and codes come from people: each is made harmless.
        self._harmless = lru_cache(maxsize=65_536)(harmless)
        self._offset = lru_cache(maxsize=65_536)(self._offset_in_the_quarter)

    def of(self, row: tuple[Any, ...]) -> tuple[object, ...]:
        """The cells of one call."""
        safe, local = self._harmless, self._local
        is_inbound, is_unknown = row[2] == Direction.INBOUND, row[18] == Payer.UNKNOWN
        return (
            local(row[0]),
            _PAYERS[Payer.UNKNOWN] if is_unknown else safe(row[1]),
            _DIRECTIONS.get(row[2], row[2]),
            safe(row[3]),
            safe(row[4]),
            safe(row[5]),
            _TYPES.get(row[6], row[6]),
            _OUTCOMES.get(row[7], row[7]),
            self._shown(row[8]) if row[8] else "",
            safe(row[9]),
            _ENTERED.get(row[10], row[10]),
            local(row[11]) if row[11] else "",
            local(row[12]) if row[12] else "",
            "" if row[13] is None else row[13],
            safe(row[14]),
            safe(row[15]),
            "yes" if row[16] else "no",
            row[17],
            "" if is_inbound else _PAYERS.get(row[18], row[18]),
            row[19],
            safe(row[20]),
            safe(row[21]),
            "yes" if row[22] else "no",
            row[23] or "",
        )

    def _local(self, moment: datetime) -> str:
        there = moment + self._offset(moment.toordinal(), moment.hour * 4 + moment.minute // 15)
        return there.isoformat(" ", "seconds")[:19]

    def _offset_in_the_quarter(self, day: int, quarter: int) -> timedelta:
        # Clocks change on a quarter of an hour.
        moment = datetime.combine(date.fromordinal(day), time(quarter // 4, quarter % 4 * 15), UTC)
        return moment.astimezone(self._zone).utcoffset() or timedelta(0)

    def _with_codes(self, encrypted: str) -> str:
        return harmless(keyring().decrypt(encrypted))

    def _masked(self, encrypted: str) -> str:
        return masked(keyring().decrypt(encrypted))
