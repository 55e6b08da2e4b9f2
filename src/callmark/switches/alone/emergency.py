"""Emergency calls: what a phone may dial for help, in every form that one has to recognize.

What stands around such a form (caller-ID star codes, separators, parameters, an address) is taken
off, or read over, by each switch in its own language.
"""

from itertools import chain

import phonenumbers

from callmark.policy.numbering import CallType, classify, emergency_numbers
from callmark.policy.numbering.metadata import facts
from callmark.policy.numbering.patterns import expand
from callmark.policy.numbering.special_numbers import CODES_BEFORE_A_NUMBER, HABITUAL_LINE_DIGITS
from callmark.switches.alone.account import AccountDialplan

_HARMLESS = {CallType.EMERGENCY, CallType.SERVICE, CallType.UNROUTABLE}


def emergency_forms(account: AccountDialplan) -> dict[str, str]:
    """What a phone of this account may dial for help, and the number it means.

    Caller-ID codes before it, a ``#`` behind it, separators, parameters and addresses are taken
    off by the dialplan before it looks here.
    """
    countries = {account.country, *account.home_countries}
    numbers = set(chain.from_iterable(emergency_numbers(country) for country in countries))
    lines = {"", account.outside_prefix, *HABITUAL_LINE_DIGITS}
    codes = {str(facts(country).calling_code) for country in countries}
    forms: dict[str, str] = {}
    # The shortest way to read a form wins: 9112 is no line and 112 where 9112 itself is a number.
    for line in sorted(lines, key=len):
        for number in sorted(numbers):
            for form in (line + number, f"{line}+{number}"):
                if _is_meant(line + number, account):
                    forms.setdefault(form, number)
            for hider in _caller_id_codes(countries):
                if _is_meant(line + hider + number, account):
                    forms.setdefault(line + hider + number, number)
            for code in codes:
                if _is_no_number(code + number, line, account):
                    forms.setdefault(line + code + number, number)
                forms.setdefault(f"{line}+{code}{number}", number)
    return forms


def emergency_strings(account: AccountDialplan) -> list[str]:
    """Every form of :func:`emergency_forms`."""
    return sorted(emergency_forms(account))


def _caller_id_codes(countries: set[str]) -> list[str]:
    """Digits that hide the caller or show them; those with a star the dialplan takes off."""
    patterns = (CODES_BEFORE_A_NUMBER.get(country, "") for country in countries)
    found = set().union(*(expand(pattern) for pattern in patterns if pattern))
    return sorted(code for code in found if len(code) <= 4)


def _is_meant(dialed: str, account: AccountDialplan) -> bool:
    plans = [account.plan(country) for country in {account.country, *account.home_countries}]
    return any(classify(dialed, plan).call_type is CallType.EMERGENCY for plan in plans)


def _is_no_number(dialed: str, line: str, account: AccountDialplan) -> bool:
    """The own calling code before an emergency number, where that leads nowhere else."""
    if dialed in account.extensions or line + dialed in account.extensions:
        return False
    plan = account.plan(account.country)
    number = phonenumbers.PhoneNumber(
        country_code=facts(account.country).calling_code, national_number=int(dialed)
    )
    if phonenumbers.is_valid_number(number):
        return False
    return all(classify(one, plan).types <= _HARMLESS for one in {dialed, line + dialed})


def service_number(account: AccountDialplan) -> str:
    """Which number ``urn:service:sos`` is: the one the country is known for."""
    known = emergency_numbers(account.country)
    own = phonenumbers.PhoneMetadata.short_metadata_for_region(account.country)
    example = own.emergency.example_number if own and own.emergency else None
    if facts(account.country).calling_code == 1:
        return "911"
    return example if example in known else "112"
