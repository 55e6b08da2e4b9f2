"""What the public numbering metadata says, in the shape that classification asks for."""

import re
from functools import cache, lru_cache
from re import Pattern

from phonenumbers import PhoneMetadata, PhoneNumberType
from phonenumbers.phonemetadata import PhoneNumberDesc

from callmark.policy.numbering import patterns, ranges
from callmark.policy.numbering.emergency_numbers import emergency_numbers
from callmark.policy.numbering.special_numbers import (
    ENQUIRIES,
    FURTHER_SHORT_CODES,
    MAIN_EMERGENCY,
)
from callmark.policy.values import value_class

_NEVER = re.compile(r"(?!)")


@value_class
class CountryFacts:
    """How telephone numbers are dialed in one country."""

    country: str
    calling_code: int
    international_prefix: Pattern[str]
    trunk_prefix: str
    enquiries: Pattern[str]
    short_code: Pattern[str]
    short_premium: Pattern[str]
    text_only: Pattern[str]
    emergency: frozenset[str]
    main_emergency: str
    """The one number for an emergency call that names none."""
    longest_emergency: int
    """Digits of the longest emergency number behind a habitual digit, a plus and the own code."""
    local_lengths: frozenset[int]
    """Lengths of numbers that work only inside their own area."""

    def is_short_code(self, number: str) -> bool:
        """Whether a short number can be called, and not only be sent texts."""
        if number in FURTHER_SHORT_CODES.get(self.country, ()):
            return True
        return bool(self.short_code.fullmatch(number) and not self.text_only.fullmatch(number))


@cache
def facts(country: str) -> CountryFacts:
    """Everything about one country's dialing, read once."""
    metadata = PhoneMetadata.metadata_for_region(country)
    assert metadata is not None
    assert metadata.country_code is not None
    short = PhoneMetadata.short_metadata_for_region(country)
    emergency = emergency_numbers(country)
    return CountryFacts(
        country=country,
        calling_code=metadata.country_code,
        international_prefix=re.compile(metadata.international_prefix or "00"),
        trunk_prefix=metadata.national_prefix or "",
        enquiries=re.compile(ENQUIRIES.get(country, r"(?!)")),
        short_code=_compiled(short.short_code if short else None),
        short_premium=_compiled(short.premium_rate if short else None),
        text_only=_compiled(short.sms_services if short else None),
        emergency=emergency,
        main_emergency=_main_emergency(country, metadata.country_code, short),
        longest_emergency=len(f"9+{metadata.country_code}") + max(map(len, emergency)),
        local_lengths=frozenset(
            metadata.general_desc.possible_length_local_only if metadata.general_desc else ()
        ),
    )


def _compiled(desc: PhoneNumberDesc | None) -> Pattern[str]:
    pattern = desc.national_number_pattern if desc else None
    return re.compile(pattern) if pattern else _NEVER


def _main_emergency(country: str, calling_code: int, short: PhoneMetadata | None) -> str:
    if country in MAIN_EMERGENCY:
        return MAIN_EMERGENCY[country]
    usual = ("911",) if calling_code == 1 else ("112", "911", "999")
    own = _listed(short)
    return next((number for number in usual if number in own), usual[0])


def _listed(short: PhoneMetadata | None) -> frozenset[str]:
    pattern = short.emergency.national_number_pattern if short and short.emergency else None
    return patterns.expand(pattern) if pattern else frozenset()


@value_class
class KnownNumber:
    """A number as the metadata sees it."""

    calling_code: int
    national: str
    region: str | None
    """The region inside the calling code; None when no range of a shared code has the number."""
    kind: int

    @property
    def valid(self) -> bool:
        """In a range that the metadata knows. Ranges newer than the metadata are not."""
        return self.kind != PhoneNumberType.UNKNOWN

    @property
    def e164(self) -> str:
        """The number in its international form."""
        return f"+{self.calling_code}{self.national}"

    @property
    def premium(self) -> bool:
        """Whether the metadata calls it premium rate."""
        return self.kind == PhoneNumberType.PREMIUM_RATE

    @property
    def toll_free(self) -> bool:
        """Whether the metadata calls it free for the caller."""
        return self.kind == PhoneNumberType.TOLL_FREE

    @property
    def shared_cost(self) -> bool:
        """Whether the metadata says that caller and called share the cost."""
        return self.kind == PhoneNumberType.SHARED_COST

    @property
    def plausible(self) -> bool:
        """In a known range, or at least of a length that the country's numbers have."""
        if self.valid:
            return True
        lengths = ranges.main_plan(self.calling_code).general.lengths
        if not lengths or len(f"{self.calling_code}{self.national}") > 15:
            return False
        return min(lengths) <= len(self.national) <= max(lengths)


@lru_cache(maxsize=4096)  # one string is often looked up by several rules
def look_up(number: str, country: str | None = None) -> KnownNumber | None:
    """The number in the metadata: ``+digits``, or digits as dialed in ``country``.

    None for what is no telephone number at all, by its length or its country code.
    """
    found = ranges.read(number, country)
    if found is None:
        return None
    calling_code, national = found
    region, kind = ranges.region_and_kind(calling_code, national)
    return KnownNumber(calling_code, national, region, kind)


def region_of_nanp(ten_digits: str) -> str | None:
    """The region of a ten-digit North American number, None where the metadata has no such."""
    return ranges.region_of(1, ten_digits.lstrip("0"))


def begins_with_premium_number(calling_code: int, national: str) -> bool:
    """Whether a number that is too long starts with a complete premium number.

    Exchanges stop listening after the last digit they need, so surplus digits hide nothing.
    """
    return any(
        numbers.matches(national[:length])
        for numbers, lengths in _premium_numbers(calling_code)
        for length in lengths
        if length < len(national)
    )


@cache
def _premium_numbers(calling_code: int) -> list[tuple[ranges.Range, list[int]]]:
    plans = ranges.plans_of_code(calling_code)
    found = [(plan.premium, plan.premium.lengths or plan.general.lengths) for plan in plans]
    return [(numbers, [n for n in lengths if n > 0]) for numbers, lengths in found if numbers.any]
