"""What a dialed string is: the number to dial, and whether it is of a kind that needs a code.

What is judged is what is dialed: first one clean number is made of the string, then that number is
judged and handed back to the switch. The rules, in order; the first that applies decides:

1. emergency numbers, in every form that a phone may send;
2. another user's extension, and the switch's own numbers;
3. star codes; the number behind one is what counts;
4. the outside-line prefix is taken off;
5. what is left is read the way the caller's country dials (outside, north_america, world);
6. a number that belongs to a user of the account is internal however it was dialed.

Where nothing can be reached, the strictest that the string might be counts (docs/
number-classification.md).
"""

import re
from dataclasses import replace

from callmark.policy.numbering import outside
from callmark.policy.numbering.call_types import (
    COSTLY,
    GATED,
    CallType,
    Classification,
    NumberingPlan,
    Verdict,
    emergency,
    refused,
    verdict,
)
from callmark.policy.numbering.countries import country_name
from callmark.policy.numbering.emergency import emergency_call
from callmark.policy.numbering.metadata import facts, look_up
from callmark.policy.numbering.special_numbers import (
    BILLABLE_NANP_REGIONS,
    NUMBER_FOLLOWS_STAR_CODE,
    STAR_CODE_BEFORE_A_NUMBER,
)
from callmark.policy.numbering.strictest import types_behind
from callmark.policy.numbering.text import TOO_LONG, DialedText, digits_of, read_text
from callmark.policy.texts import Text

_STAR_PARTS = re.compile(r"[*#]+")
_CODE_AND_NUMBER = re.compile(rf"({STAR_CODE_BEFORE_A_NUMBER})(\+?\d+)(#?)")
_CODE_BEFORE_CODE = re.compile(r"\*(?:67|82|70)[*#]\d")
_DIGIT = re.compile(r"\d")
_NOT_DIALED = re.compile(r"[^0-9+]")
_LONGEST_LINE = 2


def classify(dialed: str, plan: NumberingPlan) -> Classification:
    """What was dialed; any string has an answer."""
    found = _read(read_text(dialed), dialed, plan)
    return Classification(dialed, found.number, found.call_type, found.types, found.e164, found.why)


def outside_line(found: Classification, plan: NumberingPlan) -> str:
    """The outside-line prefix that was taken off ``found.number``; '' where there was none.

    A switch whose own routes take the prefix off needs the number with it.
    """
    line, said = plan.outside_prefix, read_text(found.dialed).number
    if not found.number or not line:
        return ""
    if found.number[0] == "+":  # 9+44 ...: the text is read without the prefix
        return line if _NOT_DIALED.sub("", found.dialed).startswith(f"{line}+") else ""
    return line if said.startswith(line) and not said.startswith(found.number) else ""


def caribbean_regions() -> dict[str, str]:
    """Region code to name: the +1 regions that an operator may list as international."""
    return {region: country_name(region) for region in sorted(BILLABLE_NANP_REGIONS)}


def _read(text: DialedText, dialed: str, plan: NumberingPlan) -> Verdict:
    found = _emergency(text, plan)
    if found is not None:
        return found
    if text.name and text.name in plan.extensions:
        return verdict(CallType.INTERNAL, Text("internal: another user's extension")).dialing(
            text.name
        )
    if text.refused:
        return _refused(text.refused, dialed, plan)
    own = _own_number(text.plain, plan)
    if own is not None:
        return own
    if text.letters:
        return _word(text, plan)
    if _only_a_line(text, plan):
        if text.number == plan.outside_prefix:
            plan = replace(plan, outside_prefix="")
        return _read(read_text(text.behind_pause), text.behind_pause, plan)
    return _before_pause(text, dialed, plan)


def _only_a_line(text: DialedText, plan: NumberingPlan) -> bool:
    """9,1 212 ...: digits for a line, a pause until it is there, and then the number."""
    if not _DIGIT.search(text.behind_pause) or _listed(text.number, plan):
        return False
    short = text.number.isdecimal() and len(text.number) <= _LONGEST_LINE
    if emergency_call(text.number, plan) is not None:
        return False
    return short or text.number == plan.outside_prefix


def _listed(number: str, plan: NumberingPlan) -> bool:
    return number in plan.extensions or number in plan.own_numbers


