"""Where in a list a page begins: after the row with which the one before ended.

As quick in the middle of 100,000 rows as at the top; no row is counted or skipped over.
"""

from collections.abc import Sequence
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)

LOOKED_AT = 20_000
"""Rows that are looked at, one by one, for a page of what no index finds."""


def after(order: Sequence[str], values: Sequence[object]) -> Q:
    """Rows that come after the one with these values: (a > x) or (a = x and b > y) or ...

    ``order`` are model fields, ``-`` for descending, the last one unique; none may be null.
    """
    condition = Q()
    same = Q()
    first = order[0].removeprefix("-")
    # What follows from the rest, said so that an index can begin there.
    begins = Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": values[0]})
    for name, value in zip(order, values, strict=True):
        field, comparison = (name[1:], "lt") if name.startswith("-") else (name, "gt")
        condition |= same & Q(**{f"{field}__{comparison}": value})
        same &= Q(**{field: value})
    return begins & condition


def next_to_look_at(
    rows: QuerySet[Row], order: Sequence[str]
) -> tuple[QuerySet[Row], dict[str, object] | None]:
    """The :data:`LOOKED_AT` rows that come first, and the last of them; None: all are among them.

    Of the last one ``pk`` and its values of ``order`` are told, by their names.
    """
    names = [one.removeprefix("-") for one in order]
    found = rows.order_by(*order).values("pk", *names)[LOOKED_AT - 1 : LOOKED_AT + 1]
    last = list(found)
    if len(last) < 2:
        return rows, None
    beyond = after(order, [last[0][name] for name in names])
    ends = f"{names[0]}__{'gte' if order[0].startswith('-') else 'lte'}"
    return rows.filter(**{ends: last[0][names[0]]}).exclude(beyond), last[0]


def reversed_order(order: Sequence[str]) -> tuple[str, ...]:
    """The same order upside down."""
    return tuple(one[1:] if one.startswith("-") else f"-{one}" for one in order)
