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

from callmark.calls import listing
from callmark.calls.filters import CallFilter
from callmark.calls.models import Call
from callmark.web.problems import Problem

Row = TypeVar("Row", bound=Model)
Out = TypeVar("Out")

MAX_LIMIT = 200
_SALT_OF_CALLS = "callmark.api.cursor:calls"


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


def page_of_calls(
    calls: QuerySet[Call], query: PageQuery, show: Callable[[Call], Out], looking_for: CallFilter
) -> Page[Out]:
    """One page of calls, the newest first, of those that ``looking_for`` finds.

    So many calls are looked at for a page (:data:`callmark.calls.listing.LOOKED_AT`): it may have
    few or none, and a ``next`` all the same.
    """
    mark = _opened(query.cursor, _SALT_OF_CALLS) if query.cursor else ""
    page = listing.page_of_calls(calls, size=query.limit, older=mark, looking_for=looking_for)
    older = signing.dumps(page.older, salt=_SALT_OF_CALLS) if page.older else None
    return Page(items=[show(call) for call in page.calls], next=older)


def _after(order: Sequence[str], values: Sequence[object]) -> Q:
    """Rows that come after the one with these values: (a > x) or (a = x and b > y) or ..."""
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


def _salt(model: type[Model], order: Sequence[str]) -> str:
    return f"callmark.api.cursor:{model._meta.label}:{','.join(order)}"


def _write(row: Model, order: Sequence[str]) -> str:
    values = [getattr(row, name.removeprefix("-")) for name in order]
    plain = [one.isoformat() if isinstance(one, datetime) else str(one) for one in values]
    return signing.dumps(plain, salt=_salt(type(row), order))


def _read(cursor: str, rows: QuerySet[Row], order: Sequence[str]) -> list[Any]:
    plain = _opened(cursor, _salt(rows.model, order))
    return [_value(rows.model, name, one) for name, one in zip(order, plain, strict=True)]


def _opened(cursor: str, salt: str) -> Any:  # noqa: ANN401
    try:
        return signing.loads(cursor, salt=salt)
    except (signing.BadSignature, ValueError):
        raise Problem(
            422,
            "invalid_cursor",
            "Use the 'next' of the page before, with the same sorting, or start without a cursor.",
            field="cursor",
        ) from None


def _value(model: type[Model], name: str, text: str) -> object:
    field = model._meta.get_field(name.removeprefix("-"))
    assert isinstance(field, Field)
    return field.to_python(text)