def _emergency(text: DialedText, plan: NumberingPlan) -> Verdict | None:
    """An emergency number as the whole of what was dialed, whatever else is wrong with the text."""
    if text.emergency_address:
        return emergency(
            facts(plan.country).main_emergency, Text("the emergency service's address")
        )
    if text.refused:
        rest = read_text(text.remains)
        return None if rest.refused or not text.remains else _emergency(rest, plan)
    if text.letters or _DIGIT.search(text.behind_pause):
        return None
    return emergency_call(text.number, plan)


def _refused(reason: str, dialed: str, plan: NumberingPlan) -> Verdict:
    if reason == TOO_LONG:
        # Nobody dials this. Whatever it is meant to reach, it is treated like the costliest call.
        return refused(reason, {CallType.PREMIUM, CallType.INTERNATIONAL})
    digits = digits_of(dialed)
    return refused(reason, _line(digits, plan).types & COSTLY if digits else ())


def _before_pause(text: DialedText, dialed: str, plan: NumberingPlan) -> Verdict:
    if emergency_call(text.number, plan) is not None:
        # Only digits behind a pause can have led here: somebody hides another number behind 911.
        return _refused(Text("digits follow an emergency number"), dialed, plan)
    found = _line(text.number, plan)
    if text.as_word and not found.routable:
        word = _line(text.as_word, plan)
        found = word if word.routable and word.call_type is not CallType.EMERGENCY else found
    return found


def _word(text: DialedText, plan: NumberingPlan) -> Verdict:
    """1-800-FLOWERS. Words are often longer than the number, and nobody spells an emergency."""
    found = _line(text.number, plan)
    if found.call_type is CallType.EMERGENCY:
        return refused(Text("letters do not make an emergency number"))
    if not found.routable and facts(plan.country).calling_code == 1:
        for digits in _shorter_words(text, plan):
            shorter = _line(digits, plan)
            if shorter.routable:
                return shorter.noting(Text("letters after the last digit were left off"))
    return found.noting(Text("letters were read as keypad digits"))


def _shorter_words(text: DialedText, plan: NumberingPlan) -> list[str]:
    """The word's North American number, where only letters are left over behind it."""
    starts = {len(plan.outside_prefix) if text.number.startswith(plan.outside_prefix) else 0, 0}
    ends = [start + (11 if text.number[start:].startswith("1") else 10) for start in starts]
    return [text.number[:end] for end in ends if 0 < len(text.number) - end < text.letters]


def _line(number: str, plan: NumberingPlan) -> Verdict:
    """A clean number, with the outside-line prefix or without."""
    found = emergency_call(number, plan)
    if found is None and number in plan.extensions:
        internal = verdict(
            CallType.INTERNAL, Text("internal: {number} is another user's extension", number=number)
        )
        found = internal.dialing(number)
    return found or _own_number(number, plan) or _judged(number, plan)


def _judged(number: str, plan: NumberingPlan) -> Verdict:
    if number[:1] in ("*", "#"):
        found = _star_code(number, plan)
        if _CODE_BEFORE_CODE.match(number):  # *67*67 ...: what the second code says counts, too
            # A line's prefix behind the second code is handed back to the switch with it.
            bare = [replace(plan, outside_prefix="")] if plan.outside_prefix else []
            for each in (plan, *bare):
                further = _line(number[3:], each).types & GATED
                found = found.also(further, Text("the second code is of that type"))
        return found
    found = _internal_number(_through_prefix(number, plan), plan)
    if (found.number or "")[:1] == "+" and found.e164 and _reads_as_itself(found.e164):
        return found.dialing(found.e164)  # +44 (0)20 ...: the 0 is not dialed behind a code
    return found


def _reads_as_itself(e164: str) -> bool:
    """Not of a row of zeros, of which each reading would take off one more."""
    known = look_up(e164)
    return known is not None and known.e164 == e164


def _own_number(number: str, plan: NumberingPlan) -> Verdict | None:
    """A number of the switch itself. What costs money cannot be listed away by a pattern."""
    if number not in plan.own_numbers:
        return None
    if len(number) > outside.SHORT or not plan.own_numbers.lists_exactly(number):
        meant = _judged(number, plan)
        costs = meant.types & COSTLY if meant.routable else types_behind(number, plan.country)
        if costs & COSTLY:
            return meant.noting(
                Text("it is on the list of the switch's own numbers, but costs money")
            )
    return verdict(CallType.INTERNAL, Text("internal: a number of the switch itself")).dialing(
        number
    )


