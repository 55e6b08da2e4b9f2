"""The first of a month's codes by how much more or less was talked, without comparing all of them.

Most has changed of what was little: the few with the least talk, before or now, tell how great a
change is among the first, and only totals that are large enough can have another as great.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet

from callmark.reports.reading import change_of, in_memory

_FEW = 2_000
"""Totals of the least talk, which are compared first: an index finds them."""
_TOO_MANY = 10_000
"""If so many others could be among the first, all are compared at once."""

_Found = dict[str, tuple[int, int]]
"""Talk now and before, by the code's hash."""


def first_by_change(
    now: QuerySet[Any], before: QuerySet[Any], most: int, *, is_down: bool
) -> list[str] | None:
    """The hashes of the first codes in order; None: this way does not tell.

    Of both months one total for each code; of those that were not called before nothing is told.
    """
    if before.filter(seconds__lt=0).exists():
        return None  # Less than nothing, by what was learned of closed months.
    with_talk = before.filter(seconds__gt=0)
    least, others = (with_talk, now) if is_down else (now, with_talk)
    read = _beside(least.order_by("seconds", "account_code_lookup"), others, _FEW)
    found = _in_both(read, is_down=is_down)
    first = _first(found, most, is_down=is_down)
    if len(first) < most:
        return None
    if len(read) < _FEW:
        return first
    bound = _bound(found[first[-1]], edge=max(one for _, one, _ in read), is_down=is_down)
    if bound is None:
        return None
    large, others = (now, with_talk) if is_down else (with_talk, now)
    read = _beside(large.filter(seconds__gte=bound).order_by(), others, _TOO_MANY)
    if len(read) == _TOO_MANY:
        return None
    found |= _in_both(read, is_down=not is_down)
    return _first(found, most, is_down=is_down)


def _bound(last: tuple[int, int], *, edge: int, is_down: bool) -> int | None:
    """How much talk another needs, now (or before, where less comes first), to be as far in front.

    All others had at least ``edge`` before (or have it now). None: there is no telling.
    """
    now, before = last
    if now <= 0 or edge <= 0:
        return None
    # Whole numbers, rounded up: now / before >= that of the last one, or at most that.
    return -(-now * edge // before) if is_down else -(-edge * before // now)


def _first(found: _Found, most: int, *, is_down: bool) -> list[str]:
    def place(lookup: str) -> tuple[tuple[bool, float], str]:
        return change_of(*found[lookup], is_down=is_down), lookup

    return sorted(found, key=place)[:most]


def _in_both(rows: Iterable[tuple[str, int, int | None]], *, is_down: bool) -> _Found:
    """``is_down``: what was talked before stands first in each row."""
    told = ((lookup, one, other) for lookup, one, other in rows if other is not None)
    return {lookup: (other, one) if is_down else (one, other) for lookup, one, other in told}


def _beside(
    totals: QuerySet[Any], others: QuerySet[Any], most: int
) -> list[tuple[str, int, int | None]]:
    """These totals' hash and talk, and the talk of the same code among the others."""
    each = (
        rows.annotate(lookup=F("account_code_lookup"), this=F("seconds")).values("lookup", "this")
        for rows in (totals, others.order_by())
    )
    (sql, arguments), (others_sql, of_others) = (rows.query.sql_with_params() for rows in each)
    with in_memory(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT totals.lookup, totals.this, others.this FROM ({sql} LIMIT %s) totals "  # noqa: S608 (our own names)
            f"LEFT JOIN ({others_sql}) others ON others.lookup = totals.lookup",
            [*arguments, most, *of_others],
        )
        return list(cursor.fetchall())
