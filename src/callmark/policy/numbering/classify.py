"""What a dialled string is: the one function that decides what needs an account code.

The rules, in order. The first that applies decides:

1. emergency numbers, with and without the outside-line prefix;
2. another user's extension, exactly;
3. star codes; the number behind one is what counts;
4. the outside-line prefix is taken off;
5. what is left is read the way the caller's country dials (outside, north_america, world);
6. a number that belongs to a user of the account is internal however it was dialled.

Where a string can be read in two ways, the types of both count (docs/number-classification.md).
"""

import re

from callmark.policy.numbering import outside
from callmark.policy.numbering.call_types import (
    COSTLY,
    CallType,
    Classification,
    NumberingPlan,
    Verdict,
    unroutable,
    verdict,
)
from callmark.policy.numbering.metadata import facts
from callmark.policy.numbering.special_numbers import (
    BILLABLE_NANP_REGIONS,
    HABITUAL_LINE_DIGITS,
    NUMBER_FOLLOWS_STAR_CODE,
)
from callmark.policy.numbering.text import DialedText, read_text

_STAR_PARTS = re.compile(r"[*#]+")


def classify(dialed: str, plan: NumberingPlan) -> Classification:
    """What was dialled; any string has an answer."""
    text = read_text(dialed)
    found = _read(text, dialed, plan)
    return Classification(dialed, found.call_type, found.types, found.e164, found.why)


def emergency_numbers(country: str) -> frozenset[str]:
    """Every string that is an emergency number for that home country."""
    return facts(country).emergency


def caribbean_regions() -> dict[str, str]:
    """Region code to name: the +1 regions that an operator may list as international."""
    return dict(BILLABLE_NANP_REGIONS)


def _read(text: DialedText, dialed: str, plan: NumberingPlan) -> Verdict:
    if text.emergency_address:
        return verdict(CallType.EMERGENCY, "emergency: the emergency service's address")
    if text.too_long:
        # Nobody dials this. Whatever it is meant to reach, it is treated like the costliest call.
        return unroutable(
            "far too long to be dialled",
            {CallType.PREMIUM, CallType.INTERNATIONAL},
            "it is gated like premium and international calls",
        )
    named = _is_extension(dialed.strip(), plan) or _is_extension(text.extension_name, plan)
    if named and _emergency(text.readings[0], plan) is None:
        return verdict(CallType.INTERNAL, "internal: another user's extension")
    results = [_line(reading, plan) for reading in text.readings]
    if text.junk:
        return _not_dialable(results)
    if text.letters:
        return _word(text, results, plan)
    return _merged(results, text.first_is_part)


def _is_extension(string: str, plan: NumberingPlan) -> bool:
    return bool(string) and string in plan.extensions


def _not_dialable(results: list[Verdict]) -> Verdict:
    types = frozenset().union(*(result.types for result in results)) & COSTLY
    return unroutable(
        "it has characters that no telephone can dial",
        types,
        "its digits alone would be of that type",
    )


def _word(text: DialedText, results: list[Verdict], plan: NumberingPlan) -> Verdict:
    """1-800-FLOWERS. Words are often longer than the number, and nobody spells an emergency."""
    result = results[0]
    if result.call_type is CallType.EMERGENCY:
        return unroutable("letters do not make an emergency number")
    digits = text.readings[0]
    whole = 11 if digits.startswith("1") else 10
    in_nanp = facts(plan.country).calling_code == 1
    if not result.routable and in_nanp and 0 < len(digits) - whole < text.letters:
        result = _line(digits[:whole], plan).noting("letters after the last digit were left off")
    if not result.routable:
        return result.also(results[1].types & COSTLY, "its digits alone would be of that type")
    return result.noting("letters were read as keypad digits")


def _merged(results: list[Verdict], first_is_part: bool) -> Verdict:
    """Several readings of one string: the first that leads anywhere, with the types of all.

    A reading that leaves digits out cannot make the call exempt: "911,2125551234" is no emergency.
    """
    if first_is_part and results[0].call_type is CallType.EMERGENCY:
        results = results[1:]
    for each in results:
        if each.call_type is CallType.EMERGENCY:
            return each
    result = next((each for each in results if each.routable), results[0])
    for other in results:
        result = result.also(other.types & COSTLY, "a pause does not hide the digits after it")
    return result


def _line(dialed: str, plan: NumberingPlan) -> Verdict:
    """One reading of 0-9, +, * and #."""
    emergency = _emergency(dialed, plan)
    if emergency is not None:
        return emergency
    if _is_extension(dialed, plan):
        return verdict(CallType.INTERNAL, f"internal: {dialed} is another user's extension")
    if dialed[:1] in ("*", "#"):
        return _star_code(dialed, plan)
    return _internal_number(_through_prefix(dialed, plan), plan)