def _star_code(dialed: str, plan: NumberingPlan) -> Verdict:
    """*67 and the like. A code alone is a service; a number behind it is what counts."""
    parts = [part for part in _STAR_PARTS.split(dialed) if part]
    if not parts:
        return refused(Text("a star or hash alone is not a number"))
    service = verdict(
        CallType.SERVICE, Text("service: *{parts} is a feature code", parts=parts[0][:2])
    )
    known = _CODE_AND_NUMBER.fullmatch(dialed)
    if known:
        found = _line(known[2], plan)
        if found.call_type is CallType.EMERGENCY:
            return found
        number = f"{known[1]}{found.number}{known[3]}"
        return _behind_star_code([found], service).dialing(number)
    found = _behind_unknown_code(parts, service, replace(plan, outside_prefix=""))
    if plan.outside_prefix:
        through = _behind_unknown_code(parts, service, plan)
        found = found.also(through.types & GATED, Text("the prefix may stand behind the code"))
    return found.dialing(dialed)


def _behind_unknown_code(parts: list[str], service: Verdict, plan: NumberingPlan) -> Verdict:
    # Codes of two and of three digits are in use.
    cuts = [parts[0][cut:] for cut in (2, 3) if len(parts[0]) - cut >= 3]
    further = [_line(number, plan) for number in parts[1:]]
    found = [each for each in (*further, *(_line(cut, plan) for cut in cuts)) if _counts(each)]
    result = _behind_star_code(found, service)
    whole = _line(parts[0], plan)
    if whole.routable and len(parts[0]) > outside.SHORT:
        result = result.also(whole.types & GATED, Text("without the star it is of that type"))
    # *67 1 *67 1900 ...: a further code may have a number behind it as well.
    coded = [part for part in parts[1:] if part[:2] in NUMBER_FOLLOWS_STAR_CODE]
    further += [_line(part[2:], plan) for part in coded]
    for each in filter(_counts, further):
        result = result.also(each.types & GATED, Text("digits behind the code are of that type"))
    return result


def _counts(behind_code: Verdict) -> bool:
    """Whether digits behind a star code are a number, and not part of the code.

    Without a code that hides the caller this is not an emergency (*50911 is a code), and short
    digits that reach nobody are what the code is about.
    """
    nothing = frozenset({CallType.UNROUTABLE, CallType.DOMESTIC})
    return behind_code.call_type is not CallType.EMERGENCY and behind_code.types != nothing


def _behind_star_code(found: list[Verdict], service: Verdict) -> Verdict:
    reached = [each for each in found if each.routable]
    if not reached:
        for each in found:
            service = service.also(
                each.types & GATED, Text("the digits behind the code are of that type")
            )
        return service
    result = reached[0]
    if result.call_type is CallType.INTERNAL and result.e164 is None:
        result = service.also(result.types, Text("an extension follows the code"))
    for each in reached:
        result = result.also(each.types & GATED, Text("the code can be read in two ways"))
    return result.noting(Text("the code before the number was set aside"))


def _through_prefix(dialed: str, plan: NumberingPlan) -> Verdict:
    """Take the outside-line prefix off first, and hand the number back without it.

    Only when nothing can be reached that way is the string read as if the caller had left the
    prefix out; or when, inside +1, a whole number stands against digits for the operator: with
    prefix 9, 9005551234 is a 900 number whose prefix the switch has taken off already, and not a
    line and then 00.
    """
    prefix = plan.outside_prefix
    if not prefix or not dialed.startswith(prefix) or len(dialed) == len(prefix):
        return _outside(dialed, plan)
    rest = dialed[len(prefix) :]
    through = _outside(rest, plan)
    removed = through.noting(Text("the outside-line prefix {prefix} was removed", prefix=prefix))
    if through.routable and through.e164:
        return removed
    direct = _outside(dialed, plan)
    at_home = (direct.e164 or "").startswith("+1") and facts(plan.country).calling_code == 1
    if direct.routable and at_home and not through.e164:
        return direct
    if through.routable or not direct.routable:
        return removed
    leading = outside.as_dialed(rest, plan).types & COSTLY
    return direct.also(
        leading, Text("behind the prefix {prefix} it is of that type", prefix=prefix)
    )


def _outside(number: str, plan: NumberingPlan) -> Verdict:
    found = outside.outside_number(number, plan)
    # An emergency behind a carrier's code brings its own.
    return found if found.number is not None else found.dialing(number)


def _internal_number(found: Verdict, plan: NumberingPlan) -> Verdict:
    if found.e164 is not None and found.e164 in plan.internal_numbers:
        why = (Text("internal: a number of another user"), *found.why[1:])
        return replace(verdict(CallType.INTERNAL, *why, e164=found.e164), number=found.number)
    return found
