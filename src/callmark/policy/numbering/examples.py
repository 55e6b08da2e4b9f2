"""Numbers to explain call types with, in the words of the caller's own country.

Pages and guides ask here: a caller in the United Kingdom must not read of 411 and 1-900. What is
not known for a country is said without a number.
"""

import re
from functools import cache
from itertools import takewhile

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from callmark.policy.numbering import patterns
from callmark.policy.numbering.countries import country_name
from callmark.policy.numbering.special_numbers import ENQUIRIES
from callmark.policy.texts import Text
from callmark.policy.values import value_class

_NORTH_AMERICA = 1

# Numbers of operators, from the same plans as ENQUIRIES (special_numbers).
_OPERATORS = {"GB": "100", "IE": "10"}
# Where the metadata's own example begins with more digits than people know the range by: Ofcom
# (09), ComReg (15xx), Arcep (089), the Danish plan (90).
_PREMIUM = {"GB": "09", "GG": "09", "IM": "09", "JE": "09", "IE": "15", "FR": "089", "DK": "90"}
_FREE = {"DK": "80"}
_A_FEW = 10


@value_class
class Examples:
    """What stands for each call type in one country; empty where nothing is known."""

    country: str
    calling_code: int
    directory: str
    """Directory assistance: ``411``, or ``118 numbers``."""
    operator: str
    premium: str
    """How premium numbers begin, as they are dialed: ``1-900``, ``09``."""
    toll_free: str
    number: str
    """A number of the country in its international form, for a field to be filled in."""
    shares_code_with: tuple[str, ...]
    """Names of countries with the same calling code, if they are few."""


@cache
def examples(country: str) -> Examples:
    """The examples for callers in a country, by its two-letter code."""
    code = phonenumbers.country_code_for_region(country)
    at_home = code == _NORTH_AMERICA
    number = phonenumbers.example_number(country)
    return Examples(
        country=country,
        calling_code=code,
        directory="411" if at_home else _directory(country),
        operator="0" if at_home else _OPERATORS.get(country, ""),
        premium=_begins(country, PhoneNumberType.PREMIUM_RATE, _PREMIUM),
        toll_free=_begins(country, PhoneNumberType.TOLL_FREE, _FREE),
        number=phonenumbers.format_number(number, PhoneNumberFormat.E164) if number else "",
        shares_code_with=() if at_home else _sharing(country, code),
    )


def _begins(country: str, kind: int, known: dict[str, str]) -> str:
    """The first group of digits of such a number, as it is written at home."""
    if country in known:
        return known[country]
    number = phonenumbers.example_number_for_type(country, kind)
    if number is None:
        return ""
    if number.country_code == _NORTH_AMERICA:
        return f"1-{str(number.national_number)[:3]}"
    written: str = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    groups: list[str] = re.findall(r"\d+", written)
    return groups[0] if len(groups[0]) > 2 or len(groups) == 1 else groups[0] + groups[1]


def _directory(country: str) -> str:
    """The first of the country's own numbers, or how a range of them begins."""
    pattern = ENQUIRIES.get(country, "")
    if not pattern:
        return ""
    whole = pattern if "(" in pattern.split("|")[0] else pattern.split("|")[0]
    # What follows a range's first digits does not matter here.
    begins, any_digits = re.subn(r"(\\d|\{\d(,\d)?\})+$", "", whole)
    if any_digits and begins.isdigit():
        return Text("{begins} numbers", begins=begins)
    numbers = patterns.expand(whole)
    if len(numbers) <= _A_FEW:
        return min(numbers)
    return Text("{begins} numbers", begins=_common_beginning(numbers))


def _common_beginning(numbers: frozenset[str]) -> str:
    first, last = min(numbers), max(numbers)
    same = (here == there for here, there in zip(first, last, strict=False))
    return first[: sum(takewhile(bool, same))]


def _sharing(country: str, code: int) -> tuple[str, ...]:
    regions = phonenumbers.region_codes_for_country_code(code)
    return tuple(sorted(country_name(one) for one in regions if one != country))
