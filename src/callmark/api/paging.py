"""Lists in pages: ``next`` says where the following page begins.

A cursor holds the last row's sort values, signed, so rows added or deleted meanwhile neither repeat
nor hide others. A list is never sorted by account code: its digits would end up in addresses.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from django.core import signing
from django.db.models import Field, Model, Q, QuerySet
from pydantic import BaseModel
from pydantic import Field as About

from callmark.calls import listing
from callmark.calls.filters import CallFilter
from callmark.calls.models import Call
from callmark.policy.values import value_class
from callmark.web.keyset import after, next_to_look_at
from callmark.web.problems import Problem

Row = TypeVar("Row", bound=Model)
Out = TypeVar("Out")

MAX_LIMIT = 200
_SALT_OF_CALLS = "callmark.api.cursor:calls"
_SALT_OF_LINES = "callmark.api.cursor:lines"


Cursor = Annotated[str, About(max_length=1000, description="The `next` of the page before.")]


class PageQuery(BaseModel):
    """Which part of a list."""

    cursor: Cursor = ""
    limit: Annotated[int, About(ge=1, le=MAX_LIMIT, description="Rows in a page.")] = 50


class Page(BaseModel, Generic[Out]):
    """A part of a list; `next` is null on the last page."""

    items: list[Out]
    next: str | None


def page_of(
    rows: QuerySet[Row],
    query: PageQuery,
    order: Sequence[str],
    show: Callable[[Row], Out],
    looking_for: Q | None = None,
) -> Page[Out]:
    """One page, sorted by ``order``: model fields, ``-`` for descending, the last one unique.

    ``rows`` are what an index finds; for what no index finds so many of them are looked at
    (:data:`callmark.web.keyset.LOOKED_AT`), and a page may have few or none, and a ``next``.
    """
    if query.cursor:
        rows = rows.filter(after(order, _read(query.cursor, rows, order)))
    last = None
    if looking_for is not None:
        rows, last = next_to_look_at(rows, order)
        rows = rows.filter(looking_for)
    found = list(rows.order_by(*order)[: query.limit + 1])
    shown = found[: query.limit]
    if len(found) > len(shown):
        last = {name: getattr(shown[-1], name) for name in map(_bare, order)}
    return Page(
        items=[show(row) for row in shown],
        next=_write(rows.model, order, last) if last else None,
    )


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


@value_class
class LineMark:
    """Where the lines of something that is made as a whole go on: which line, and what is before.

    ``of`` is what it is a mark in; ``before`` '' : nothing is before.
    """

    of: str
    first: int = 0
    before: str = ""

    @classmethod
    def read(cls, cursor: str, of: str) -> "LineMark":
        """What the cursor of a request says. Raises :class:`Problem` for one of something else."""
        if not cursor:
            return cls(of)
        mark = cls(*_opened(cursor, _SALT_OF_LINES))
        if mark.of != of:
            raise _not_of_this_list()
        return mark

    def check(self, before: object) -> None:
        """Raises :class:`Problem` where the lines up to here are no longer the same."""
        if self.before and self.before != str(before):
            raise Problem(
                422,
                "invalid_cursor",
                "The lines have changed since the page before: start again without a cursor.",
                field="cursor",
            )

    def cursor(self) -> str:
        """The mark as a request brings it back."""
        return signing.dumps([self.of, self.first, self.before], salt=_SALT_OF_LINES)


def _salt(model: type[Model], order: Sequence[str]) -> str:
    return f"callmark.api.cursor:{model._meta.label}:{','.join(order)}"


def _bare(name: str) -> str:
    return name.removeprefix("-")


def _write(model: type[Model], order: Sequence[str], row: Mapping[str, object]) -> str:
    values = [row[_bare(name)] for name in order]
    plain = [one.isoformat() if isinstance(one, datetime) else str(one) for one in values]
    return signing.dumps(plain, salt=_salt(model, order))


def _read(cursor: str, rows: QuerySet[Row], order: Sequence[str]) -> list[Any]:
    plain = _opened(cursor, _salt(rows.model, order))
    return [_value(rows.model, name, one) for name, one in zip(order, plain, strict=True)]


def _opened(cursor: str, salt: str) -> Any:  # noqa: ANN401
    try:
        return signing.loads(cursor, salt=salt)
    except (signing.BadSignature, ValueError):
        raise _not_of_this_list() from None


def _not_of_this_list() -> Problem:
    return Problem(
        422,
        "invalid_cursor",
        "Use the 'next' of the page before, with the same sorting, or start without a cursor.",
        field="cursor",
    )


def _value(model: type[Model], name: str, text: str) -> object:
    field = model._meta.get_field(name.removeprefix("-"))
    assert isinstance(field, Field)
    return field.to_python(text)
