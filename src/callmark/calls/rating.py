"""Rating calls: what they cost is stored beside them, in the transaction that learns it.

Only the ledger (:mod:`callmark.calls.counting`) and rating again
(:mod:`callmark.calls.reratings`) write what is here: totals follow from it.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Protocol
from uuid import UUID

from callmark.calls.calendars import AccountCalendar
from callmark.calls.models import Adjustment, Call, Charge, DayTotal
from callmark.calls.upserts import put_each
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
    _known: dict[object, Priced | None] = field(default_factory=dict)
    """Prices by what decides them, where the hour does not: most calls have one in common."""

    def price(self, call: Rateable, had: Priced | None) -> Priced | None:
        """What the call costs now; None: nothing, by no rate.

        A call of a closed month stays with the version that it was rated by.
        """
        if call.simulated or call.day is None or not was_answered(call):
            return None
        closed = call.billing_month is not None and self.calendar.is_closed(call.billing_month)
        tariff_id = had.tariff_id if closed and had else self._in_force(call.day)
        if tariff_id is None:
            return None
        tariff = value_of(tariff_id)
        if not tariff.is_timeless:
            return self._price(call, tariff_id, tariff)
        head = call.e164[: tariff.longest_prefix]
        alike = (tariff_id, head, call.call_type, call.direction, call.seconds)
        if alike not in self._known:
            self._known[alike] = self._price(call, tariff_id, tariff)
        return self._known[alike]

    def _price(self, call: Rateable, tariff_id: UUID, tariff: Tariff) -> Priced | None:
        found = charge(rated_call(call, self.calendar), tariff)
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

    def _in_force(self, day: date) -> UUID | None:
        if self._book is None:
            self._book = book_of(self.account_id, self.calendar.currency)
        return self._book.on(day)


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
    changed = [(pk, account_of[pk], *one) for pk, one in now.items() if one is not None]
    if gone:
        Charge.objects.of_every_account("of these calls").filter(pk__in=gone).delete()
    put_each(Charge, ("call_id", "account_id", *Priced._fields), changed)


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
