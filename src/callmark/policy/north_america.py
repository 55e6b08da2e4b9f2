"""Calls inside +1: area codes, toll-free and 900 codes, 976 exchanges, N11 and 555-1212."""

import re

from callmark.policy.call_types import (
    GATED,
    CallType,
    NumberingPlan,
    Verdict,
    unroutable,
    verdict,
)
from callmark.policy.numbering_metadata import facts, region_of_nanp
from callmark.policy.special_numbers import (
    BILLABLE_NANP_REGIONS,
    NANP_NOT_GEOGRAPHIC,
    NANP_PREMIUM,
    NANP_TOLL_FREE,
)

_WELL_FORMED = re.compile(r"[2-9]\d\d[2-9]\d{6}")
_N11 = re.compile(r"1?[2-9]11")
_DIRECTORY_LINE = "5551212"

_WHY_900 = "premium: 1-900 numbers charge the caller"
_WHY_976 = "premium: 976 exchanges charge the caller"
_WHY_555 = "directory assistance: 555-1212 answers with an area's listings"
_WHY_411 = "directory assistance: 411"
_WHY_TOO_LONG = "the leading digits alone reach a number of that type"


def ten_digit_number(number: str, plan: NumberingPlan) -> Verdict:
    """Ten digits after +1, dialled from anywhere in the world."""
    area, exchange = number[:3], number[3:6]
    from_inside = facts(plan.country).calling_code == 1
    types, why = _special_types(area, exchange, number[3:])
    if not from_inside:
        types.add(CallType.INTERNATIONAL)
        why.append(
            "international: country code +1 differs from the caller's "
            f"+{facts(plan.country).calling_code}"
        )
    elif area not in NANP_NOT_GEOGRAPHIC:
        region = _billed_as_international(number, plan)
        if region:
            types.add(CallType.INTERNATIONAL)
            why.append(f"international: your operator bills {region} as international")
    if not _WELL_FORMED.fullmatch(number):
        return unroutable("no area code or exchange begins with 0 or 1", types, " and ".join(why))
    if from_inside and area in NANP_TOLL_FREE:
        types.add(CallType.TOLL_FREE)
        why.append(f"toll-free: {area} numbers are paid for by the called party")
    if not types:
        types.add(CallType.DOMESTIC)
        why.append("domestic: the number has the caller's own country code +1")
    return verdict(types, *why, e164="+1" + number)


def _special_types(area: str, exchange: str, local: str) -> tuple[set[CallType], list[str]]:
    types: set[CallType] = set()
    why = []
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
    return BILLABLE_NANP_REGIONS.get(region, region)


def home_number(digits: str, plan: NumberingPlan) -> Verdict:
    """Digits dialled inside +1, after every prefix but the 1 has been taken off."""
    if digits in ("411", "1411"):
        return verdict(CallType.DIRECTORY_ASSISTANCE, _WHY_411)
    if _N11.fullmatch(digits) and digits != "1911":
        return verdict(CallType.SERVICE, f"service: {digits[-3:]} is a public service code")
    number = digits.removeprefix("1")
    if len(number) == 10:
        return ten_digit_number(number, plan)
    if len(digits) == 7 and digits[0] in "23456789":
        return _local_number(digits)
    return unroutable(
        f"{len(digits)} digits are no North American number",
        *_leading_types(digits, number, plan),
    )


def _local_number(digits: str) -> Verdict:
    types, why = _special_types("", digits[:3], digits)
    if digits.startswith("411"):
        types, why = {CallType.DIRECTORY_ASSISTANCE}, [_WHY_411]
    if types:
        return verdict(types, *why)
    return verdict(CallType.DOMESTIC, "domestic: a seven-digit local number")


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
