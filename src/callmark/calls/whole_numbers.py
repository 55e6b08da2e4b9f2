"""A number that is written in full: an index finds it in the whole history at once.

A part of a number is looked for call by call, among the newest and then further back. Who pastes a
number from a carrier's bill wants every call with it, also that of two years ago.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import phonenumbers

from callmark.accounts.models import Account
from callmark.calls.filters import CallFilter
from callmark.calls.models import OTHER_PARTY, Call
from callmark.policy.numbering.text import digits_of
from callmark.policy.numbering.written import number_written


def by_whole_number(search: CallFilter, account: Account) -> CallFilter:
    """The same filter; by an index, where its text or number is a whole one that calls were with.

    Of one that no call was with it may still be a part, or what was dialed: that is looked for.
    """
    text = search.text or search.number
    number = number_written(text, account.country)
    those = [one for one in _spellings(number) if _is_there(one, account)] if number else []
    those = those or _of_another_country(text, account)
    if not those:
        return search
    name = "text" if search.text else "number"
    return replace(search.without(name), other_parties=frozenset(those))


def _spellings(number: phonenumbers.PhoneNumber) -> Iterator[str]:
    """How switches write it: in E.164, or as a trunk tells who calls."""
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    inside = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    significant = phonenumbers.national_significant_number(number)
    yield from dict.fromkeys((e164, e164.removeprefix("+"), significant, digits_of(inside)))


def _is_there(number: str, account: Account) -> bool:
    search = CallFilter(other_parties=frozenset([number]))
    return search.narrow(Call.objects.of(account)).exists()


_WITH_TRUNK_ZERO = re.compile(r"0([1-9][0-9]{6,12})")

_NORTH_AMERICA = 1
"""There nobody dials a zero first."""


def _of_another_country(text: str, account: Account) -> list[str]:
    """'020 7946 0138' of an account in the United States: as they write it who have the number.

    Whose country it is, the account's calls tell: those that there are with such a number.
    """
    found = None if any(map(str.isalpha, text)) else _WITH_TRUNK_ZERO.fullmatch(digits_of(text))
    if found is None:
        return []
    here = {phonenumbers.country_code_for_region(account.country), _NORTH_AMERICA}
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.keys() - here
    spellings = {f"{plus}{code}{found[1]}" for code in codes for plus in ("+", "")}
    calls = CallFilter(other_parties=frozenset(spellings)).narrow(Call.objects.of(account))
    return list(calls.order_by().values_list(OTHER_PARTY, flat=True).distinct())
