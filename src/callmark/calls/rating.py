"""Rating calls: what they cost is stored beside them, in the transaction that learns it.

Only the ledger (:mod:`callmark.calls.counting`) calls what is here: totals follow from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Protocol
from uuid import UUID

from callmark.calls.calendars import AccountCalendar
from callmark.calls.models import Call, Charge
from callmark.policy.rating import RatedCall, charge
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


class RatedAgain(NamedTuple):
    """What rating calls again has changed."""

    changed: int = 0
    before: Decimal = Decimal(0)
    after: Decimal = Decimal(0)

    @classmethod
    def of(
        cls,
        call_ids: Iterable[UUID],
        before: Mapping[UUID, Priced],
        now: Mapping[UUID, Priced | None],
    ) -> "RatedAgain":
        """By what these calls cost before and cost now."""
        pairs = [(before.get(pk), now.get(pk)) for pk in call_ids]
        return cls(
            sum(1 for old, new in pairs if _amount(old) != _amount(new)),
            sum((_amount(old) for old, _ in pairs), Decimal(0)),
            sum((_amount(new) for _, new in pairs), Decimal(0)),
        )


def _amount(one: Priced | None) -> Decimal:
    return one.amount if one else Decimal(0)


class Rateable(Protocol):
    """What of a call decides what it costs."""

    @property
    def account_id(self) -> UUID: ...  # noqa: D102
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
    account_of: Mapping[UUID, UUID],
    before: Mapping[UUID, Priced | None],
    now: Mapping[UUID, Priced | None],
) -> None:
    """Write what differs."""
    gone = [pk for pk, one in now.items() if one is None and before.get(pk) is not None]
    changed = [
        Charge(call_id=pk, account_id=account_of[pk], **one._asdict())
        for pk, one in now.items()
        if one is not None and one != before.get(pk)
    ]
    if gone:
        Charge.objects.of_every_account("of these calls").filter(pk__in=gone).delete()
    if changed:
        Charge.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["call"],
            update_fields=list(Priced._fields),
        )


def has_charges(account_id: UUID) -> bool:
    """Whether any call of the account has cost anything."""
    return Charge.objects.of(account_id).exists()


def explained(call: Call, calendar: AccountCalendar) -> tuple[str, ...]:
    """How what a call costs comes about, in sentences; none where it has no charge."""
    found: Charge | None = getattr(call, "charge", None)
    if found is None or found.tariff_id is None:
        return ()
    return charge(rated_call(call, calendar), value_of(found.tariff_id)).why
