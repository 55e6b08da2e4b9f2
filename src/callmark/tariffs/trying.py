"""What one call would cost: asked before anybody places it."""

from datetime import datetime

from django.utils.translation import gettext

from callmark.accounts.models import Account, Extension, PhoneNumber
from callmark.policy.numbering import CallType, Classification, NumberingPlan, OwnNumbers, classify
from callmark.policy.rating import Charge, RatedCall, charge
from callmark.policy.values import value_class
from callmark.tariffs.models import Tariff
from callmark.tariffs.queries import in_force


@value_class
class Tried:
    """What was dialed, and what it costs; ``tariff`` None: no version is for that day."""

    number: Classification
    seconds: int
    tariff: Tariff | None
    charge: Charge | None

    @property
    def why(self) -> tuple[str, ...]:
        """How the cost comes about, in sentences."""
        if self.charge is None:
            return (gettext("There are no rates for this day."),)
        return self.charge.why


def try_call(account: Account, dialed: str, seconds: int, at: datetime) -> Tried:
    """What an outbound call to this number would cost, by the rates of its day.

    The number is read as the account's users dial it. ``at`` is aware, in any zone.
    """
    number = classify(dialed, _plan(account))
    local = at.astimezone(account.zone)
    tariff = in_force(account, local.date())
    if tariff is None:
        return Tried(number, seconds, None, None)
    is_internal = number.call_type is CallType.INTERNAL
    call = RatedCall(
        number.e164 or "",
        number.call_type.value,
        "internal" if is_internal else "outbound",
        seconds,
        local,
    )
    return Tried(number, seconds, tariff, charge(call, tariff.value))


def _plan(account: Account) -> NumberingPlan:
    numbers = Extension.objects.of(account).exclude(number="").values_list("number", flat=True)
    return NumberingPlan(
        country=account.country,
        outside_prefix=account.outside_prefix,
        international_regions=frozenset(account.international_regions),
        extensions=frozenset(numbers),
        internal_numbers=frozenset(PhoneNumber.objects.of(account).values_list("e164", flat=True)),
        own_numbers=OwnNumbers.of(account.own_numbers),
    )
