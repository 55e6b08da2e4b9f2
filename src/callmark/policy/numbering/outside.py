"""Calls that leave the account: what the digits after the outside-line prefix reach."""

from callmark.policy.numbering import north_america, world
from callmark.policy.numbering.call_types import (
    GATED,
    CallType,
    NumberingPlan,
    Verdict,
    emergency,
    unroutable,
    verdict,
)
from callmark.policy.numbering.emergency_numbers import is_helpline
from callmark.policy.numbering.international import international
from callmark.policy.numbering.metadata import facts, look_up
from callmark.policy.numbering.strictest import SHORTEST_ABROAD, types_behind
from callmark.policy.texts import Text

# A line digit, a star code, two carrier codes, 011 and the 15 digits of E.164 are fewer by far.
# Codes are taken off one by one, so this also bounds the work that a hostile string causes.
_MOST_DIGITS = 60
SHORT = 6
"""Up to so many digits a string that reaches nobody outside is a number of the switch."""


def outside_number(number: str, plan: NumberingPlan) -> Verdict:
    """A number for the public network; one that no plan lists counts as all it might be."""
    found = as_dialed(number, plan)
    if found.routable:
        return found if _is_listed(number, found.e164) else _with_types_behind(number, found, plan)
    if len(number.removeprefix("+")) > SHORT:
        return found.also(GATED, Text("it might be any of these for the switch or its trunks"))
    return found.also(
        {CallType.DOMESTIC}, Text("it counts as an outside call: the switch may know it")
    )


def _is_listed(number: str, e164: str | None) -> bool:
    """Whether a numbering plan knows the number, so that nothing need be guessed."""
    known = look_up(e164) if e164 else None
    return known.valid if known is not None else len(number) <= SHORT


def _with_types_behind(number: str, found: Verdict, plan: NumberingPlan) -> Verdict:
    further = types_behind(number, plan.country)
    if found.e164 is not None:  # the number behind a carrier's code
        further |= types_behind(found.e164.removeprefix("+1"), plan.country)
    return found.also(
        further, Text("no plan lists it; without its first digits it is of that type")
    )


def as_dialed(number: str, plan: NumberingPlan) -> Verdict:
    """Digits (or + and digits) as they leave for the public network, with nothing guessed."""
    home = facts(plan.country)
    if number in home.emergency:
        return emergency(number)
    if is_helpline(plan.country, number):
        return verdict(
            CallType.SERVICE,
            Text("service: {number} is a helpline, free for the caller", number=number),
        )
    digits = number.removeprefix("+")
    if not digits.isdecimal():
        return unroutable(
            Text("nothing was dialed")
            if not digits
            else Text("{number} is not a number", number=number)
        )
    if len(digits) > _MOST_DIGITS:
        types = {CallType.PREMIUM, CallType.INTERNATIONAL}
        return unroutable(
            Text("too many digits"), types, Text("it is gated like premium and international")
        )
    if number != digits:
        return international(digits, plan)
    if home.calling_code == 1:
        found = north_america.dialed_at_home(
            number, plan, abroad=international, again=outside_number
        )
    else:
        found = world.dialed_at_home(number, plan, again=outside_number)
    return _with_bare_country_code(number, found, plan) or found


def _with_bare_country_code(number: str, found: Verdict, plan: NumberingPlan) -> Verdict | None:
    """Many trunks take a country code without a plus, so 442079460958 may reach London.

    A number at home stays one: 442079460958 is a valid number in Germany.
    """
    home = facts(plan.country)
    doubtful = not found.routable or (
        found.call_type is CallType.DOMESTIC and home.calling_code != 1
    )
    if not doubtful or len(number) < SHORTEST_ABROAD or number[0] == "0":
        return None
    abroad = look_up("+" + number)
    if abroad is None or not abroad.valid or abroad.calling_code == home.calling_code:
        return None
    at_home = look_up(number, plan.country)
    if found.routable and at_home is not None and at_home.valid:
        return None
    sent = international(number, plan).noting(
        Text("a trunk may take a country code without a plus")
    )
    otherwise = found.types & GATED if found.routable else GATED
    return sent.also(otherwise, Text("read in two ways, it might be of that type at home"))
