"""Calls inside +1, and how callers there dial: the whole of the North American plan.

Area codes, toll-free and 900 codes, 976 exchanges, N11, 555-1212, 0, 00, 011, 101XXXX.
"""

import re

from callmark.policy.numbering.call_types import (
    COSTLY,
    GATED,
    CallType,
    NumberingPlan,
    Reading,
    Verdict,
    reaches_operator,
    unroutable,
    verdict,
)
from callmark.policy.numbering.countries import country_name
from callmark.policy.numbering.metadata import facts, look_up, region_of_nanp
from callmark.policy.numbering.special_numbers import (
    NANP_NOT_GEOGRAPHIC,
    NANP_PREMIUM,
    NANP_TOLL_FREE,
    NUMBER_FOLLOWS_STAR_CODE,
)
from callmark.policy.texts import Text

_WELL_FORMED = re.compile(r"[2-9]\d\d[2-9]\d{6}")
_N11 = re.compile(r"1?[2-9]11")
_DIRECTORY_LINE = "5551212"
# 101XXXX: carrier access code (NANPA). Seven digits, always.
_DIAL_AROUND = re.compile(r"101\d{4}")
# Vertical service codes from a rotary phone: 11XX for *XX, 112XX and 113XX for *2XX and *3XX.
_ROTARY_STAR_CODE = re.compile(r"11(?:[23]\d\d|\d\d)")

_WHY_900 = Text("premium: 1-900 numbers charge the caller")
_WHY_976 = Text("premium: 976 exchanges charge the caller")
_WHY_555 = Text("directory assistance: 555-1212 answers with an area's listings")
_WHY_411 = Text("directory assistance: 411")
_WHY_TOO_LONG = Text("the leading digits alone reach a number of that type")


def ten_digit_number(number: str, plan: NumberingPlan) -> Verdict:
    """Ten digits after +1, dialed from anywhere in the world."""
    area, exchange = number[:3], number[3:6]
    from_inside = facts(plan.country).calling_code == 1
    types, why = _special_types(area, exchange, number[3:])
    if not from_inside:
        types.add(CallType.INTERNATIONAL)
        why.append(
            Text(
                "international: country code +1 differs from the caller's +{calling_code}",
                calling_code=facts(plan.country).calling_code,
            )
        )
    elif area not in NANP_NOT_GEOGRAPHIC:
        region = _billed_as_international(number, plan)
        if region:
            types.add(CallType.INTERNATIONAL)
            why.append(
                Text("international: your operator bills {region} as international", region=region)
            )
    if not _WELL_FORMED.fullmatch(number):
        return unroutable(Text("no area code or exchange begins with 0 or 1"), types, _both(why))
    if from_inside and area in NANP_TOLL_FREE:
        types.add(CallType.TOLL_FREE)
        why.append(Text("toll-free: {area} numbers are paid for by the called party", area=area))
    if not types:
        types.add(CallType.DOMESTIC)
        why.append(Text("domestic: the number has the caller's own country code +1"))
    return verdict(types, *why, e164="+1" + number)


def _both(why: list[str]) -> str:
    """Two reasons at most, as one."""
    return Text("{one} and {other}", one=why[0], other=why[1]) if len(why) > 1 else "".join(why)


def _special_types(area: str, exchange: str, local: str) -> tuple[set[CallType], list[str]]:
    types: set[CallType] = set()
    why: list[str] = []
    if area == NANP_PREMIUM:
        types.add(CallType.PREMIUM)
        why.append(_WHY_900)
    elif exchange == "976" and area not in NANP_NOT_GEOGRAPHIC:
        types.add(CallType.PREMIUM)
        why.append(_WHY_976)
    if local == _DIRECTORY_LINE:
        types.add(CallType.DIRECTORY_ASSISTANCE)
        why.append(_WHY_555)
    elif area == "411":
        # No area code is 411: an exchange connects after the third digit.
        types.add(CallType.DIRECTORY_ASSISTANCE)
        why.append(_WHY_411)
    return types, why


def _billed_as_international(number: str, plan: NumberingPlan) -> str | None:
    """The region's name when the operator lists it, unless the caller is there too."""
    if not plan.international_regions:
        return None
    region = region_of_nanp(number)
    if region is None or region == plan.country or region not in plan.international_regions:
        return None
    return country_name(region)


def home_number(digits: str, plan: NumberingPlan) -> Verdict:
    """Digits dialed inside +1, after every prefix but the 1 has been taken off."""
    if digits in ("411", "1411"):
        return verdict(CallType.DIRECTORY_ASSISTANCE, _WHY_411)
    if _N11.fullmatch(digits) and digits != "1911":
        return verdict(
            CallType.SERVICE, Text("service: {digits} is a public service code", digits=digits[-3:])
        )
    number = digits.removeprefix("1")
    if len(number) == 10:
        return ten_digit_number(number, plan)
    if len(digits) == 7 and digits[0] in "23456789":
        return _local_number(digits)
    return unroutable(
        Text("{count} digits are no North American number", count=len(digits)),
        *_leading_types(digits, number, plan),
    )


