"""The public metadata, compiled for look-ups by the hundred thousand: reading, region, kind.

``phonenumbers`` reads anything that a person may write and compiles its patterns at every look-up.
What comes here is clean digits with an optional plus, and every call is looked up several times:
the same steps in the same order, without the rest. ``tests/policy/test_ranges.py`` compares both,
number by number, over every country.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from re import Match

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberType
from phonenumbers.phonemetadata import PhoneNumberDesc

# E.164's 15 digits and two to spare: what phonenumbers takes for a number at all.
_SHORTEST, _LONGEST = 2, 17

_NONE = r"(?!)"
_CODES = {str(code): code for code in COUNTRY_CODE_TO_REGION_CODE}

# In this order: a number may be in several ranges, and the first is its kind.
_SPECIAL_KINDS = (
    (PhoneNumberType.PREMIUM_RATE, "premium_rate"),
    (PhoneNumberType.TOLL_FREE, "toll_free"),
    (PhoneNumberType.SHARED_COST, "shared_cost"),
    (PhoneNumberType.VOIP, "voip"),
    (PhoneNumberType.PERSONAL_NUMBER, "personal_number"),
    (PhoneNumberType.PAGER, "pager"),
    (PhoneNumberType.UAN, "uan"),
    (PhoneNumberType.VOICEMAIL, "voicemail"),
)


class Range:
    """National numbers that one pattern describes; compiled when it is first asked."""

    __slots__ = ("_fullmatch", "_pattern", "lengths")

    def __init__(self, desc: PhoneNumberDesc | None) -> None:
        self._pattern = (desc.national_number_pattern if desc else None) or _NONE
        self.lengths: tuple[int, ...] = tuple(desc.possible_length) if desc else ()
        self._fullmatch: Callable[[str], Match[str] | None] | None = None

    @property
    def any(self) -> bool:
        """Whether the country has such numbers at all."""
        return self._pattern != _NONE

    def has(self, national: str) -> bool:
        """Whether the number is one of them; a range without lengths has any length."""
        if self.lengths and len(national) not in self.lengths:
            return False
        return self.matches(national)

    def matches(self, national: str) -> bool:
        """Whether the pattern alone describes it."""
        if self._fullmatch is None:
            self._fullmatch = re.compile(self._pattern).fullmatch
        return self._fullmatch(national) is not None


class Plan:
    """One country's numbers, or those of a country code that belongs to no country."""

    def __init__(self, calling_code: int, metadata: PhoneMetadata) -> None:
        self.calling_code = calling_code
        self.general = Range(metadata.general_desc)
        self.premium = Range(metadata.premium_rate)
        self._local = frozenset(_of_some_area(metadata.general_desc))
        self._lengths = frozenset(self.general.lengths)
        self._longest = self.general.lengths[-1]
        self._leading = _compiled(metadata.leading_digits)
        self._idd = _compiled(metadata.international_prefix)
        self._prefix = _compiled(metadata.national_prefix_for_parsing)
        self._transform = metadata.national_prefix_transform_rule
        self._kinds = [
            (kind, Range(desc))
            for kind, name in _SPECIAL_KINDS
            if (desc := getattr(metadata, name)) is not None and desc.national_number_pattern
        ]
        self._fixed, self._mobile = Range(metadata.fixed_line), Range(metadata.mobile)
        self._same = bool(metadata.same_mobile_and_fixed_line_pattern)

    def owns(self, national: str) -> bool:
        """Whether a number of a shared country code is this country's."""
        if self._leading is not None:
            return self._leading.match(national) is not None
        return self.kind(national) != PhoneNumberType.UNKNOWN

    def kind(self, national: str) -> int:
        """A constant of ``PhoneNumberType``; UNKNOWN for what no range has."""
        if not self.general.has(national):
            return int(PhoneNumberType.UNKNOWN)
        for kind, numbers in self._kinds:
            if numbers.has(national):
                return int(kind)
        if self._fixed.has(national):
            both = self._same or self._mobile.has(national)
            return int(PhoneNumberType.FIXED_LINE_OR_MOBILE if both else PhoneNumberType.FIXED_LINE)
        if not self._same and self._mobile.has(national):
            return int(PhoneNumberType.MOBILE)
        return int(PhoneNumberType.UNKNOWN)

    def possible(self, length: int) -> bool:
        """Whether a number of so many digits is long enough, or longer than any."""
        return length not in self._local and (length in self._lengths or self._too_long(length))

    def _too_long(self, length: int) -> bool:
        return length > self._longest and length not in self._local

    def without_prefix(self, digits: str) -> str:
        """The digits without the prefix of calls inside the country, where that leaves a number."""
        found = self._prefix.match(digits) if digits and self._prefix else None
        if found is None or self._prefix is None:
            return digits
        groups = found.groups()
        if self._transform and not (groups and groups[-1] is None):
            rest = self._prefix.sub(self._transform, digits, count=1)
        else:
            rest = digits[found.end() :]
        if not self.general.matches(rest) and self.general.matches(digits):
            return digits
        return rest

    def behind_international_prefix(self, digits: str) -> str | None:
        """None when the digits do not begin with the prefix of calls to other countries."""
        found = self._idd.match(digits) if self._idd else None
        if found is None or digits[found.end() : found.end() + 1] == "0":
            return None  # no country code begins with 0
        return digits[found.end() :]

    def behind_own_code(self, digits: str) -> str | None:
        """None when the digits do not begin with the country's own code, dialed without a plus."""
        code = str(self.calling_code)
        if not digits.startswith(code):
            return None
        rest = self.without_prefix(digits[len(code) :])
        better = self.general.matches(rest) and not self.general.matches(digits)
        return rest if better or self._too_long(len(digits)) else None


