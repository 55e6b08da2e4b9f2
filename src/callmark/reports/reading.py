"""How lines are read: put together by the database, or, where there are few, here.

One class for each kind of line says what makes a line and how it is called; the totals and the
calls are asked alike.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property
from itertools import product
from typing import Any, ClassVar
from uuid import UUID

from django.db import connection, transaction
from django.db.models import (
    Aggregate,
    Case,
    CharField,
    Count,
    F,
    Max,
    Q,
    QuerySet,
    Sum,
    UUIDField,
    Value,
    When,
)

from callmark import money
from callmark.calls.models import Call, CountedCall
from callmark.reports.definitions import Figures, Key, Line
from callmark.reports.selection import Selection

OF_A_TOTAL = {"n": "calls", "talk": "seconds", "billed": "billed_seconds", "amount": "cost"}
"""What a total calls each of the sums."""

_OF_TOTALS: Mapping[str, Aggregate] = {"n": Sum("calls"), "talk": Sum("seconds")}
_COST_OF_TOTALS: Mapping[str, Aggregate] = {"billed": Sum("billed_seconds"), "amount": Sum("cost")}
_OF_CALLS: Mapping[str, Aggregate] = {"n": Count("*"), "talk": Sum("seconds")}
_COST_OF_CALLS: Mapping[str, Aggregate] = {
    "billed": Sum("charge__billed_seconds"),
    "amount": Sum("charge__amount"),
}
_SORTED_BY = {"label": "in_order", "calls": "n", "billed_seconds": "billed", "cost": "amount"}

NOTHING = Q(calls=0, seconds=0, billed_seconds=0, cost=0)
"""A total of calls that are counted elsewhere now."""

Row = dict[str, Any]


def figures_in(row: Mapping[str, Any]) -> Figures:
    """The sums of a row that was read with :func:`sums_for`."""
    if "billed" not in row:
        return Figures(row["n"] or 0, row["talk"] or 0)
    return Figures(row["n"] or 0, row["talk"] or 0, row["billed"] or 0, row["amount"] or Decimal(0))


def sums_for(rows: QuerySet[Any], selection: Selection) -> Mapping[str, Aggregate]:
    """How these rows are summed up; what they cost only where the account has rates."""
    sums = _OF_CALLS if of_calls(rows) else _OF_TOTALS
    cost = _COST_OF_CALLS if rows.model is Call else _COST_OF_TOTALS
    return {**sums, **cost} if selection.has_cost else sums


@contextmanager
def in_memory() -> Iterator[None]:
    """Let PostgreSQL put 100,000 groups together in memory, which takes a third of the time.

    With less it takes an index in the order of the groups, past a million calls that are not asked
    for: a question for none of them took 4 s.
    """
    with transaction.atomic():
        _let_postgresql(work_mem="64MB")
        yield


@contextmanager
def pages_kept() -> Iterator[None]:
    """Let SQLite keep 16 MB of its pages meanwhile: what an index leads to lies in the same pages
    again and again, which it would read each time."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA cache_size")
        ((before,),) = cursor.fetchall()
        cursor.execute("PRAGMA cache_size = -16000")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = {int(before)}")


def by_hash() -> None:
    """Put groups together by hash for the rest of the transaction, however few are expected.

    Row-level security hides from PostgreSQL's planner in how many calls a part of a number is: it
    expects a hundred, and sorted a million on disk, which took 2.4 s instead of 0.9.
    """
    _let_postgresql(enable_sort="off")


def with_a_helper() -> None:
    """Let PostgreSQL read a month's calls in a second process for the rest of the transaction.

    It puts what both have read into groups meanwhile: of a million numbers these are as much work
    as the reading. A connection begins none for less (:mod:`callmark.accounts.row_security`).
    """
    _let_postgresql(
        max_parallel_workers_per_gather="1", parallel_setup_cost="1000", parallel_tuple_cost="0.01"
    )


