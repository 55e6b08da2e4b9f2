"""What one call costs, to the cent: decimal, and rounded once."""

from decimal import ROUND_HALF_UP, ROUND_UP, Decimal

from callmark.policy.rating.reasons import reasons
from callmark.policy.rating.tariff import NOTHING, Per, Rate, RatedCall, Rounding, Tariff
from callmark.policy.values import value_class

_ROUNDING = {Rounding.UP: ROUND_UP, Rounding.HALF_UP: ROUND_HALF_UP}


@value_class
class Charge:
    """What a call costs by one version of a tariff."""

    amount: Decimal
    """In the tariff's currency, mark-up and rounding included."""
    billed_seconds: int
    """Talk time as it is billed: whole blocks; 0 where nothing is billed."""
    rate: Rate | None
    """None: the call falls under no rate, or was not answered."""
    call: RatedCall
    tariff: Tariff

    @property
    def why(self) -> tuple[str, ...]:
        """How it comes about, in sentences."""
        return reasons(self.call, self.tariff, self.rate, self.amount)


def charge(call: RatedCall, tariff: Tariff) -> Charge:
    """What a call costs. Calls that nobody answered, or that fall under no rate, cost nothing.

    The rate is that of the moment the call started, also where it lasts into other hours [ours].
    """
    rate = tariff.rate_of(call) if call.answered else None
    if rate is None or call.seconds < rate.free_below:
        return Charge(NOTHING, 0, rate, call, tariff)
    billed = billed_seconds(rate, call.seconds)
    return Charge(_amount(rate, billed, tariff), billed, rate, call, tariff)


def billed_seconds(rate: Rate, seconds: int) -> int:
    """The first block and the started blocks after it."""
    return rate.first_seconds + blocks_of(rate, seconds) * rate.block_seconds


def blocks_of(rate: Rate, seconds: int) -> int:
    """How many blocks are started after the first one."""
    return -(-max(0, seconds - rate.first_seconds) // rate.block_seconds)


def _amount(rate: Rate, billed: int, tariff: Tariff) -> Decimal:
    # In sixtieths, for a price per minute and second has no end in decimals: the only division is
    # the last step, so that what is rounded up is never the trace of an earlier one.
    after = billed - rate.first_seconds
    time = rate.price * (after if rate.per is Per.MINUTE else 60 * (after // rate.block_seconds))
    sixtieths = max(60 * (rate.connection_fee + rate.first_price) + time, 60 * rate.minimum)
    if rate.maximum is not None:
        sixtieths = min(sixtieths, 60 * rate.maximum)
    mark_up = tariff.mark_up if rate.mark_up is None else rate.mark_up
    exact = sixtieths * (100 + mark_up) / 6000
    return exact.quantize(Decimal(1).scaleb(-tariff.decimals), _ROUNDING[tariff.rounding])
