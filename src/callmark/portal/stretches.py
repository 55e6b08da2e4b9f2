"""Long lists in pages: a page says with which row it goes on, by the row's id alone.

Names and digits would end up in addresses and logs; and nothing is counted beyond
:data:`COUNTED_AT_MOST`, for nobody reads page 4,000.
"""

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from callmark.policy.values import value_class
from callmark.web.keyset import after, next_to_look_at, reversed_order

Row = TypeVar("Row", bound=Model)

COUNTED_AT_MOST = 1000
PRINTED_AT_MOST = COUNTED_AT_MOST
"""Rows of a page that is asked for to be printed: what is counted is all on it."""


@value_class
class Stretch(Generic[Row]):
    """Rows of a list; ``before`` and ``after`` are ids to ask for what is beside them, or ''.

    ``count`` is of the whole list, at most :data:`COUNTED_AT_MOST` + 1; None: it was not counted.
    ``looks_on``: so many rows were looked at that the page is not full; ``after`` goes on.
    ``printed``: it is to be printed, so that it is long, and there is nothing to press in it.
    """

    rows: Sequence[Row]
    before: str
    after: str
    count: int | None
    looks_on: bool = False
    printed: bool = False

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


def stretch_of(
    asked: QueryDict,
    rows: QuerySet[Row],
    order: Sequence[str],
    size: int = 25,
    *,
    looking_for: Q | None = None,
) -> Stretch[Row]:
    """The page that is asked for (``after`` or ``before`` a row); nonsense gives the first one.

    One to be printed (``print``) is of :data:`PRINTED_AT_MOST` rows.

    ``order`` as for :func:`callmark.web.keyset.after`. ``rows`` are what an index finds; what no
    index finds is looked for among them.
    """
    printed = is_printed(asked)
    size = PRINTED_AT_MOST if printed else size
    up = (place := _values(rows, order, asked.get("before", ""))) is not None
    if place is None:
        place = _values(rows, order, asked.get("after", ""))
    way = reversed_order(order) if up else order
    there = rows if place is None else rows.filter(after(way, place))
    last, beside = None, ""
    if looking_for is not None:
        # The way back, where nothing is found: it begins with the row that was asked for.
        beside = str(there.order_by(*way).values_list("pk", flat=True).first() or "")
        there, last = next_to_look_at(there, way)
        there = there.filter(looking_for)
    count = None
    if place is None and looking_for is None:
        # The page and how many there are, in one reading: a search may have to look at all.
        first = list(rows.order_by(*order).values_list("pk", flat=True)[: COUNTED_AT_MOST + 1])
        count, there = len(first), rows.filter(pk__in=first[: size + 1])
    found = list(there.order_by(*way)[: size + 1])
    more, shown = len(found) > size, found[:size]
    is_over = place is not None and not found and looking_for is None
    if (up and not more and last is None) or is_over:
        # The top, filled up: nobody wants a first page of three, or none.
        top = QueryDict("print=1" if printed else "")
        return stretch_of(top, rows, order, size, looking_for=looking_for)
    if count is None and looking_for is None:
        count = rows.order_by()[: COUNTED_AT_MOST + 1].count()
    onwards = str(shown[-1].pk) if more else str(last["pk"]) if last else ""
    if up:
        shown = shown[::-1]
        backwards = str(shown[-1].pk) if shown else beside
        return Stretch(shown, onwards, backwards, count, printed=printed)
    backwards = "" if place is None else str(shown[0].pk) if shown else beside
    looks_on = bool(last) and not more
    return Stretch(shown, backwards, onwards, count, looks_on, printed)


def is_printed(asked: QueryDict) -> bool:
    """Whether the page is asked for to be printed."""
    return bool(asked.get("print"))


def _values(rows: QuerySet[Row], order: Sequence[str], pk: str) -> list[object] | None:
    """The values of a row that a page ended with; None for one that is not there (any more)."""
    try:
        known = UUID(pk)
    except ValueError:
        return None
    names = [one.removeprefix("-") for one in order]
    row = rows.filter(pk=known).order_by().values_list(*names).first()
    return list(row) if row else None
