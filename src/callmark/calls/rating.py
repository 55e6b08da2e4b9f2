"""Rating calls: what they cost is stored beside them, in the transaction that learns it.

Only the ledger (:mod:`callmark.calls.counting`) and rating again
(:mod:`callmark.calls.reratings`) write what is here: totals follow from it.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from callmark.calls.calendars import AccountCalendar
from callmark.calls.models import Adjustment, Call, Charge, DayTotal
from callmark.calls.upserts import Prepared, to_put_each
from callmark.policy.rating import RatedCall, Tariff, charge
from callmark.tariffs.queries import Book, book_of, value_of

ANSWERED = "ANSWERED"


class Priced(NamedTuple):
    """A charge, without the call that it is of."""

    amount: Decimal
    currency: str
    billed_seconds: int
    tariff_id: UUID | None
    tariff_version: str
    rate: str


class Rateable(Protocol):
    """What of a call decides what it costs."""

    @property
    def day(self) -> date | None: ...  # noqa: D102
    @property
    def billing_month(self) -> date | None: ...  # noqa: D102
    @property
    def started_at(self) -> datetime: ...  # noqa: D102
    @property
    def e164(self) -> str: ...  # noqa: D102
    @property
    def call_type(self) -> str: ...  # noqa: D102
    @property
    def direction(self) -> str: ...  # noqa: D102
    @property
    def seconds(self) -> int | None: ...  # noqa: D102
    @property
    def disposition(self) -> str: ...  # noqa: D102
    @property
    def simulated(self) -> bool: ...  # noqa: D102


@dataclass(slots=True)
class Rater:
    """Rates calls of one account; ``calendar`` is held until the transaction ends."""

    account_id: UUID
    calendar: AccountCalendar
    _book: Book | None = field(default=None)
    _by_day: "dict[date, _Version | None]" = field(default_factory=dict)

    def price(self, call: Rateable, had: Priced | None) -> Priced | None:
        """What the call costs now; None: nothing, by no rate.

        A call of a closed month stays with the version that it was rated by.
        """
        if call.simulated or call.day is None or not was_answered(call):
            return None
        month = call.billing_month
        if had is not None and month is not None and self.calendar.is_closed(month):
            version = _version(had.tariff_id) if had.tariff_id else None
        else:
            version = self._in_force(call.day)
        if version is None:
            return None
        tariff_id, tariff, known = version
        if not tariff.is_timeless:
            return _price(rated_call(call, self.calendar), tariff_id)
        asked = (call.e164[: tariff.longest_prefix], call.call_type, call.direction, call.seconds)
        try:
            return known[asked]
        except KeyError:
            return _remembered(known, asked, tariff_id)

    def _in_force(self, day: date) -> "_Version | None":
        if day not in self._by_day:
            if self._book is None:
                self._book = book_of(self.account_id, self.calendar.currency)
            tariff_id = self._book.on(day)
            self._by_day[day] = _version(tariff_id) if tariff_id else None
        return self._by_day[day]


_Asked = tuple[str, str, str, int | None]
"""What of a call decides its price where the hour does not: number, type, direction, seconds."""
_REMEMBERED = 20_000


_Version = tuple[UUID, Tariff, dict[_Asked, "Priced | None"]]
"""Of a tariff, with the prices that are known of it."""


def _version(tariff_id: UUID) -> _Version:
    return tariff_id, value_of(tariff_id), _prices_of(tariff_id)


@lru_cache(maxsize=16)
def _prices_of(_tariff_id: UUID) -> dict[_Asked, Priced | None]:
    """Prices that are known of a version, which never changes: to be filled."""
    return {}


def _remembered(
    known: dict[_Asked, Priced | None], asked: _Asked, tariff_id: UUID
) -> Priced | None:
    """The price of all calls that have in common what decides it."""
    head, call_type, direction, seconds = asked
    found = _price(RatedCall(head, call_type, direction, seconds or 0, datetime.min), tariff_id)
    if len(known) >= _REMEMBERED:
        known.clear()
    known[asked] = found
    return found


def _price(call: RatedCall, tariff_id: UUID) -> Priced | None:
    tariff = value_of(tariff_id)
    found = charge(call, tariff)
    if found.rate is None:
        return None
    return Priced(
        found.amount,
        tariff.currency,
        found.billed_seconds,
        tariff_id,
        tariff.version,
        found.rate.label,
    )


def was_answered(call: Rateable) -> bool:
    """Whether anybody talked, as far as is known; an end that says neither tells by its seconds."""
    if call.seconds is None:
        return False
    return call.disposition == ANSWERED or (not call.disposition and call.seconds > 0)


def rated_call(call: Rateable, calendar: AccountCalendar) -> RatedCall:
    """The call as the policy's value, in the account's time zone."""
    return RatedCall(
        call.e164,
        call.call_type,
        call.direction,
        call.seconds or 0,
        call.started_at.astimezone(calendar.days.zone),
        was_answered(call),
    )


def charges_of(call_ids: Iterable[UUID]) -> dict[UUID, Priced]:
    """The charges of these calls."""
    every = Charge.objects.of_every_account("of calls that were read for their accounts")
    rows = every.filter(pk__in=call_ids).values_list("pk", *Priced._fields)
    return {pk: Priced(*values) for pk, *values in rows}


def store_charges(
    account_of: Mapping[UUID, UUID], before: Container[UUID], now: Mapping[UUID, Priced | None]
) -> None:
    """Write what calls cost now, of those of which that is new; ``before``: what had a charge."""
    gone = [pk for pk, one in now.items() if one is None and pk in before]
    to_store_charges(
        gone, [(pk, account_of[pk], *one) for pk, one in now.items() if one is not None]
    )()


def to_store_charges(gone: Sequence[UUID], rows: Sequence[tuple[Any, ...]]) -> Prepared:
    """What writes charges (call, account, and what is in :class:`Priced`), and deletes others."""
    put = to_put_each(Charge, ("call_id", "account_id", *Priced._fields), rows)

    def store() -> None:
        if gone:
            Charge.objects.of_every_account("of these calls").filter(pk__in=gone).delete()
        put()

    return store


def has_charges(account_id: UUID) -> bool:
    """Whether any call of the account has cost anything, also one that is deleted by now.

    What is left of those in totals is in the currency of then, and nothing is added up of two.
    """
    left = (model.objects.of(account_id).exclude(cost=0) for model in (DayTotal, Adjustment))
    return Charge.objects.of(account_id).exists() or any(one.exists() for one in left)


def explained(call: Call, calendar: AccountCalendar) -> tuple[str, ...]:
    """How what a call costs comes about, in sentences; none where it has no charge."""
    found: Charge | None = getattr(call, "charge", None)
    if found is None or found.tariff_id is None:
        return ()
    return charge(rated_call(call, calendar), value_of(found.tariff_id)).why
