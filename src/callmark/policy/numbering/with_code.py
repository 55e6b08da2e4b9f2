"""Number and code dialed in one go: what of a dialed string is the number, and what the code.

For accounts that have chosen a separator (reference section 12). What is taken off here is never
written down, whether it is a code or not. An emergency number with anything behind it is the
emergency number alone: 47 U.S.C. 623 wants no post-fix to stand in the way of these calls.
"""

import re
from collections.abc import Iterator
from dataclasses import field

from callmark.policy.numbering.call_types import CallType, NumberingPlan
from callmark.policy.numbering.classify import classify
from callmark.policy.numbering.special_numbers import STAR_CODE_BEFORE_A_NUMBER
from callmark.policy.numbering.text import ascii_of
from callmark.policy.values import value_class

# A star code with digits for a line before it, and no number yet: *67, 9*67, *31, #31.
_STAR_CODE = re.compile(r"[0-9]{0,3}[*#]{1,2}[0-9]{1,3}")
# What follows digits for a line where they are not the number: 9*672125550100.
_STAR_CODE_AND_NUMBER = re.compile(rf"{STAR_CODE_BEFORE_A_NUMBER}\+?([0-9]{{3,}}).*")
_LONGEST_LINE = 3
# With the star code that is more digits than a code has.
_SURELY_A_NUMBER = 7
# What nearly every phone sends has no separator.
_AS_IT_IS = re.compile(r"\+?[0-9]+")
_HABIT = "9"
_ANY_KEY = re.compile(r"[*#]")
_ESCAPED = re.compile(r"%(2a|23)", re.IGNORECASE)
# What an address or a number has behind the part that is dialed: @host, ;parameters, ?headers, >.
_REST = re.compile(r"[@;?>]")
_SPACE = " -.\t"


@value_class
class DialedParts:
    """The number as it was dialed, without the code; and what stood behind the separator.

    ``entry`` is None where nothing did. A ``#`` at its end is left off.
    """

    number: str
    entry: str | None = field(default=None, repr=False)


def take_apart(dialed: str, separator: str, plan: NumberingPlan) -> DialedParts:
    """The number and the code; without a separator (''), the whole string is the number."""
    if not separator or _AS_IT_IS.fullmatch(dialed):
        return DialedParts(dialed)
    if classify(dialed, plan).call_type is CallType.EMERGENCY:
        return DialedParts(dialed)
    text = _ESCAPED.sub(lambda found: {"2a": "*", "23": "#"}[found[1].lower()], ascii_of(dialed))
    for position in (found.start() for found in _ANY_KEY.finditer(text)):
        if classify(text[:position], plan).call_type is CallType.EMERGENCY:
            return DialedParts(text[:position])
    if _listed(text, plan):
        return DialedParts(dialed)
    for position in _positions(text, separator):
        before, behind = text[:position].rstrip(_SPACE), text[position + len(separator) :]
        if _is_number(before, separator + behind, plan):
            rest = _REST.search(behind)
            entry = (behind[: rest.start()] if rest else behind).strip(_SPACE).removesuffix("#")
            number = before + (behind[rest.start() :] if rest else "")
            return DialedParts(number, entry or None)
    return DialedParts(dialed)


def _positions(text: str, separator: str) -> Iterator[int]:
    """Where the separator stands."""
    return (found.start() for found in re.finditer(re.escape(separator), text))


def _listed(text: str, plan: NumberingPlan) -> bool:
    """One of the switch's own numbers may have such keys in it."""
    return text in plan.own_numbers or text in plan.extensions


def _is_number(before: str, behind: str, plan: NumberingPlan) -> bool:
    """Whether a number ends here: not a star code, nor digits for a line before one."""
    if not before[-1:].isdigit() or _STAR_CODE.fullmatch(before):
        return False
    star_code = _STAR_CODE_AND_NUMBER.fullmatch(behind)
    if star_code is None or len(before) > _LONGEST_LINE or before in plan.extensions:
        return True
    if before in {plan.outside_prefix, _HABIT}:
        return False
    return len(star_code[1]) < _SURELY_A_NUMBER