def _emergency(dialed: str, plan: NumberingPlan) -> Verdict | None:
    """Emergency numbers exactly: with any further digit it is another number.

    47 CFR 9.16 wants 911 to work without a prefix; where none is configured, callers dial one out
    of habit all the same. 9911 and 0112 reach nobody else, so they are emergency calls too, unless
    the account has such an extension.
    """
    numbers = facts(plan.country).emergency
    if dialed in numbers:
        return verdict(CallType.EMERGENCY, f"emergency: {dialed}")
    prefix = plan.outside_prefix
    if prefix and dialed.startswith(prefix) and dialed[len(prefix) :] in numbers:
        return verdict(
            CallType.EMERGENCY,
            f"emergency: {dialed[len(prefix) :]}",
            f"the outside-line prefix {prefix} was removed",
        )
    number = dialed[1:]
    if (
        dialed.startswith(HABITUAL_LINE_DIGITS)
        and len(number) >= 3
        and number in numbers
        and not _is_extension(dialed, plan)
    ):
        return verdict(
            CallType.EMERGENCY, f"emergency: {number}", f"the {dialed[0]} was dialled out of habit"
        )
    return None


def _star_code(dialed: str, plan: NumberingPlan) -> Verdict:
    """*67 and the like. A code alone is a service; a number behind it is what counts."""
    parts = [part for part in _STAR_PARTS.split(dialed) if part]
    if not parts:
        return unroutable("a star or hash alone does nothing")
    code, further = parts[0], parts[1:]
    numbers = list(further)
    if code[:2] in NUMBER_FOLLOWS_STAR_CODE and len(code) > 2:
        numbers.append(code[2:])
    # Codes of two and of three digits are in use.
    numbers += [code[cut:] for cut in (2, 3) if len(code) - cut >= 3]
    results = [_line(number, plan) for number in dict.fromkeys(numbers)]
    if plan.outside_prefix:  # 9 *67 900...: the 9 for the line came before the code
        direct = [outside.outside_number(number, plan) for number in numbers]
        results += [each for each in direct if each.routable]
    reached = [each for each in results if each.routable]
    service = verdict(CallType.SERVICE, f"service: *{code[:2]} is a feature code")
    if not reached:
        for each in results:
            service = service.also(
                each.types & COSTLY, "the digits behind the code are of that type"
            )
        return service
    result = reached[0]
    if result.call_type is CallType.INTERNAL and result.e164 is None:
        result = service.also(result.types, "an extension follows the code")
    for each in results:
        if each.call_type is not CallType.EMERGENCY:
            result = result.also(each.types & COSTLY, "the code can be read in two ways")
    return result.noting("the code before the number was set aside")


def _through_prefix(dialed: str, plan: NumberingPlan) -> Verdict:
    """Take the outside-line prefix off first, as the switch will.

    With prefix 9, 9005551234 is a line and then 005551234, not a 900 number. Only when nothing
    can be reached that way is the string read as if the caller had left the prefix out.
    """
    prefix = plan.outside_prefix
    if not prefix or not dialed.startswith(prefix) or len(dialed) == len(prefix):
        return _perhaps_habit(dialed, outside.outside_number(dialed, plan), plan)
    through = outside.outside_number(dialed[len(prefix) :], plan)
    if through.routable:
        return through.noting(f"the outside-line prefix {prefix} was removed")
    direct = outside.outside_number(dialed, plan)
    if direct.routable:
        return direct.also(through.types & COSTLY, f"behind the prefix {prefix} it is of that type")
    through = _perhaps_habit(dialed[len(prefix) :], through, plan)
    return through.also(direct.types & COSTLY, "without the prefix it is of that type")


def _perhaps_habit(dialed: str, found: Verdict, plan: NumberingPlan) -> Verdict:
    """The switch may know an outside-line digit that the account's settings do not."""
    # Inside +1 a leading 0 asks for the operator, which has been read already.
    habits = "9" if facts(plan.country).calling_code == 1 else HABITUAL_LINE_DIGITS
    if found.routable or len(dialed) < 8 or not dialed.startswith(habits):
        return found
    behind = outside.outside_number(dialed[1:], plan)
    return found.also(behind.types & COSTLY, f"behind {dialed[0]} for a line it is of that type")


def _internal_number(found: Verdict, plan: NumberingPlan) -> Verdict:
    if found.e164 is not None and found.e164 in plan.internal_numbers:
        return verdict(
            CallType.INTERNAL, "internal: a number of another user", *found.why[1:], e164=found.e164
        )
    return found