def _let_postgresql(**settings: str) -> None:
    """Set these of its settings for the rest of the transaction; SQLite has none of them."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "; ".join(f"SET LOCAL {name} = '{value}'" for name, value in settings.items())
            )


def first_and_sums(
    groups: tuple[str, Sequence[Any]],
    columns: Sequence[str],
    part: str,
    wanted: str,
    order: str,
    sums: Sequence[str],
    most: int | None,
) -> tuple[list[Row], list[Row]]:
    """Of groups: the first of those whose ``part`` is ``wanted``, and the sums of each part.

    In one question, for putting a month's calls into groups is nearly all of the work. ``lines``
    of a part's sums are how many groups it has. ``groups`` is their SQL with its arguments,
    ``columns`` what they have beside sums.
    """
    sql, arguments = groups
    others = list(columns)
    told = ", ".join([*others, *sums])
    added = ", ".join(f"SUM({name})" for name in sums)
    nothing = ", ".join(part if name == part else "NULL" for name in others)
    limit = "" if most is None else f"LIMIT {int(most)}"
    with in_memory(), connection.cursor() as cursor:
        cursor.execute(
            f"WITH found AS ({sql}), "  # noqa: S608 (our own names)
            f"shown AS (SELECT * FROM found WHERE {part} = %s ORDER BY {order} {limit}) "
            f"SELECT {told}, ROW_NUMBER() OVER (ORDER BY {order}), 0 FROM shown UNION ALL "
            f"SELECT {nothing}, {added}, 0, COUNT(*) FROM found GROUP BY {part}",
            [*arguments, wanted],
        )
        names = [*others, *sums, "place", "lines"]
        rows = [as_read(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
    lines = sorted((row for row in rows if row["place"]), key=lambda row: row["place"])
    return lines, [row for row in rows if not row["place"]]


def change_of(now: int, before: int, *, is_down: bool) -> tuple[bool, float]:
    """What lines are sorted by, to be sorted by change: those that were not there come last."""
    more = (now - before) / before if before else 0
    return not before, -more if is_down else more


def as_read(row: Row) -> Row:
    """A row with numbers as Django would have read them."""
    for name in ("n", "talk", "billed"):
        if name in row:
            row[name] = int(row[name] or 0)
    if "amount" in row:
        row["amount"] = money.read(row["amount"])
    return row


def of_calls(rows: QuerySet[Any]) -> bool:
    """Whether each row is a call, and not a total."""
    return rows.model in {Call, CountedCall}


def _field_of(rows: QuerySet[Any, Row], name: str) -> Any:  # noqa: ANN401
    return rows.query.annotations[name].output_field


class Reading:
    """Lines of a selection. ``by`` are the columns that make a line, ``name`` that of its name."""

    by: ClassVar[tuple[str, ...]]
    name: ClassVar[str]

    def __init__(self, selection: Selection) -> None:
        self.selection = selection

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """Totals or calls, with the columns of ``by``; each in one line."""
        raise NotImplementedError

    def key(self, row: Row) -> Key:
        """The line that a row is."""
        raise NotImplementedError

    def only(self, keys: Collection[Key]) -> Q:
        """What rows of these lines have."""
        raise NotImplementedError

    def called(self, rows: list[Row]) -> Iterable[Line]:
        """The lines of these rows, by their names."""
        raise NotImplementedError

    def by_name(self) -> Any:  # noqa: ANN401
        """What lines are sorted by, to be sorted by name."""
        return F(self.name if self.name in self.by else "named")

    _told: tuple[Figures, int] | None = None
    """The sums and the number of all lines, if they were read with the first."""

    _every: Figures | None = None
    """The sums of all lines, if they were read with some that were asked for."""

    def count(self) -> int:
        """How many lines there are."""
        if self._told is not None:
            return self._told[1]
        with in_memory():
            return self.rows.values(*self.by).distinct().order_by().count()

    def total(self) -> Figures:
        """The figures of all lines."""
        if self._every is not None:
            return self._every
        if self._told is not None:
            return self._told[0]
        return figures_in(self.rows.aggregate(**sums_for(self.rows, self.selection)))

    def rest(self) -> list[Line]:
        """Lines for what belongs to none of those that are asked for."""
        return []

    def lines(self, order: str, most: int | None) -> list[Line]:
        """The first lines in this order; None: all."""
        found = self._grouped(self.rows)
        wanted = self._sorted_by(order)
        if of_calls(self.rows):
            return self._of_calls(found, wanted, most, is_down=order[0] == "-")
        if wanted == "in_order":
            found = found.alias(in_order=self.by_name())
        order_by = F(wanted).desc(nulls_last=True) if order[0] == "-" else F(wanted).asc()
        with in_memory():
            rows = list(found.order_by(order_by, *self.by)[:most])
        return list(self.called(rows))

    def lines_by_change(self, earlier: "Reading", most: int | None, *, is_down: bool) -> list[Line]:
        """The first lines by how much more or less was talked than earlier; None: all."""
        before = {line.key: line.figures.seconds for line in earlier.lines("-seconds", None)}

        def change(line: Line) -> tuple[bool, float]:
            return change_of(line.figures.seconds, before.get(line.key, 0), is_down=is_down)

        return sorted(self.lines("-seconds", None), key=change)[:most]

    def _of_calls(
        self, found: QuerySet[Any, Row], wanted: str, most: int | None, *, is_down: bool
    ) -> list[Line]:
        """A month's calls are gone through once: for the first lines, the sums, and the number."""
        found = found.annotate(part=Value("", output_field=CharField()))
        if wanted == "in_order":
            found = found.annotate(in_order=self.by_name())
        order_by = f"{wanted} DESC NULLS LAST" if is_down else wanted
        sums = sums_for(self.rows, self.selection)
        order = ", ".join([order_by, *self.by])
        columns = [name for name in found.query.annotation_select if name not in sums]
        groups = found.query.sql_with_params()
        return self._read_first(groups, columns, list(sums), order, most)

    def _read_first(
        self,
        groups: tuple[str, Sequence[Any]],
        columns: Sequence[str],
        sums: list[str],
        order: str,
        most: int | None,
    ) -> list[Line]:
        rows, below = first_and_sums(groups, columns, "part", "", order, sums, most)
        every = below[0] if below else {**dict.fromkeys(sums, 0), "lines": 0}
        self._told = figures_in(every), every["lines"]
        ids = [one for one in self.by if isinstance(_field_of(self.rows, one), UUIDField)]
        for row, name in product(rows, ids):
            # SQLite has them as text.
            row[name] = row[name] if isinstance(row[name], UUID) else UUID(row[name])
        return list(self.called(rows))

    def _sorted_by(self, order: str) -> str:
        """The column of what is read that lines are sorted by."""
        wanted = _SORTED_BY.get(order.removeprefix("-"), "talk")
        if wanted in {"billed", "amount"} and not self.selection.has_cost:
            return "talk"
        return wanted

    def figures(self, keys: Collection[Key]) -> dict[Key, Figures]:
        """The figures of these lines, as far as there are any."""
        if of_calls(self.rows):
            mine, self._every = self._with_all(self.rows, keys)
            return {self.key(dict(zip(self.by, key, strict=True))): mine[key] for key in mine}
        rows = self.rows.filter(self.only(keys))
        found = rows.values(*self.by).annotate(**sums_for(rows, self.selection)).order_by()
        return {self.key(row): figures_in(row) for row in found}

    def _with_all(
        self, rows: QuerySet[Any], keys: Collection[Key]
    ) -> tuple[dict[tuple[Any, ...], Figures], Figures]:
        """Of calls those in these lines, and the sums of all: they are gone through once."""
        mine = self.only(keys)
        told = {f"its_{name}": Case(When(mine, then=F(name)), default=None) for name in self.by}
        found: dict[tuple[Any, ...], Figures] = {}
        every = Figures()
        sums = sums_for(rows, self.selection)
        for row in rows.annotate(**told).values(*told).annotate(**sums).order_by():
            key, one = tuple(row[name] for name in told), figures_in(row)
            every += one
            if None not in key:
                found[key] = one
        return found, every

    def _grouped(self, rows: QuerySet[Any]) -> QuerySet[Any, Row]:
        named = {} if self.name in self.by else {"named": Max(self.name)}
        grouped = rows.values(*self.by).annotate(**named, **sums_for(rows, self.selection))
        in_no_order: QuerySet[Any, Row] = grouped.order_by()
        return in_no_order


