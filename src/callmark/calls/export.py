"""Calls as CSV or a workbook, part by part: a large firm's years need no more memory than a part.

Each part is a question of its own that begins where the one before ended: no transaction and no
cursor stays open while somebody's slow line takes the file. Values are read as text, as the
database has them: of millions of rows, making objects of them would be most of the work.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any, ClassVar
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, F, Func, QuerySet, TextChoices
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext

from callmark.accounts.currencies import decimals_of
from callmark.calls.listing import ORDER, beyond
from callmark.calls.models import (
    Call,
    CallOutcome,
    CallTypeChoice,
    Direction,
    EnteredBy,
    Payer,
)
from callmark.codes.secrecy import masked
from callmark.csv_files import FOR_PROGRAMS, CsvForm
from callmark.keys.installed import keyring
from callmark.money import as_text
from callmark.xlsx_files import Column, Kind, Row

READ_AT_ONCE = 5000
_CODES_KEPT = 20_000
_CELLS_KEPT = 65_536
"""Of a kind; those of a workbook are what was read."""

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
    "account_code_lookup",
    "charge__amount",
    "charge__currency",
    "charge__billed_seconds",
)


class _Text(Func):
    """A column as text: moments in UTC, ``YYYY-MM-DD HH:MM:SS`` and perhaps a fraction."""

    output_field: ClassVar[Any] = CharField()
    template = "CAST(%(expressions)s AS text)"

    def as_postgresql(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,
        **more: Any,  # noqa: ANN401
    ) -> tuple[str, Any]:
        """Not in the session's own zone and style."""
        template = self.template
        if self.extra["moment"]:
            template = "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
        return self.as_sql(compiler, connection, template=template, **more)


_MOMENTS = {"started_at", "answered_at", "ended_at"}
_TEXTS = {*_MOMENTS, "pk", "billing_month", "simulated", "not_billable"}
_FROM = [_Text(F(name), moment=name in _MOMENTS) if name in _TEXTS else F(name) for name in _READ]
_YES = {"1", "true"}

_CHOICES: tuple[type[TextChoices], ...] = (
    Direction,
    CallTypeChoice,
    CallOutcome,
    EnteredBy,
    Payer,
)


def csv_lines(
    calls: QuerySet[Call], *, zone: tzinfo, with_codes: bool, form: CsvForm = FOR_PROGRAMS
) -> Iterator[str]:
    """The header, then the calls' lines, many in one text, the newest call first.

    Times are local to ``zone``, as spreadsheets read them; codes are masked without ``with_codes``.
    All is in the language that is spoken when this is called, not when it is read.
    """
    head = form.lines([[title for title, _ in _columns(zone)]])
    cells = _Cells(
        zone,
        made_safe=lru_cache(maxsize=_CELLS_KEPT)(lambda text: form.cell(form.text(text))),
        code=lambda digits: form.cell(form.code(digits)) if with_codes else masked(digits),
        amount=lru_cache(maxsize=_CELLS_KEPT)(
            lambda cost, currency: form.figure(as_text(cost, decimals_of(currency)))
        ),
        whole=lru_cache(maxsize=_CELLS_KEPT)(str),
    )
    return chain([head], (form.joined(map(cells.of, part)) for part in _parts(calls)))


def xlsx_columns(zone: tzinfo, currency: str = "") -> list[Column]:
    """The same columns for a workbook; ``currency`` is the account's."""
    decimals = decimals_of(currency)
    return [Column(title, kind, _WIDTHS.get(kind, 16), decimals) for title, kind in _columns(zone)]


def xlsx_rows(calls: QuerySet[Call], *, zone: tzinfo, with_codes: bool) -> Iterator[list[Row]]:
    """The calls' rows for :func:`xlsx_columns`, in parts, the newest call first."""
    # No cell of a workbook is a formula unless it is written as one.
    cells = _Cells(
        zone, made_safe=str, code=str if with_codes else masked, amount=_exact, whole=int
    )
    kinds = list(enumerate(kind for _, kind in _columns(zone)))
    moments = [at for at, kind in kinds if kind is Kind.MOMENT]
    days = [at for at, kind in kinds if kind is Kind.DAY]
    return (_typed(part, cells, moments, days) for part in _parts(calls))


def _typed(
    part: list[tuple[Any, ...]], cells: "_Cells", moments: list[int], days: list[int]
) -> list[Row]:
    rows: list[Row] = []
    for one in part:
        row = list(cells.of(one))
        for at in moments:
            row[at] = row[at] and datetime.fromisoformat(row[at])
        for at in days:
            row[at] = row[at] and date.fromisoformat(row[at])
        rows.append(row)
    return rows


def _parts(calls: QuerySet[Call]) -> Iterator[list[tuple[Any, ...]]]:
    rows = calls.order_by(*ORDER).values_list(*_FROM)
    part = list(rows[:READ_AT_ONCE])
    while part:
        yield part
        if len(part) < READ_AT_ONCE:
            return
        at, pk = datetime.fromisoformat(part[-1][0]).replace(tzinfo=UTC), UUID(part[-1][17])
        part = list(beyond(rows, at, pk)[:READ_AT_ONCE])


_WIDTHS = {Kind.MOMENT: 20, Kind.DAY: 12, Kind.LENGTH: 10, Kind.NUMBER: 8, Kind.MONEY: 10}


