"""A page of calls by where the one before ended: as quick in the middle of years as at the top."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext

from callmark.accounts.refused import Refused
from callmark.calls.filters import CallFilter
from callmark.calls.models import Call
from callmark.policy.values import value_class

ORDER = ("-started_at", "-id")
"""The newest first; there is an index for it."""

Row = TypeVar("Row")

_MARK = re.compile(r"([0-9]{1,18})-([0-9a-f]{32})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UPWARDS = ("started_at", "id")
_FIRST_ID, _LAST_ID = UUID(int=0), UUID(int=2**128 - 1)
_NOTHING = CallFilter()


LOOKED_AT = 15_000
"""Calls that are looked at, one by one, for a page of what no index finds: about 50 ms."""


@value_class
class CallPage:
    """Calls in :data:`ORDER`. ``older`` and ``newer`` ask for the page there; '': there is none.

    ``looked_back_to``: so many calls were looked at, back to this moment, that the page ends before
    it is full; ``older`` looks on from there.
    """

    calls: Sequence[Call]
    older: str
    newer: str
    looked_back_to: datetime | None = None


def page_of_calls(
    calls: QuerySet[Call],
    *,
    size: int = 50,
    older: str = "",
    newer: str = "",
    looking_for: CallFilter = _NOTHING,
) -> CallPage:
    """The first page, or the one that a page's ``older`` or ``newer`` asks for.

    ``calls`` are those that an index finds; of them are shown those that ``looking_for`` finds,
    after :data:`LOOKED_AT` at most. Raises :class:`Refused` for a mark that no page gave.
    """
    up = bool(newer)
    rows = _beyond(calls, newer or older, up=up) if newer or older else calls
    last = None
    if looking_for != _NOTHING:
        last = where_looking_ends(rows, up=up)
        if last is not None:
            rows = rows.filter(**{"started_at__lte" if up else "started_at__gte": last})
        rows = looking_for.narrow(rows)
    found = list(rows.order_by(*(_UPWARDS if up else ORDER))[: size + 1])
    more, shown = len(found) > size, found[:size]
    if up:
        shown = shown[::-1]
        if not more and last is None:
            # The top, filled up: nobody wants a first page of three.
            return page_of_calls(calls, size=size, looking_for=looking_for)
        if not more:
            assert last is not None
            below = _mark(shown[-1]) if shown else _beside(newer, 1)
            return CallPage(shown, below, _mark_at(last, _LAST_ID))
        return CallPage(shown, _mark(shown[-1]), _mark(shown[0]))
    below = _mark(shown[-1]) if more else _mark_at(last, _FIRST_ID) if last else ""
    above = "" if not older else _mark(shown[0]) if shown else _beside(older, -1)
    return CallPage(shown, below, above, None if more else last)


def where_looking_ends(calls: QuerySet[Call], *, up: bool = False) -> datetime | None:
    """When the last of :data:`LOOKED_AT` of these calls began; None: there are no more than those.

    Read from an index alone: a page may look at all calls from there on.
    """
    some = calls.order_by(*(_UPWARDS if up else ORDER)).values("started_at", "id")[: LOOKED_AT + 1]
    found = some.aggregate(count=Count("id"), last=(Max if up else Min)("started_at"))
    last: datetime | None = found["last"]
    return last if found["count"] > LOOKED_AT else None


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
    return _mark_at(call.started_at, call.pk)


def _mark_at(at: datetime, pk: UUID) -> str:
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}-{pk.hex}"


def _beside(mark: str, step: int) -> str:
    """The mark so that the other way begins with its own call."""
    at, pk = _read(mark)
    return _mark_at(at, UUID(int=min(max(pk.int + step, 0), _LAST_ID.int)))


def _read(mark: str) -> tuple[datetime, UUID]:
    found = _MARK.fullmatch(mark)
    if found is None:
        raise Refused(gettext("There is no such page of calls: begin at the first one."), "page")
    try:
        return _EPOCH + timedelta(microseconds=int(found[1])), UUID(found[2])
    except (OverflowError, ValueError):
        raise Refused(
            gettext("There is no such page of calls: begin at the first one."), "page"
        ) from None