def _of_some_area(desc: PhoneNumberDesc | None) -> tuple[int, ...]:
    """Lengths of numbers that work only inside their own area."""
    return tuple(desc.possible_length_local_only) if desc else ()


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(pattern) if pattern else None


@cache
def plan_of_country(country: str) -> Plan:
    """The plan of a country (ISO 3166, two letters) that the metadata knows."""
    metadata = PhoneMetadata.metadata_for_region(country)
    assert metadata is not None
    assert metadata.country_code is not None
    plan = _plan(metadata.country_code, country)
    assert plan is not None
    return plan


@cache
def _plan(calling_code: int, region: str) -> Plan | None:
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(calling_code, region)
    return Plan(calling_code, metadata) if metadata is not None else None


def plans_of_code(calling_code: int) -> list[Plan]:
    """The plans that share a country calling code, the main one first."""
    regions = COUNTRY_CODE_TO_REGION_CODE.get(calling_code, ())
    return [plan for region in regions if (plan := _plan(calling_code, region)) is not None]


@cache
def main_plan(calling_code: int) -> Plan:
    """The plan that numbers of an assigned calling code are read with."""
    plan = _plan(calling_code, COUNTRY_CODE_TO_REGION_CODE[calling_code][0])
    assert plan is not None
    return plan


def calling_code_of(digits: str) -> int | None:
    """The country calling code that an international number begins with; None if unassigned."""
    for length in (1, 2, 3):
        code = _CODES.get(digits[:length])
        if code is not None:
            return code
    return None


def read(number: str, country: str | None) -> tuple[int, str] | None:
    """Calling code and national number of ``+digits``, or of digits dialed in a country.

    None for what is no telephone number at all, by its length or its country code.
    """
    digits = number.removeprefix("+")
    if not (digits.isascii() and digits.isdecimal()):
        return _read_anything(number, country)
    if digits != number:
        found = _behind_code(digits)
    elif country is None or len(digits) < _SHORTEST:
        return None
    else:
        home = plan_of_country(country)
        abroad = home.behind_international_prefix(digits)
        if abroad is not None:
            found = _behind_code(abroad)
        else:
            own = home.behind_own_code(digits)
            # Behind its own code a number is read as the calling code's main country reads it.
            found = (home, digits) if own is None else (main_plan(home.calling_code), own)
    if found is None:
        return None
    plan, national = found
    if len(national) < _SHORTEST:
        return None
    without = plan.without_prefix(national)
    national = without if plan.possible(len(without)) else national
    return (plan.calling_code, national) if _SHORTEST <= len(national) <= _LONGEST else None


def _read_anything(number: str, country: str | None) -> tuple[int, str] | None:
    """With ``*`` and ``#`` between the digits: a number of the switch itself may look like that."""
    try:
        found = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    assert found.country_code is not None
    return found.country_code, phonenumbers.national_significant_number(found)


def _behind_code(digits: str) -> tuple[Plan, str] | None:
    code = calling_code_of(digits) if len(digits) > _SHORTEST else None
    return (main_plan(code), digits[len(str(code)) :]) if code is not None else None


@lru_cache(maxsize=4096)  # of one number read in two ways, as dialed and with its country code
def region_and_kind(calling_code: int, national: str) -> tuple[str | None, int]:
    """The country whose number it is, and its kind (``PhoneNumberType``).

    The country is None, and the kind UNKNOWN, where several share a calling code and none has it.
    """
    regions = COUNTRY_CODE_TO_REGION_CODE[calling_code]
    if len(regions) == 1:
        return regions[0], main_plan(calling_code).kind(national)
    region = region_of(calling_code, national)
    plan = _plan(calling_code, region) if region else None
    return region, plan.kind(national) if plan else int(PhoneNumberType.UNKNOWN)


@lru_cache(maxsize=4096)  # of one number, asked for again by each rule that reads it
def region_of(calling_code: int, national: str) -> str | None:
    """The first country of a shared calling code that has the number."""
    for region in COUNTRY_CODE_TO_REGION_CODE[calling_code]:
        plan = _plan(calling_code, region)
        if plan is not None and plan.owns(national):
            return str(region)
    return None
