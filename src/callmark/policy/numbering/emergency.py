"""Emergency calls, in every form that a phone may send the number in.

47 U.S.C. 623 and 47 CFR 9.16 want 911 to work with nothing in front; callers and phones put
something there all the same. Whatever it was, the emergency number alone is dialed.
"""

import re
from collections.abc import Iterator

from callmark.policy.numbering.call_types import NumberingPlan, Verdict, emergency
from callmark.policy.numbering.metadata import CountryFacts, facts, look_up
from callmark.policy.numbering.special_numbers import (
    HABITUAL_LINE_DIGITS,
    STAR_CODE_BEFORE_A_NUMBER,
)

_SHORTEST_BEHIND_HABIT = 3
_CODE = re.compile(STAR_CODE_BEFORE_A_NUMBER)


def emergency_call(number: str, plan: NumberingPlan) -> Verdict | None:
    """The emergency number that is the whole of a clean number; None when there is none.

    Before it may stand: a code that hides the caller (*67), the outside-line prefix or a habitual
    9 or 0, a plus, and the caller's own calling code (1911, +1911). The last two only where that
    is no other number, and nothing but the prefix where it is an extension.
    """
    code = _CODE.match(number)
    if code:
        number = number[code.end() :].rstrip("#")
    home = facts(plan.country)
    # With all that may stand before it: the prefix, a habit, a plus and the calling code.
    if len(number) > len(plan.outside_prefix) + home.longest_emergency:
        return None
    if number in home.emergency:
        return emergency(number)
    for rest, why in _behind_line(number, plan):
        if rest in home.emergency:
            return emergency(rest, *filter(None, [why]))
        plain = _without_calling_code(rest, number, home)
        if plain and not (number in plan.extensions or number in plan.own_numbers):
            return emergency(plain, *filter(None, [why]), "what stood before it is not a number")
    return None


def _behind_line(number: str, plan: NumberingPlan) -> Iterator[tuple[str, str]]:
    """What may be left of a number when digits for a line are taken off, and which they were."""
    yield number, ""
    prefix = plan.outside_prefix
    through = number.removeprefix(prefix) if len(number) > len(prefix) else number
    if through != number:
        yield through, f"the outside-line prefix {prefix} was removed"
    if number in plan.extensions or number in plan.own_numbers:
        return
    for rest in dict.fromkeys((through, number)):
        if rest.startswith(HABITUAL_LINE_DIGITS) and len(rest) > _SHORTEST_BEHIND_HABIT:
            yield rest[1:], f"the {rest[0]} was dialed out of habit"


def _without_calling_code(rest: str, dialed: str, home: CountryFacts) -> str:
    """The emergency number in +911, 1911 and +1911; empty when there is none.

    Microsoft's platform maps 1911 to 911, so phones come to send it.
    """
    plain = rest.removeprefix("+")
    if plain in home.emergency:  # only behind a plus: the rest itself has been looked at
        return plain
    behind = plain.removeprefix(str(home.calling_code))
    if behind == plain or behind not in home.emergency:
        return ""
    if rest[:1] != "+" and (len(behind) < 3 or _is_a_number(rest, home)):
        return ""
    return "" if dialed != rest and _is_a_number(dialed, home) else behind


def _is_a_number(digits: str, home: CountryFacts) -> bool:
    known = look_up(digits, home.country)
    return (
        (known is not None and known.valid)
        or home.enquiries.fullmatch(digits) is not None
        or home.is_short_code(digits)
    )
