"""The numbers that are an emergency call in a country, and its free helplines."""

import re
from functools import cache

from phonenumbers import PhoneMetadata

from callmark.policy.numbering import patterns
from callmark.policy.numbering.emergency_africa import AFRICA
from callmark.policy.numbering.emergency_americas import AMERICAS
from callmark.policy.numbering.emergency_asia_pacific import ASIA, PACIFIC
from callmark.policy.numbering.emergency_europe import EUROPE
from callmark.policy.numbering.emergency_row import EmergencyRow
from callmark.policy.numbering.helplines import HELPLINES

# 47 U.S.C. 623 and 47 CFR 9.16 (911), E911 test line (933), GSM and EU emergency (112), the
# Commonwealth's 999, and the 988 lifeline (47 CFR 52.201): emergency everywhere.
ALWAYS_EMERGENCY = frozenset({"911", "933", "112", "999", "988"})

EMERGENCY_TABLE: tuple[EmergencyRow, ...] = AFRICA + AMERICAS + ASIA + EUROPE + PACIFIC
"""One row for every country, with the source of each."""

_OWN: dict[str, frozenset[str]] = {
    country: frozenset(row.services) for row in EMERGENCY_TABLE for country in row.countries.split()
}


@cache
def emergency_numbers(country: str) -> frozenset[str]:
    """Every number that is an emergency call in this home country (ISO 3166, two letters).

    Digits as dialed, without an outside-line prefix. A country that nobody has heard of has the
    numbers that are emergency everywhere.
    """
    return ALWAYS_EMERGENCY | _of_metadata(country) | _OWN.get(country, frozenset())


def is_helpline(country: str, number: str) -> bool:
    """Whether the digits are a helpline of the country, free for the caller: never gated.

    False for emergency numbers: where the regulator lists a helpline as one, it is one.
    """
    pattern = HELPLINES.get(country)
    if pattern is None or re.fullmatch(pattern, number, re.ASCII) is None:
        return False
    return number not in emergency_numbers(country)


def _of_metadata(country: str) -> frozenset[str]:
    short = PhoneMetadata.short_metadata_for_region(country)
    pattern = short.emergency.national_number_pattern if short and short.emergency else None
    return patterns.expand(pattern) if pattern else frozenset()
