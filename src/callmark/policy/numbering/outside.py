"""Calls that leave the account: what the digits after the outside-line prefix reach."""

import re

from callmark.policy.numbering import north_america, world
from callmark.policy.numbering.call_types import (
    COSTLY,
    CallType,
    NumberingPlan,
    Verdict,
    unroutable,
    verdict,
)
from callmark.policy.numbering.international import international
from callmark.policy.numbering.metadata import CountryFacts, facts, look_up

_NOT_DIGITS = re.compile(r"[^0-9]+")
# A line digit, a star code, two carrier codes, 011 and the 15 digits of E.164 are fewer by far.
# Codes are taken off one by one, so this also bounds the work that a hostile string causes.
_MOST_DIGITS = 60


def outside_number(number: str, plan: NumberingPlan) -> Verdict:
    """Digits (or + and digits) as they leave for the public network."""
    home = facts(plan.country)
    if number in home.emergency:
        return verdict(CallType.EMERGENCY, f"emergency: {number}")
    digits = _NOT_DIGITS.sub("", number)
    if not digits:
        return unroutable("nothing was dialled")
    if len(digits) > _MOST_DIGITS:
        types = {CallType.PREMIUM, CallType.INTERNATIONAL}
        return unroutable("too many digits", types, "it is gated like premium and international")
    if number.startswith("+0"):  # + put in front of a number as dialled, 011 and all
        types = {CallType.INTERNATIONAL} | (outside_number(digits, plan).types & COSTLY)
        return unroutable("no country code begins with 0", types, "international: it begins with +")
    if number.startswith("+"):
        return international(digits, plan)
    number = digits
    at_home = north_america if home.calling_code == 1 else world
    result = at_home.dialed_at_home(number, plan)
    return result if result.routable else _sent_without_plus(number, result, home)


def _sent_without_plus(number: str, result: Verdict, home: CountryFacts) -> Verdict:
    """Many trunks take a bare country code and number, so 442079460958 may reach London."""
    if len(number) < 11 or number[0] == "0":
        return result
    known = look_up("+" + number)
    if known is None or not known.valid or known.calling_code == home.calling_code:
        return result
    types = {CallType.INTERNATIONAL} | ({CallType.PREMIUM} if known.premium else set())
    return result.also(types, f"a trunk may take the digits as +{known.calling_code} ...")
