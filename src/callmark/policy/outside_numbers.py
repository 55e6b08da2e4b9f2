"""Calls that leave the account: what the digits after the outside-line prefix reach."""

import re

from callmark.policy import north_america
from callmark.policy.call_types import (
    COSTLY,
    GATED,
    CallType,
    NumberingPlan,
    Verdict,
    unroutable,
    verdict,
)
from callmark.policy.numbering_metadata import (
    CountryFacts,
    KnownNumber,
    begins_with_premium_number,
    calling_code_of,
    facts,
    look_up,
)
from callmark.policy.special_numbers import (
    BILLABLE_NANP_REGIONS,
    CODES_BEFORE_A_NUMBER,
    FURTHER_SHORT_CODES,
    NUMBER_FOLLOWS_STAR_CODE,
)

# 101XXXX: carrier access code (NANPA). Seven digits, always.
_DIAL_AROUND = re.compile(r"101\d{4}")
# Vertical service codes from a rotary phone: 11XX for *XX, 112XX and 113XX for *2XX and *3XX.
_ROTARY_STAR_CODE = re.compile(r"11(?:[23]\d\d|\d\d)")
_NOT_DIGITS = re.compile(r"[^0-9]+")
# A line digit, a star code, two carrier codes, 011 and the 15 digits of E.164 are fewer by far.
# Codes are taken off one by one, so this also bounds the work that a hostile string causes.
_MOST_DIGITS = 60
_OPERATOR = "directory assistance: {} reaches the operator"
# Codes in front of a number are three to six digits long in every plan that has them.
_HIDING_CODE_LENGTHS = (3, 4, 5, 6)


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
    result = (
        _inside_nanp(number, plan) if home.calling_code == 1 else _elsewhere(number, home, plan)
    )
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


# --- North America -------------------------------------------------------------------------


def _inside_nanp(number: str, plan: NumberingPlan) -> Verdict:
    carrier = _DIAL_AROUND.match(number)
    if carrier:
        rest = number[carrier.end() :] or "0"  # the code alone reaches that carrier's operator
        return outside_number(rest, plan).noting(f"the carrier code {carrier[0]} was set aside")
    if number.startswith("11"):
        return _after_rotary_code(number, plan)
    if number.startswith("0"):
        return _after_zero(number, plan)
    return north_america.home_number(number, plan)


def _after_rotary_code(number: str, plan: NumberingPlan) -> Verdict:
    code = _ROTARY_STAR_CODE.match(number)
    if code is None:
        return unroutable(f"{number} is no complete service code")
    if len(number) in (4, code.end()):
        return verdict(CallType.SERVICE, f"service: {number} is a rotary-phone service code")
    # What the digits show when the ones in front are taken for noise.
    leading = north_america.home_number(number, plan).types & COSTLY
    if number[2:4] in NUMBER_FOLLOWS_STAR_CODE:
        rest = outside_number(number[4:], plan).also(leading, "behind 1 it is of that type")
        return rest.noting(f"the service code {number[:4]} was set aside")
    # Not a code known to precede a number, and no area code begins with 1.
    result = unroutable("no area code or exchange begins with 0 or 1", leading)
    for cut in (4, 5):
        if number[cut:].startswith("11"):  # one rotary code, not a row of them
            continue
        rest = outside_number(number[cut:], plan)
        result = result.also(rest.types & COSTLY, f"{number[:cut]} may be a service code")
    return result


def _after_zero(number: str, plan: NumberingPlan) -> Verdict:
    if number in ("0", "00"):
        return verdict(CallType.DIRECTORY_ASSISTANCE, _OPERATOR.format(number))
    if number.startswith("011"):
        return international(number[3:], plan)
    if number.startswith("01"):
        return international(number[2:], plan).also(
            {CallType.DIRECTORY_ASSISTANCE}, "01 asks the operator to connect an international call"
        )
    if number.startswith("00"):
        return _after_double_zero(number, plan)
    return _through_operator(north_america.home_number(number[1:], plan))


