"""What a number might be that no numbering plan lists: no spelling of a number is cheaper than it.

People, phones and plans of the past put digits in front: a 9 for a line, the 1 or 0 of long
distance, 00 or 011, the country's own code, Mexico's 01, 044 and 045. A switch or trunk may take
them off again. So an unlisted number counts as every known number that then comes out, too.
"""

from functools import lru_cache

from callmark.policy.numbering import north_america
from callmark.policy.numbering.call_types import COSTLY, CallType, NumberingPlan
from callmark.policy.numbering.metadata import facts, look_up
from callmark.policy.numbering.ranges import calling_code_of

_LINE_AND_DISTANCE = ("0", "1", "8", "9")
_RETIRED = {52: ("044", "045")}
_MOST_DIGITS_IN_FRONT = 8
_NANP_DIGITS = 10
_SHORTEST = 7
SHORTEST_ABROAD = 8
"""Digits with the country code. A few islands have 7 (+290 and four), as local numbers have."""


@lru_cache(maxsize=1024)
def types_behind(digits: str, country: str) -> frozenset[CallType]:
    """Types of the known numbers at the end of ``digits``, as dialed in a country or sent abroad.

    The whole string counts, too, as a number with its country code: many trunks take 442079460958.
    """
    home, international_prefix = facts(country).calling_code, facts(country).international_prefix
    after_code = len(str(home)) if digits.startswith(f"+{home}") else -1
    digits = digits.removeprefix("+")
    types: set[CallType] = set()
    for start in _starts(digits, home):
        rest = digits[start:]
        at_home = _known_types(f"+{home}{rest}", home)
        types |= at_home
        if home == 1 and len(rest) == _NANP_DIGITS:  # 976 and 555-1212 are in no metadata
            types |= north_america.ten_digit_number(rest, NumberingPlan(country)).types & COSTLY
        prefix = international_prefix.match(rest)
        if prefix and prefix.end():
            types |= _known_types(f"+{rest[prefix.end() :]}", home)
        # What is a number at home stays one, and +49 33 ... is not meant for France.
        may_be_abroad = len(rest) >= SHORTEST_ABROAD and start != after_code and not at_home
        if may_be_abroad and calling_code_of(rest) not in (None, home):
            types |= _known_types(f"+{rest}", home)
    return frozenset(types)


@lru_cache(maxsize=1024)
def premium_behind(calling_code: int, national: str) -> bool:
    """Whether a number abroad that is unlisted is a premium number with digits in front."""
    found = (
        look_up(f"+{calling_code}{national[start:]}") for start in _starts(national, calling_code)
    )
    return any(known is not None and known.premium for known in found)


def _starts(digits: str, calling_code: int) -> list[int]:
    """Where a number may begin, when what is put in front is taken off bit by bit."""
    tokens = (*_LINE_AND_DISTANCE, str(calling_code), *_RETIRED.get(calling_code, ()))
    starts = [0]
    for start in starts:  # grows while it is read
        ends = (start + len(token) for token in tokens if digits.startswith(token, start))
        starts += [end for end in ends if end <= _MOST_DIGITS_IN_FRONT and end not in starts]
    return [start for start in starts if len(digits) - start >= _SHORTEST]


def _known_types(number: str, home: int) -> set[CallType]:
    known = look_up(number)
    if known is None or not known.valid:
        return set()
    types = {CallType.PREMIUM} if known.premium or known.calling_code == 979 else set()
    if known.calling_code not in (home, 800):
        types.add(CallType.INTERNATIONAL)
    else:
        types.add(CallType.TOLL_FREE if known.toll_free else CallType.DOMESTIC)
    return types
