"""A number that is written in full: an index finds it in the whole history at once.

A part of a number is looked for call by call, among the newest and then further back. Who pastes a
number from a carrier's bill wants every call with it, also that of two years ago.
"""

from collections.abc import Iterator
from dataclasses import replace

import phonenumbers

from callmark.accounts.models import Account
from callmark.calls.filters import CallFilter
from callmark.calls.models import Call
from callmark.policy.numbering.text import digits_of
from callmark.policy.numbering.written import number_written


def by_whole_number(search: CallFilter, account: Account) -> CallFilter:
    """The same filter; by an index, where its text or number is a whole one that calls were with.

    Of one that no call was with it may still be a part, or what was dialed: that is looked for.
    """
    number = number_written(search.text or search.number, account.country)
    those = [one for one in _spellings(number) if _is_there(one, account)] if number else []
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
