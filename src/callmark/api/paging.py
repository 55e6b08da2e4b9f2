"""Lists in pages: ``next`` says where the following page begins.

A cursor holds the last row's sort values, signed, so rows added or deleted meanwhile neither repeat
nor hide others. A list is never sorted by account code: its digits would end up in addresses.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from django.core import signing
from django.db.models import Field, Model, Q, QuerySet
from pydantic import BaseModel
from pydantic import Field as About

from callmark.web.problems import Problem

Row = TypeVar("Row", bound=Model)
Out = TypeVar("Out")

MAX_LIMIT = 200


class PageQuery(BaseModel):
    """Which part of a list."""

    cursor: Annotated[str, About(max_length=1000, description="The `next` of the page before.")] = (
        ""
    )
    limit: Annotated[int, About(ge=1, le=MAX_LIMIT, description="Rows in a page.")] = 50


class Page(BaseModel, Generic[Out]):
    """A part of a list; `next` is null on the last page."""

    items: list[Out]
    next: str | None


def page_of(
    rows: QuerySet[Row], query: PageQuery, order: Sequence[str], show: Callable[[Row], Out]
) -> Page[Out]:
    """One page, sorted by ``order``: model fields, ``-`` for descending, the last one unique."""
    if query.cursor:
        rows = rows.filter(_after(order, _read(query.cursor, rows, order)))
    found = list(rows.order_by(*order)[: query.limit + 1])
    shown = found[: query.limit]
    more = len(found) > len(shown)
    return Page(items=[show(row) for row in shown], next=_write(shown[-1], order) if more else None)


def _after(order: Sequence[str], values: Sequence[object]) -> Q:
    """Rows that come after the one with these values: (a > x) or (a = x and b > y) or ..."""
    condition = Q()
    same = Q()
    for name, value in zip(order, values, strict=True):
        field, comparison = (name[1:], "lt") if name.startswith("-") else (name, "gt")
        condition |= same & Q(**{f"{field}__{comparison}": value})
        same &= Q(**{field: value})
    return condition


def _salt(model: type[Model], order: Sequence[str]) -> str:
    return f"callmark.api.cursor:{model._meta.label}:{','.join(order)}"


def _write(row: Model, order: Sequence[str]) -> str:
    values = [getattr(row, name.removeprefix("-")) for name in order]
    plain = [one.isoformat() if isinstance(one, datetime) else str(one) for one in values]
    return signing.dumps(plain, salt=_salt(type(row), order))


def _read(cursor: str, rows: QuerySet[Row], order: Sequence[str]) -> list[Any]:
    try:
        plain = signing.loads(cursor, salt=_salt(rows.model, order))
    except (signing.BadSignature, ValueError):
        raise Problem(
            422,
            "invalid_cursor",
            "Use the 'next' of the page before, with the same sorting, or start without a cursor.",
            field="cursor",
        ) from None
    return [_value(rows.model, name, one) for name, one in zip(order, plain, strict=True)]


def _value(model: type[Model], name: str, text: str) -> object:
    field = model._meta.get_field(name.removeprefix("-"))
    assert isinstance(field, Field)
    return field.to_python(text)