def _after_double_zero(number: str, plan: NumberingPlan) -> Verdict:
    """00 is the long-distance operator, but abroad and on mobiles it is the international prefix.

    Which one a carrier honours is not known here, so both types count.
    """
    both = {CallType.DIRECTORY_ASSISTANCE, CallType.INTERNATIONAL}
    abroad = international(number[2:], plan)
    known = look_up("+" + number[2:])
    if known is not None and known.valid and CallType.INTERNATIONAL in abroad.types:
        return abroad.also(both, "00 may also reach the operator")
    # The operator is reached by 00 alone; what the digits behind it would be counts too.
    further = (north_america.home_number(number[2:], plan).types | abroad.types) & COSTLY
    return verdict(
        CallType.DIRECTORY_ASSISTANCE,
        "directory assistance: 00 reaches the long-distance operator",
    ).also(both | further, "00 is the international prefix in many countries")


def _through_operator(inner: Verdict) -> Verdict:
    if not inner.routable:
        return inner.also({CallType.DIRECTORY_ASSISTANCE}, "0 reaches the operator")
    operator = _OPERATOR.format("0 before a number")
    costlier = inner.types & {CallType.PREMIUM, CallType.INTERNATIONAL}
    why = (*inner.why, operator) if costlier else (operator, *inner.why)
    return verdict(inner.types | {CallType.DIRECTORY_ASSISTANCE}, *why, e164=inner.e164)


# --- International -------------------------------------------------------------------------


def international(digits: str, plan: NumberingPlan) -> Verdict:
    """What follows the international prefix: a country calling code and a number."""
    home_code = facts(plan.country).calling_code
    code = calling_code_of(digits)
    if code is None:
        return unroutable(
            "no country has this code",
            {CallType.INTERNATIONAL},
            "international: it begins with the international prefix",
        )
    national = digits[len(str(code)) :]
    if code == 1:
        return _to_nanp(national, plan)
    known = look_up("+" + digits)
    if known is not None and known.plausible:
        return _number(known, plan)
    types = set()
    if code != home_code:
        types.add(CallType.INTERNATIONAL)
    if code == 979 or begins_with_premium_number(code, national):
        types.add(CallType.PREMIUM)
    return unroutable(
        f"+{code} has no number of this length",
        types,
        f"it begins with country code +{code}",
    )


def _to_nanp(national: str, plan: NumberingPlan) -> Verdict:
    if len(national) == 10:
        return north_america.ten_digit_number(national, plan)
    leading = north_america.home_number("1" + national, plan).types & GATED
    if facts(plan.country).calling_code != 1:
        leading = (leading & COSTLY) | {CallType.INTERNATIONAL}
    return unroutable(
        "a number behind +1 has ten digits", leading, "it begins with country code +1"
    )


def _number(known: KnownNumber, plan: NumberingPlan) -> Verdict:
    """A number outside +1 that is well formed."""
    home_code = facts(plan.country).calling_code
    types, why = set(), []
    if known.premium or known.calling_code == 979:
        types.add(CallType.PREMIUM)
        why.append("premium: the numbering plan charges the caller extra for this range")
    if known.calling_code == 800:
        # A universal freephone number has a country code of its own but costs the caller nothing.
        return verdict(
            CallType.TOLL_FREE, "toll-free: +800 is universal freephone", e164=known.e164
        )
    if known.calling_code != home_code:
        types.add(CallType.INTERNATIONAL)
        why.append(
            f"international: country code +{known.calling_code} differs from the caller's "
            f"+{home_code}"
        )
    elif known.region != plan.country and known.region in plan.international_regions:
        types.add(CallType.INTERNATIONAL)
        name = BILLABLE_NANP_REGIONS.get(known.region, known.region)
        why.append(f"international: your operator bills {name} as international")
    elif known.toll_free:
        types.add(CallType.TOLL_FREE)
        why.append("toll-free: the called party pays")
    if not types:
        types.add(CallType.DOMESTIC)
        why.append(f"domestic: the number has the caller's own country code +{home_code}")
    if known.shared_cost:
        why.append("caller and called party share the cost of this range")
    if not known.valid:
        why.append("the published number ranges do not list it; its length is right")
    return verdict(types, *why, e164=known.e164)


# --- Home countries outside +1 -------------------------------------------------------------