def _local_number(digits: str) -> Verdict:
    types, why = _special_types("", digits[:3], digits)
    if digits.startswith("411"):
        types = {CallType.DIRECTORY_ASSISTANCE}
        why = [_WHY_411]
    if types:
        return verdict(types, *why)
    return verdict(CallType.DOMESTIC, Text("domestic: a seven-digit local number"))


def _leading_types(digits: str, number: str, plan: NumberingPlan) -> tuple[set[CallType], str]:
    """What an unroutable string still shows: exchanges stop listening once a number is whole."""
    types: set[CallType] = set()
    if len(number) > 10:
        types |= ten_digit_number(number[:10], plan).types
    elif len(number) == 7:  # 1 + 7 digits still works in a few places
        types |= _local_number(number).types
    bare = digits.lstrip("01")
    if bare.startswith(NANP_PREMIUM):
        types.add(CallType.PREMIUM)
    if bare.startswith("411"):
        types.add(CallType.DIRECTORY_ASSISTANCE)
    return types & GATED, _WHY_TOO_LONG


def dialed_at_home(number: str, plan: NumberingPlan, *, abroad: Reading, again: Reading) -> Verdict:
    """Digits dialed inside +1, as they leave for the public network.

    011 leads ``abroad``, from where +1 leads back; behind a carrier's or service code all begins
    ``again``.
    """
    carrier = _DIAL_AROUND.match(number)
    if carrier:
        rest = number[carrier.end() :] or "0"  # the code alone reaches that carrier's operator
        return again(rest, plan).noting(
            Text("the carrier code {carrier} was set aside", carrier=carrier[0])
        )
    if number.startswith("11"):
        return _after_rotary_code(number, plan, again)
    if number.startswith("0"):
        return _after_zero(number, plan, abroad)
    return home_number(number, plan)


def _after_rotary_code(number: str, plan: NumberingPlan, again: Reading) -> Verdict:
    code = _ROTARY_STAR_CODE.match(number)
    if code is None:
        return unroutable(Text("{number} is not a complete service code", number=number))
    if len(number) in (4, code.end()):
        return verdict(
            CallType.SERVICE,
            Text("service: {number} is a rotary-phone service code", number=number),
        )
    # What the digits show when the ones in front are taken for noise.
    leading = home_number(number, plan).types & COSTLY
    if number[2:4] in NUMBER_FOLLOWS_STAR_CODE:
        rest = again(number[4:], plan).also(leading, Text("behind 1 it is of that type"))
        return rest.noting(Text("the service code {number} was set aside", number=number[:4]))
    # Not a code known to precede a number, and no area code begins with 1.
    result = unroutable(Text("no area code or exchange begins with 0 or 1"), leading)
    for cut in (4, 5):
        if number[cut:].startswith("11"):  # one rotary code, not a row of them
            continue
        rest = again(number[cut:], plan)
        result = result.also(
            rest.types & COSTLY, Text("{number} may be a service code", number=number[:cut])
        )
    return result


def _after_zero(number: str, plan: NumberingPlan, abroad: Reading) -> Verdict:
    if number in ("0", "00"):
        return verdict(CallType.DIRECTORY_ASSISTANCE, reaches_operator(number))
    if number.startswith("011"):
        return abroad(number[3:], plan)
    if number.startswith("01"):
        return abroad(number[2:], plan).also(
            {CallType.DIRECTORY_ASSISTANCE},
            Text("01 asks the operator to connect an international call"),
        )
    if number.startswith("00"):
        return _after_double_zero(number, plan, abroad)
    return _through_operator(home_number(number[1:], plan))


def _after_double_zero(number: str, plan: NumberingPlan, abroad: Reading) -> Verdict:
    """00 is the long-distance operator, but abroad and on mobiles it is the international prefix.

    Which one a carrier honors is not known here, so both types count.
    """
    both = {CallType.DIRECTORY_ASSISTANCE, CallType.INTERNATIONAL}
    sent = abroad(number[2:], plan)
    known = look_up("+" + number[2:])
    if known is not None and known.valid and CallType.INTERNATIONAL in sent.types:
        return sent.also(both, Text("00 may also reach the operator"))
    # The operator is reached by 00 alone; what the digits behind it would be counts too.
    further = (home_number(number[2:], plan).types | sent.types) & GATED
    return verdict(
        CallType.DIRECTORY_ASSISTANCE,
        Text("directory assistance: 00 reaches the long-distance operator"),
    ).also(both | further, Text("00 is the international prefix in many countries"))


def _through_operator(inner: Verdict) -> Verdict:
    if not inner.routable:
        return inner.also({CallType.DIRECTORY_ASSISTANCE}, Text("0 reaches the operator"))
    operator = reaches_operator(Text("0 before a number"))
    costlier = inner.types & {CallType.PREMIUM, CallType.INTERNATIONAL}
    why = (*inner.why, operator) if costlier else (operator, *inner.why)
    return verdict(inner.types | {CallType.DIRECTORY_ASSISTANCE}, *why, e164=inner.e164)
