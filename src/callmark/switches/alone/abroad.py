"""Numbers that are surely calls abroad, as one regular expression for a dialplan.

Of these a switch may be told for a moment that nobody can be asked for a code: see
:func:`~callmark.policy.overload.all_are_asked_abroad`.
"""

from collections.abc import Iterator
from functools import cache

from phonenumbers import PhoneMetadata

from callmark.switches.alone.account import AccountDialplan

_REST = "[0-9]{6,20}"
_NO_ZONE = "0"
_NO_COUNTRY = "80"
"""Numbers of no country, which nobody pays for who calls them."""


def surely_abroad(account: AccountDialplan) -> str:
    """The expression, for digits as they are dialed; '' where nothing is that sure.

    So it is where people choose a carrier within the prefix, and where users dial as at home in
    another country, which is abroad for the others.
    """
    metadata = PhoneMetadata.metadata_for_region(account.country)
    if metadata is None or account.home_countries - {account.country}:
        return ""
    prefix = metadata.international_prefix or ""
    if not prefix.isdigit():
        return ""
    other = "|".join(_not_beginning_with(str(metadata.country_code), _NO_COUNTRY))
    return f"^{account.outside_prefix}{prefix}({other}){_REST}$"


def _not_beginning_with(*beginnings: str, so_far: str = "") -> Iterator[str]:
    """Expressions for country codes that begin otherwise."""
    longer = sorted({one[0] for one in beginnings})
    others = [digit for digit in "0123456789" if digit not in longer]
    if not so_far:
        others.remove(_NO_ZONE)
    yield f"{so_far}[{''.join(others)}]"
    for digit in longer:
        rest = [one[1:] for one in beginnings if one[0] == digit]
        if all(rest):
            yield from _not_beginning_with(*rest, so_far=so_far + digit)


USUAL_PREFIXES = ("011", "00")


@cache
def further_prefixes(country: str) -> tuple[str, ...]:
    """What is dialed there before a country code where that is neither 00 nor 011 (Japan: 010).

    None where it is one of those, and where there is no one prefix: people choose a carrier.
    """
    metadata = PhoneMetadata.metadata_for_region(country)
    if metadata is None:
        return ()
    # The wait for a tone, in Russia, is nothing that a switch gets.
    usual = (metadata.preferred_international_prefix or "").replace("~", "")
    prefix = usual or metadata.international_prefix or ""
    return (prefix,) if prefix.isdigit() and prefix not in USUAL_PREFIXES else ()


def prefixes_to(number: str, country: str) -> tuple[str, ...]:
    """What is dialed in the country before the digits of one of the account's own numbers."""
    return ("011" if number.startswith("+1") else "00", *further_prefixes(country))