def _elsewhere(number: str, home: CountryFacts, plan: NumberingPlan) -> Verdict:
    abroad = _after_international_prefix(number, home, plan)
    found = _service_number(number, home) or _if_routable(abroad)
    if found is not None:
        return found
    known = look_up(number, plan.country)
    if known is not None and known.valid:
        return _number(known, plan)
    abroad = abroad or _after_double_zero_elsewhere(number, plan)
    found = _if_routable(abroad) or _behind_a_code(number, home, plan)
    if found is not None:
        return found
    if abroad is not None:
        result = abroad
    elif known is not None and (known.plausible or _local_length(known, home)):
        result = _number(known, plan)
    else:
        result = unroutable(f"{number} is no number that can be dialled from {plan.country}")
    return _with_leading_types(result, number, plan, known)


def _if_routable(found: Verdict | None) -> Verdict | None:
    return found if found is not None and found.routable else None


def _service_number(number: str, home: CountryFacts) -> Verdict | None:
    """Numbers that are whole as they stand: the operator, enquiries and short codes."""
    if number == "0":
        return verdict(CallType.DIRECTORY_ASSISTANCE, _OPERATOR.format("0"))
    if home.enquiries.fullmatch(number):
        return _enquiry(number, home)
    return _short_code(number, home)


def _enquiry(number: str, home: CountryFacts) -> Verdict:
    result = verdict(
        CallType.DIRECTORY_ASSISTANCE, f"directory assistance: {number} is an enquiry number"
    )
    if home.short_premium.fullmatch(number):
        # The word stays directory assistance: that is the switch an administrator looks for.
        return result.also({CallType.PREMIUM}, "it is charged at a premium rate")
    return result


def _short_code(number: str, home: CountryFacts) -> Verdict | None:
    if home.short_premium.fullmatch(number):
        return verdict(CallType.PREMIUM, f"premium: short code {number} charges the caller")
    spoken = home.short_code.fullmatch(number) and not home.text_only.fullmatch(number)
    if spoken or number in FURTHER_SHORT_CODES.get(home.country, ()):
        return verdict(CallType.SERVICE, f"service: {number} is a national short code")
    return None


def _after_international_prefix(
    number: str, home: CountryFacts, plan: NumberingPlan
) -> Verdict | None:
    """None when the country's international prefix was not dialled.

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
            result = result.also(other.types & COSTLY, "the prefix can be read in two ways")
    return result if result.routable else _surely_abroad(result)


def _after_double_zero_elsewhere(number: str, plan: NumberingPlan) -> Verdict | None:
    """00 counts everywhere: E.164 recommends it, and carriers honour it beside the plan's own.

    One or two digits that choose a carrier may follow it (001 in Indonesia, 0033 in Japan).
    """
    if not number.startswith("00"):
        return None
    plain = international(number[2:], plan)
    for cut in (2, 3, 4):
        known = look_up("+" + number[cut:])
        if known is not None and known.valid:
            return plain if cut == 2 else _surely_abroad(_number(known, plan))
    return plain if plain.routable else _surely_abroad(plain)


def _surely_abroad(result: Verdict) -> Verdict:
    return result.also({CallType.INTERNATIONAL}, "it begins with the international prefix")


def _behind_a_code(number: str, home: CountryFacts, plan: NumberingPlan) -> Verdict | None:
    """The number behind a caller-id or carrier code, known or not, so that none hides a call."""
    code = CODES_BEFORE_A_NUMBER.get(plan.country)
    match = re.match(code, number) if code else None
    if match and len(number) - match.end() >= 3:
        rest = outside_number(number[match.end() :], plan)
        if rest.routable:
            return rest.noting(f"the code {match[0]} before the number was set aside")
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
            found = _number(known, plan)
            if found.types & COSTLY:
                return found.noting(f"{number[:length]} before the number was taken for a code")
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
    if not result.routable:
        types |= _overdialled_types(number, plan)
    return result.also(types, "its leading digits alone reach a number of that type")


def _overdialled_types(number: str, plan: NumberingPlan) -> frozenset[CallType]:
    for surplus in range(1, min(6, len(number) - 7)):
        known = look_up(number[:-surplus], plan.country)
        if known is not None and known.valid:
            return _number(known, plan).types
    return frozenset()
