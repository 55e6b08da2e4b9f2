"""A version of a tariff, its rates, and which of them a call falls under.

A call falls under the rate with the longest prefix of its number; else under the rate of its type;
else under the default rate. A rate that does not apply at the moment the call started (by day of
the week, time of day, or first and last day) is as if it were not there. Of two for the same calls
the one that is limited to some hours or days of the week goes before the one that is not.

Calls that usually cost nothing (emergency, internal, toll-free, service codes, and those that came
in) fall only under a rate of just that type: neither a prefix nor the default makes them cost.
"""

from collections.abc import Iterator
from dataclasses import field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum

from callmark.policy.numbering import CallType
from callmark.policy.values import value_class

INBOUND = "inbound"
"""In place of a call type: calls that came in, which have none."""

ONLY_BY_TYPE = frozenset(
    {CallType.EMERGENCY, CallType.INTERNAL, CallType.TOLL_FREE, CallType.SERVICE, INBOUND}
)
"""What costs nothing unless a rate names it."""

NOTHING = Decimal(0)


class Rounding(StrEnum):
    """How an amount is brought to the tariff's decimals, once a call."""

    UP = "up"
    HALF_UP = "half_up"


class Per(StrEnum):
    """What the price of the time after the first block is of."""

    MINUTE = "minute"
    BLOCK = "block"


@value_class
class RatedCall:
    """What of a call decides its cost. ``started_at`` is in the account's time zone."""

    e164: str
    """As +442079460000; '' where there is none."""
    call_type: str
    """A value of :class:`CallType`; '' for a call that came in."""
    direction: str
    """*outbound*, *internal* or *inbound*."""
    seconds: int
    """Talk time."""
    started_at: datetime
    answered: bool = True

    @property
    def kind(self) -> str:
        """The call's type, or that it came in."""
        return INBOUND if self.direction == INBOUND else self.call_type


@value_class
class Rate:
    """What calls of one kind cost. With neither prefix nor type it is the default.

    Prices are in the tariff's currency, before mark-up. Raises :class:`ValueError` where the values
    contradict each other.
    """

    label: str
    prefix: str = ""
    """The beginning of an E.164 number, as +44 or +4420."""
    call_type: str = ""
    """A value of :class:`CallType`, or :data:`INBOUND`."""
    connection_fee: Decimal = NOTHING
    first_seconds: int = 0
    """The first block, begun by every call; 0: none."""
    first_price: Decimal = NOTHING
    """Of the whole first block."""
    block_seconds: int = 60
    """The time after it is counted in started blocks of so many seconds."""
    price: Decimal = NOTHING
    per: Per = Per.MINUTE
    free_below: int = 0
    """Calls shorter than this many seconds cost nothing."""
    minimum: Decimal = NOTHING
    maximum: Decimal | None = None
    weekdays: frozenset[int] = frozenset()
    """Monday is 0; empty: all."""
    begins: time | None = None
    ends: time | None = None
    """Not included; before ``begins``: over midnight."""
    valid_from: date | None = None
    valid_until: date | None = None
    """Included."""
    mark_up: Decimal | None = None
    """In percent; None: the tariff's."""

    def __post_init__(self) -> None:
        if self.prefix and self.call_type:
            raise ValueError("a rate is for a prefix or for a type of call, not for both")
        if self.block_seconds < 1:
            raise ValueError("a block lasts at least one second")
        prices = (self.connection_fee, self.first_price, self.price, self.minimum)
        limits = (self.first_seconds, self.free_below, self.mark_up or 0, self.maximum or 0)
        if min(*prices, *limits) < 0:
            raise ValueError("nothing in a rate is below zero")
        if self.maximum is not None and self.maximum < self.minimum:
            raise ValueError("the most a call costs is not less than the least")
        if (self.begins is None) != (self.ends is None):
            raise ValueError("hours have a beginning and an end")

    def applies(self, at: datetime) -> bool:
        """Whether it is in force at this moment of the account's time zone."""
        if self.valid_from is not None and at.date() < self.valid_from:
            return False
        if self.valid_until is not None and at.date() > self.valid_until:
            return False
        if self.weekdays and at.weekday() not in self.weekdays:
            return False
        if self.begins is None or self.ends is None or self.begins == self.ends:
            return True
        clock = at.time()
        if self.begins < self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends

    @property
    def is_limited(self) -> bool:
        """Whether it is for some hours or days of the week only."""
        return bool(self.weekdays) or self.begins is not None


@value_class
class Tariff:
    """One version of an account's rates. It never changes: an edit makes another version."""

    version: str
    currency: str
    """ISO 4217."""
    rates: tuple[Rate, ...]
    decimals: int = 2
    rounding: Rounding = Rounding.HALF_UP
    mark_up: Decimal = NOTHING
    """In percent, of rates that have none of their own."""
    _by_prefix: dict[str, list[Rate]] = field(init=False, repr=False, compare=False)
    _by_type: dict[str, list[Rate]] = field(init=False, repr=False, compare=False)
    longest_prefix: int = field(init=False, repr=False, compare=False)
    """How much of a number decides which rate it falls under."""
    is_timeless: bool = field(init=False, repr=False, compare=False)
    """Whether a call costs the same at whatever hour and day of this version."""

    def __post_init__(self) -> None:
        by_prefix: dict[str, list[Rate]] = {}
        by_type: dict[str, list[Rate]] = {}
        # Sorting is stable: of rates that are limited alike the first one written goes first.
        for rate in sorted(self.rates, key=lambda one: not one.is_limited):
            if rate.prefix:
                by_prefix.setdefault(rate.prefix, []).append(rate)
            else:
                by_type.setdefault(rate.call_type, []).append(rate)
        object.__setattr__(self, "_by_prefix", by_prefix)
        object.__setattr__(self, "_by_type", by_type)
        object.__setattr__(self, "longest_prefix", max(map(len, by_prefix), default=0))
        changes = (one.is_limited or one.valid_from or one.valid_until for one in self.rates)
        object.__setattr__(self, "is_timeless", not any(changes))

    def rate_of(self, call: RatedCall) -> Rate | None:
        """The rate that the call falls under, if any."""
        return next((one for one in self._candidates(call) if one.applies(call.started_at)), None)

    def _candidates(self, call: RatedCall) -> Iterator[Rate]:
        kind, number = call.kind, call.e164
        if kind in ONLY_BY_TYPE:
            yield from self._by_type.get(kind, ())
            return
        for length in range(min(self.longest_prefix, len(number)), 1, -1):
            if found := self._by_prefix.get(number[:length]):
                yield from found
        if kind:
            yield from self._by_type.get(kind, ())
        yield from self._by_type.get("", ())