def _columns(zone: tzinfo) -> list[tuple[str, Kind]]:
    """Titles, and what is in the columns; new ones at the end, for spreadsheets count them."""
    return [
        (gettext("started ({zone})").format(zone=zone), Kind.MOMENT),
        (gettext("user"), Kind.TEXT),
        (gettext("direction"), Kind.TEXT),
        (gettext("caller"), Kind.TEXT),
        (gettext("dialed"), Kind.TEXT),
        (gettext("number"), Kind.TEXT),
        (gettext("call type"), Kind.TEXT),
        (gettext("outcome"), Kind.TEXT),
        (gettext("account code"), Kind.TEXT),
        (gettext("account code name"), Kind.TEXT),
        (gettext("entered"), Kind.TEXT),
        (gettext("answered ({zone})").format(zone=zone), Kind.MOMENT),
        (gettext("ended ({zone})").format(zone=zone), Kind.MOMENT),
        (gettext("seconds"), Kind.NUMBER),
        (gettext("disposition"), Kind.TEXT),
        (gettext("switch"), Kind.TEXT),
        (gettext("test call"), Kind.TEXT),
        ("id", Kind.TEXT),
        (gettext("payer"), Kind.TEXT),
        (gettext("leg"), Kind.NUMBER),
        (gettext("conversation"), Kind.TEXT),
        (gettext("clean number"), Kind.TEXT),
        (gettext("not billable"), Kind.TEXT),
        (gettext("billed in the month from"), Kind.DAY),
        # In autumn an hour comes twice: only these say which of them it was.
        (gettext("started, with UTC offset"), Kind.TEXT),
        # Empty where a call falls under no rate, and where the account has none.
        (gettext("cost"), Kind.MONEY),
        (gettext("currency"), Kind.TEXT),
        (gettext("billed seconds"), Kind.NUMBER),
        (gettext("answered, with UTC offset"), Kind.TEXT),
        (gettext("ended, with UTC offset"), Kind.TEXT),
    ]


class _Cells:
    """Rows of :data:`_READ` as cells. What comes again and again is made once."""

    def __init__(
        self,
        zone: tzinfo,
        *,
        made_safe: Callable[[str], str],
        code: Callable[[str], str],
        amount: Callable[[Decimal, str], object],
        whole: Callable[[int], object],
    ) -> None:
        self._zone = zone
        self._show = code
        # By their lookups: each call has its code encrypted in its own way.
        self._codes: dict[str, str] = {}
        # Names, dialed strings and codes come from people: each is made safe.
        self._safe, self._whole, self._amount = made_safe, whole, amount
        # A label may have in it what stands between cells.
        self._directions, self._types, self._outcomes, self._entered, self._payers = (
            {"": "", **{str(one.value): made_safe(str(one.label)) for one in choices}}
            for choices in _CHOICES
        )
        self._yes, self._no = made_safe(gettext("yes")), made_safe(gettext("no"))
        self._hour = lru_cache(maxsize=_CELLS_KEPT)(self._local_hour)

    def of(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """The cells of one call."""
        safe, local, whole = self._safe, self._local, self._whole
        started = local(row[0])
        answered, ended = (local(row[at]) if row[at] else "" for at in (11, 12))
        is_inbound, is_unknown = row[2] == Direction.INBOUND, row[18] == Payer.UNKNOWN
        return (
            started[:19],
            self._payers[Payer.UNKNOWN] if is_unknown else safe(row[1]),
            self._directions.get(row[2]) or safe(row[2]),
            safe(row[3]),
            safe(row[4]),
            safe(row[5]),
            self._types.get(row[6]) or safe(row[6]),
            self._outcomes.get(row[7]) or safe(row[7]),
            (self._codes.get(row[24]) or self._code(row[24], row[8])) if row[8] else "",
            safe(row[9]),
            self._entered.get(row[10]) or safe(row[10]),
            answered[:19],
            ended[:19],
            "" if row[13] is None else whole(row[13]),
            safe(row[14]),
            safe(row[15]),
            self._yes if row[16] in _YES else self._no,
            _uuid(row[17]),
            "" if is_inbound else self._payers.get(row[18]) or safe(row[18]),
            whole(row[19]),
            safe(row[20]),
            safe(row[21]),
            self._yes if row[22] in _YES else self._no,
            row[23] or "",
            started,
            "" if row[25] is None else self._amount(row[25], row[26] or ""),
            row[26] or "",
            "" if row[27] is None else whole(row[27]),
            answered,
            ended,
        )

    def _local(self, moment: str) -> str:
        """'2026-11-01 01:30:00-04:00': the wall clock, and how far it is from UTC."""
        hour, offset = self._hour(moment[:13])
        return hour + moment[13:19] + offset if hour else self._there(moment[:19])

    def _local_hour(self, hour: str) -> tuple[str, str]:
        # '' where the zone is not whole hours away, or clocks are changed within the hour.
        first, last = self._there(f"{hour}:00:00"), self._there(f"{hour}:59:59")
        here, offset = first[:13], first[19:]
        whole = (first[13:19], last) == (":00:00", f"{here}:59:59{offset}")
        return (here, offset) if whole else ("", "")

    def _there(self, moment: str) -> str:
        there = datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(self._zone)
        return there.isoformat(" ", "seconds")

    def _code(self, lookup: str, encrypted: str) -> str:
        shown = self._show(keyring().decrypt(encrypted))
        if len(self._codes) >= _CODES_KEPT:
            self._codes.clear()
        self._codes[lookup] = shown
        return shown


def _exact(cost: Decimal, _currency: str) -> Decimal:
    return Decimal(cost)


def _uuid(text: str) -> str:
    """An id as people read it; SQLite has it without the lines."""
    if len(text) == 36:
        return text
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
