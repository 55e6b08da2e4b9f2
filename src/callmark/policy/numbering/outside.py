"""Calls that leave the account: what the digits after the outside-line prefix reach."""

from callmark.policy.numbering import north_america, world
from callmark.policy.numbering.call_types import (
    CallType,
    NumberingPlan,
    Verdict,
    emergency,
    unroutable,
)
from callmark.policy.numbering.international import international
from callmark.policy.numbering.metadata import facts

# A line digit, a star code, two carrier codes, 011 and the 15 digits of E.164 are fewer by far.
# Codes are taken off one by one, so this also bounds the work that a hostile string causes.
_MOST_DIGITS = 60


def outside_number(number: str, plan: NumberingPlan) -> Verdict:
    """Digits (or + and digits) as they leave for the public network."""
    home = facts(plan.country)
    if number in home.emergency:
        return emergency(number)
    digits = number.removeprefix("+")
    if not digits.isdecimal():
        return unroutable("nothing was dialed" if not digits else f"{number} is no number")
    if len(digits) > _MOST_DIGITS:
        types = {CallType.PREMIUM, CallType.INTERNATIONAL}
        return unroutable("too many digits", types, "it is gated like premium and international")
    if number != digits:
        return international(digits, plan)
    at_home = north_america if home.calling_code == 1 else world
    return at_home.dialed_at_home(number, plan)