class Folded(Reading):
    """Few lines, put together here. ``order`` is that of their keys for *label*."""

    @cached_property
    def _all(self) -> dict[Key, Figures]:
        found: dict[Key, Figures] = {}
        for row in (
            self.rows.values(*self.by).annotate(**sums_for(self.rows, self.selection)).order_by()
        ):
            key = self.key(row)
            found[key] = found.get(key, Figures()) + figures_in(row)
        return {key: one for key, one in found.items() if not one.is_empty}

    def label(self, key: Key) -> str:
        """How a line is called."""
        raise NotImplementedError

    def count(self) -> int:
        """How many lines there are."""
        return len(self._all)

    def total(self) -> Figures:
        """The figures of all lines."""
        return sum(self._all.values(), Figures())

    def lines(self, order: str, most: int | None) -> list[Line]:
        """The first lines in this order; None: all."""
        found = [Line(key, self.label(key), one) for key, one in self._all.items()]
        found.sort(key=lambda line: line.key)
        column, has_cost = order.removeprefix("-"), self.selection.has_cost
        if column == "change" or (column in {"billed_seconds", "cost"} and not has_cost):
            column = "seconds"
        is_down = order[0] == "-"
        if column == "label":
            found.sort(key=self.place, reverse=is_down)
        else:
            found.sort(key=lambda line: getattr(line.figures, column), reverse=is_down)
        return found[:most]

    def place(self, line: Line) -> str:
        """Where it stands among the others by its label."""
        return line.label.casefold()

    def figures(self, keys: Collection[Key]) -> dict[Key, Figures]:
        """The figures of these lines, as far as there are any."""
        return {key: one for key, one in self._all.items() if key in keys}
