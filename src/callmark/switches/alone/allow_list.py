"""Numbers that connect while the gate is down, as regular expressions for the dialplan.

An allow-list from the public numbering metadata: what is not surely a local, long-distance or
toll-free number of the account's own country is not on it. Expressions are POSIX extended, for
Asterisk's REGEX(), and are matched against the number: digits, a leading plus, * and #.
"""

import re
from collections.abc import Iterable, Iterator

from phonenumbers import PhoneMetadata

from callmark.policy.numbering import CallType, NumberingPlan, classify
from callmark.policy.numbering.metadata import region_of_nanp
from callmark.policy.numbering.special_numbers import ENQUIRIES, NANP_NOT_GEOGRAPHIC, NANP_TOLL_FREE
from callmark.policy.values import value_class

LONGEST_EXPRESSION = 1500
"""Asterisk reads configuration lines of 8 kB and expands arguments of 4 kB."""

_PLUS = "[+]"
_CONNECTS = {CallType.DOMESTIC, CallType.TOLL_FREE}
_NANP_REFUSED = "976[0-9]{4}|5551212|411[0-9]{4}"
"""Exchanges that are premium, or directory assistance, in every area code."""


@value_class
class AllowList:
    """A number connects when it matches none of ``refused`` and one of ``allowed``, whole.

    A number that begins with ``prefix`` is matched without it, and in no other way.
    """

    allowed: tuple[str, ...]
    refused: tuple[str, ...] = ()
    prefix: str = ""

    def allows(self, number: str) -> bool:
        """What the dialplan will decide of a number, for tests."""
        number = number.removeprefix(self.prefix)
        if any(re.fullmatch(expression, number) for expression in self.refused):
            return False
        return any(re.fullmatch(expression, number) for expression in self.allowed)


def allow_list(plan: NumberingPlan) -> AllowList:
    """The list for calls from ``plan.country``."""
    metadata = PhoneMetadata.metadata_for_region(plan.country)
    if metadata is None:
        return AllowList(())
    if metadata.country_code == 1:
        return _north_american(plan)
    refused = tuple(_refused(plan.country, metadata))
    return AllowList(tuple(_national(metadata)), refused, plan.outside_prefix)


def _north_american(plan: NumberingPlan) -> AllowList:
    """By area code: the metadata lists them, and the policy says which are billed as abroad."""
    areas = _digit_classes(area for area in map(str, range(200, 1000)) if _connects(area, plan))
    number = f"({areas})[2-9][0-9]{{6}}"
    return AllowList(
        allowed=(f"(1|{_PLUS}1)?{number}", "[2-9][0-9]{6}"),
        refused=(f"((1|{_PLUS}1)?[2-9][0-9]{{2}})?({_NANP_REFUSED})",),
        prefix=plan.outside_prefix,
    )


def _connects(area: str, plan: NumberingPlan) -> bool:
    if area in NANP_NOT_GEOGRAPHIC and area not in NANP_TOLL_FREE:
        return False
    if region_of_nanp(f"{area}2345678") is None:
        return False  # not assigned: a trunk may take it for a country code
    bare = NumberingPlan(plan.country, international_regions=plan.international_regions)
    return classify(f"1{area}2345678", bare).types <= _CONNECTS


def _digit_classes(codes: Iterable[str]) -> str:
    """Three-digit codes, written short: 201, 202 and 204 are ``20[124]``."""
    by_start: dict[str, str] = {}
    for code in codes:
        by_start[code[:2]] = by_start.get(code[:2], "") + code[2]
    by_ending: dict[str, list[str]] = {}
    for start, endings in by_start.items():
        by_ending.setdefault(endings, []).append(start)
    return "|".join(
        f"({'|'.join(starts)})[{endings}]" for endings, starts in sorted(by_ending.items())
    )


def _refused(country: str, metadata: PhoneMetadata) -> Iterator[str]:
    """What looks like a number of one's own: somewhere (Israel, Finland) plans overlap."""
    if prefix := posix(metadata.international_prefix or "00"):
        yield f"({prefix})[0-9]*"
    if enquiries := posix(ENQUIRIES.get(country, "")):
        yield enquiries


def _national(metadata: PhoneMetadata) -> Iterator[str]:
    trunk = metadata.national_prefix or ""
    start = f"({trunk}|{_PLUS}{metadata.country_code})"
    described = (
        metadata.fixed_line,
        metadata.mobile,
        metadata.toll_free,
        metadata.voip,
        metadata.uan,
    )
    patterns = dict.fromkeys(
        desc.national_number_pattern
        for desc in described
        if desc is not None and desc.national_number_pattern
    )
    for pattern in patterns:
        for piece in _pieces(pattern):
            yield f"{start}({piece})"


def _pieces(pattern: str) -> Iterator[str]:
    """The pattern's alternatives, translated and joined to pieces that are not too long."""
    piece = ""
    for alternative in _alternatives(pattern):
        translated = posix(alternative)
        if translated is None or len(translated) > LONGEST_EXPRESSION:
            continue  # left out: such numbers are refused while the gate is down
        if piece and len(piece) + len(translated) > LONGEST_EXPRESSION:
            yield piece
            piece = ""
        piece = f"{piece}|{translated}" if piece else translated
    if piece:
        yield piece


def _alternatives(pattern: str) -> Iterator[str]:
    """Split at the outermost ``|``; a group around the whole is opened first."""
    depth, start = 0, 0
    for position, character in enumerate(pattern):
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "|" and depth == 0:
            yield pattern[start:position]
            start = position + 1
    yield pattern[start:]


def posix(pattern: str) -> str | None:
    """The metadata's kind of expression as POSIX extended, or None when it uses anything else."""
    text = re.sub(r"\[[^]]*]", lambda group: group[0].replace("\\d", "0-9"), pattern)
    text = text.replace("\\d", "[0-9]").replace("(?:", "(")
    return text if re.fullmatch(r"[0-9\[\](){},|?-]*", text) and "(?" not in text else None
