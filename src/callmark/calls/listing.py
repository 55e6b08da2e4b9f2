"""A page of calls by where the one before ended: as quick in the middle of years as at the top."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from callmark.accounts.refused import Refused
from callmark.calls.models import Call

ORDER = ("-started_at", "-id")
"""The newest first; there is an index for it."""

Row = TypeVar("Row")

_MARK = re.compile(r"([0-9]{1,18})-([0-9a-f]{32})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CallPage:
    """Calls in :data:`ORDER`. ``older`` and ``newer`` ask for the page there; '': there is none."""

    calls: Sequence[Call]
    older: str
    newer: str


def page_of_calls(
    calls: QuerySet[Call], *, size: int = 50, older: str = "", newer: str = ""
) -> CallPage:
    """The first page, or the one that a page's ``older`` or ``newer`` asks for.

    Raises :class:`Refused` for a mark that no page gave.
    """
    if newer:
        found = list(_beyond(calls, newer, up=True).order_by("started_at", "id")[: size + 1])
        more = len(found) > size
        shown = found[:size][::-1]
        if not more:
            # The top, filled up: nobody wants a first page of three.
            return page_of_calls(calls, size=size)
        return CallPage(shown, _mark(shown[-1]), _mark(shown[0]))
    rows = _beyond(calls, older, up=False) if older else calls
    found = list(rows.order_by(*ORDER)[: size + 1])
    shown = found[:size]
    return CallPage(
        shown,
        _mark(shown[-1]) if len(found) > size else "",
        _mark(shown[0]) if older and shown else "",
    )


def beyond(calls: QuerySet[Call, Row], at: datetime, pk: UUID) -> QuerySet[Call, Row]:
    """The calls that come after the one of this moment and id in :data:`ORDER`."""
    # The first condition is what an index can begin at.
    return calls.filter(Q(started_at__lte=at) & (Q(started_at__lt=at) | Q(pk__lt=pk)))


def _beyond(calls: QuerySet[Call], mark: str, *, up: bool) -> QuerySet[Call]:
    at, pk = _read(mark)
    if up:
        return calls.filter(Q(started_at__gte=at) & (Q(started_at__gt=at) | Q(pk__gt=pk)))
    return beyond(calls, at, pk)


def _mark(call: Call) -> str:
    return f"{(call.started_at - _EPOCH) // timedelta(microseconds=1)}-{call.pk.hex}"


def _read(mark: str) -> tuple[datetime, UUID]:
    found = _MARK.fullmatch(mark)
    if found is None:
        raise Refused("There is no such page of calls: begin at the first one.", "page")
    try:
        return _EPOCH + timedelta(microseconds=int(found[1])), UUID(found[2])
    except (OverflowError, ValueError):
        raise Refused("There is no such page of calls: begin at the first one.", "page") from None
