"""How callers dial at home in the countries outside +1."""

import re

from callmark.policy.numbering.call_types import (
    COSTLY,
    CallType,
    NumberingPlan,
    Reading,
    Verdict,
    reaches_operator,
    unroutable,
    verdict,
)
from callmark.policy.numbering.countries import country_name
from callmark.policy.numbering.international import international, known_number
from callmark.policy.numbering.metadata import (
    CountryFacts,
    KnownNumber,
    begins_with_premium_number,
    facts,
    look_up,
)
from callmark.policy.numbering.special_numbers import CODES_BEFORE_A_NUMBER
from callmark.policy.texts import Text

# Codes in front of a number are three to six digits long in every plan that has them.
_HIDING_CODE_LENGTHS = (3, 4, 5, 6)


def dialed_at_home(number: str, plan: NumberingPlan, *, again: Reading) -> Verdict:
    """Digits dialed in a country outside +1, as they leave for the public network.

    Behind a code that is set aside all begins ``again``.
    """
    home = facts(plan.country)
    abroad = _after_international_prefix(number, home, plan)
    found = _service_number(number, home) or _if_routable(abroad)
    if found is not None:
        return found
    known = look_up(number, plan.country)
    if known is not None and known.valid:
        return known_number(known, plan)
    abroad = abroad or _after_double_zero_elsewhere(number, plan)
    found = _if_routable(abroad) or _behind_a_code(number, home, plan, again)
    if found is not None:
        return found
    if abroad is not None:
        result = abroad
    elif known is not None and (known.plausible or _local_length(known, home)):
        result = known_number(known, plan)
    else:
        result = unroutable(
            Text(
                "{number} is not a number that can be dialed from {country}",
                number=number,
                country=country_name(plan.country),
            )
        )
    return _with_leading_types(result, number, plan, known)


def _if_routable(found: Verdict | None) -> Verdict | None:
    return found if found is not None and found.routable else None


def _service_number(number: str, home: CountryFacts) -> Verdict | None:
    """Numbers that are whole as they stand: the operator, enquiries and short codes."""
    if number == "0":
        return verdict(CallType.DIRECTORY_ASSISTANCE, reaches_operator("0"))
    if home.enquiries.fullmatch(number):
        return _enquiry(number, home)
    return _short_code(number, home)


def _enquiry(number: str, home: CountryFacts) -> Verdict:
    result = verdict(
        CallType.DIRECTORY_ASSISTANCE,
        Text("directory assistance: {number} is an enquiry number", number=number),
    )
    if home.short_premium.fullmatch(number):
        # The word stays directory assistance: that is the switch an administrator looks for.
        return result.also({CallType.PREMIUM}, Text("it is charged at a premium rate"))
    return result


def _short_code(number: str, home: CountryFacts) -> Verdict | None:
    if home.short_premium.fullmatch(number):
        return verdict(
            CallType.PREMIUM, Text("premium: short code {number} charges the caller", number=number)
        )
    if home.is_short_code(number):
        return verdict(
            CallType.SERVICE, Text("service: {number} is a national short code", number=number)
        )
    return None


def _after_international_prefix(
    number: str, home: CountryFacts, plan: NumberingPlan
) -> Verdict | None:
    """None when the country's international prefix was not dialed.

    In some countries a carrier's digit may be part of the prefix: both ways of cutting count.
    """
    prefix = home.international_prefix.match(number)
    if prefix is None or prefix.end() == 0:
        return None
    cuts = {prefix.end()} | ({2} if number.startswith("00") else set())
    results = [international(number[cut:], plan) for cut in sorted(cuts, reverse=True)]
    result = next((each for each in results if each.routable), results[0])
    for other in results:
        if other.routable:
            result = result.also(other.types & COSTLY, Text("the prefix can be read in two ways"))
    return result if result.routable else _surely_abroad(result)


def _after_double_zero_elsewhere(number: str, plan: NumberingPlan) -> Verdict | None:
    """00 counts everywhere: E.164 recommends it, and carriers honor it beside the plan's own.

    One or two digits that choose a carrier may follow it (001 in Indonesia, 0033 in Japan).
    """
    if not number.startswith("00"):
        return None
    plain = international(number[2:], plan)
    for cut in (2, 3, 4):
        known = look_up("+" + number[cut:])
        if known is not None and known.valid:
            return plain if cut == 2 else _surely_abroad(known_number(known, plan))
    return plain if plain.routable else _surely_abroad(plain)


def _surely_abroad(result: Verdict) -> Verdict:
    return result.also({CallType.INTERNATIONAL}, Text("it begins with the international prefix"))


def _behind_a_code(
    number: str, home: CountryFacts, plan: NumberingPlan, again: Reading
) -> Verdict | None:
    """The number behind a caller-id or carrier code, known or not, so that none hides a call."""
    code = CODES_BEFORE_A_NUMBER.get(plan.country)
    match = re.match(code, number) if code else None
    if match and len(number) - match.end() >= 3:
        rest = again(number[match.end() :], plan)
        if rest.routable:
            return rest.noting(
                Text("the code {match} before the number was set aside", match=match[0])
            )
    for length in _HIDING_CODE_LENGTHS:
        rest_digits = number[length:]
        if not rest_digits.startswith(("00", home.trunk_prefix or "00")):
            continue
        prefix = home.international_prefix.match(rest_digits)
        known = (
            look_up("+" + rest_digits[prefix.end() :])
            if prefix
            else look_up(rest_digits, plan.country)
        )
        if known is not None and known.valid:
            found = known_number(known, plan)
            if found.types & COSTLY:
                return found.noting(
                    Text("{number} before the number was taken for a code", number=number[:length])
                )
    return None


def _local_length(known: KnownNumber, home: CountryFacts) -> bool:
    return known.calling_code == home.calling_code and len(known.national) in home.local_lengths


def _with_leading_types(
    result: Verdict, number: str, plan: NumberingPlan, known: KnownNumber | None
) -> Verdict:
    """Exchanges stop listening once a number is whole, so what it begins with counts."""
    home = facts(plan.country)
    types = set()
    enquiry = home.enquiries.match(number)
    if enquiry and not result.routable:
        types.add(CallType.DIRECTORY_ASSISTANCE)
    national = known.national if known else number.removeprefix(home.trunk_prefix)
    if begins_with_premium_number(home.calling_code, national):
        types.add(CallType.PREMIUM)
    return result.also(types, Text("its leading digits alone reach a number of that type"))
