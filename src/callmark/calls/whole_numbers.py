"""A number that is written in full: an index finds it in the whole history at once.

A part of a number is looked for call by call, among the newest and then further back. Who pastes a
number from a carrier's bill wants every call with it, also that of two years ago.
"""

import re
from dataclasses import replace
from functools import lru_cache

import phonenumbers
from django.db.models import Exists

from callmark.accounts.models import Account
from callmark.calls.filters import CallFilter
from callmark.calls.models import Call
from callmark.policy.numbering.text import digits_of
from callmark.policy.numbering.written import number_written


def by_whole_number(search: CallFilter, account: Account) -> CallFilter:
    """The same filter; by an index, where its text or number is a whole one that calls were with.

    Of one that no call was with it may still be a part, or what was dialed: that is looked for.
    """
    text = search.text or search.number
    those = _there(_spellings(text, account.country), account) or _elsewhere(text, account)
    if not those:
        return search
    name = "text" if search.text else "number"
    return replace(search.without(name), other_parties=frozenset(those))


def _spellings(text: str, country: str) -> list[str]:
    """How switches write this number: in E.164, or as a trunk tells who calls."""
    number = number_written(text, country)
    if number is None:
        return []
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    inside = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    significant = phonenumbers.national_significant_number(number)
    return list(dict.fromkeys((e164, e164.removeprefix("+"), significant, digits_of(inside))))


def _there(numbers: list[str], account: Account) -> list[str]:
    """Those that calls were with: one look into the index for each, in one question.

    A list of them would not be looked up: of numbers that are not there the database knows nothing.
    """
    each = (CallFilter(other_parties=frozenset([one])) for one in numbers)
    there = [Exists(one.narrow(Call.objects.of(account)).order_by()) for one in each]
    if not there:
        return []
    found = Account.objects.filter(pk=account.pk).values_list(*there).get()
    return [one for one, is_there in zip(numbers, found, strict=True) if is_there]


_ZERO_FIRST = re.compile(r"0[1-9][0-9]{6,12}")
_COUNTRIES = sorted(
    regions[0]
    for regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.values()
    if regions[0] != phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY
)
"""One for each calling code."""


def _elsewhere(text: str, account: Account) -> list[str]:
    """'020 7946 0138', as people of another country write theirs: how switches write it in full.

    Which country's it is, the account's calls tell: those that there are with such a number.
    """
    digits = digits_of(text)
    if any(map(str.isalpha, text)) or not _ZERO_FIRST.fullmatch(digits):
        return []
    return _there(list(_of_every_country(digits)), account)


@lru_cache(maxsize=1000)
def _of_every_country(digits: str) -> tuple[str, ...]:
    """In full; it is asked again for each page of what is found."""
    numbers = (_spellings(digits, country)[:2] for country in _COUNTRIES)
    return tuple(spelling for number in numbers for spelling in number)
