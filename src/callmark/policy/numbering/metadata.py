"""What the public numbering metadata says, in the shape that classification asks for."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from re import Pattern

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberType
from phonenumbers.phonemetadata import PhoneNumberDesc

from callmark.policy.numbering import patterns
from callmark.policy.numbering.emergency_numbers import emergency_numbers
from callmark.policy.numbering.special_numbers import (
    ENQUIRIES,
    FURTHER_SHORT_CODES,
    MAIN_EMERGENCY,
)

_NEVER = re.compile(r"(?!)")
_CALLING_CODES = phonenumbers.COUNTRY_CODE_TO_REGION_CODE


@dataclass(frozen=True, slots=True)
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
    return CountryFacts(
        country=country,
        calling_code=metadata.country_code,
        international_prefix=re.compile(metadata.international_prefix or "00"),
        trunk_prefix=metadata.national_prefix or "",
        enquiries=re.compile(ENQUIRIES.get(country, r"(?!)")),
        short_code=_compiled(short.short_code if short else None),
        short_premium=_compiled(short.premium_rate if short else None),
        text_only=_compiled(short.sms_services if short else None),
        emergency=emergency_numbers(country),
        main_emergency=_main_emergency(country, metadata.country_code, short),
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


def calling_code_of(digits: str) -> int | None:
    """The country calling code that an international number begins with; None if unassigned."""
    for length in (1, 2, 3):
        code = digits[:length]
        if len(code) == length and code[0] != "0" and int(code) in _CALLING_CODES:
            return int(code)
    return None


@dataclass(frozen=True, slots=True)
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
        main = phonenumbers.region_code_for_country_code(self.calling_code)
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(self.calling_code, main)
        lengths = (
            metadata.general_desc.possible_length if metadata and metadata.general_desc else ()
        )
        if not lengths or len(f"{self.calling_code}{self.national}") > 15:
            return False
        return min(lengths) <= len(self.national) <= max(lengths)


@lru_cache(maxsize=4096)  # one string is often looked up by several rules
def look_up(number: str, country: str | None = None) -> KnownNumber | None:
    """The number in the metadata; `country` is where a national number is dialed."""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    return known(parsed)


def known(parsed: PhoneNumber) -> KnownNumber:
    """What the metadata says of a parsed number."""
    region = phonenumbers.region_code_for_number(parsed)
    kind = phonenumbers.number_type(parsed) if region else PhoneNumberType.UNKNOWN
    assert parsed.country_code is not None
    return KnownNumber(
        parsed.country_code, phonenumbers.national_significant_number(parsed), region, kind
    )


def region_of_nanp(ten_digits: str) -> str | None:
    """The region of a ten-digit North American number, None where the metadata has no such."""
    return phonenumbers.region_code_for_number(
        PhoneNumber(country_code=1, national_number=int(ten_digits))
    )


def begins_with_premium_number(calling_code: int, national: str) -> bool:
    """Whether a number that is too long starts with a complete premium number.

    Exchanges stop listening after the last digit they need, so surplus digits hide nothing.
    """
    for region in phonenumbers.region_codes_for_country_code(calling_code):
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(calling_code, region)
        desc = metadata.premium_rate if metadata else None
        if metadata is None or desc is None or not desc.national_number_pattern:
            continue
        general = metadata.general_desc.possible_length if metadata.general_desc else ()
        pattern = re.compile(desc.national_number_pattern)
        for length in desc.possible_length or general:
            if 0 < length < len(national) and pattern.fullmatch(national[:length]):
                return True
    return False
