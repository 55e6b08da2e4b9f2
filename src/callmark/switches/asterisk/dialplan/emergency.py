"""Emergency calls: recognized in every form a phone may send, before anything is asked.

Nothing here can wait: no AGI, no database, no network. What is dialed is encoded first; every
function after that sees letters, digits and ``%``, on which it cannot fail.
"""

from collections.abc import Iterator
from itertools import chain

import phonenumbers

from callmark.policy.numbering import CallType, classify, emergency_numbers
from callmark.policy.numbering.metadata import facts
from callmark.policy.numbering.patterns import expand
from callmark.policy.numbering.special_numbers import CODES_BEFORE_A_NUMBER, HABITUAL_LINE_DIGITS
from callmark.switches.asterisk.dialplan.account import AccountDialplan
from callmark.switches.asterisk.dialplan.marks import EMERGENCY, set_mark

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


def emergency_lines(account: AccountDialplan) -> Iterator[str]:
    """The context in which a number is looked up that has a ``d`` in front.

    With it a number that is empty is an extension like others. What is not an emergency goes on.
    """
    name = account.context
    yield f"[{name}.emergency]"
    yield "; First of all, and without the gate."
    for form, number in sorted(emergency_forms(account).items()):
        yield f"exten => d{form},1,Goto(p{number},1)"
    yield "exten => _p!,1,Set(CALLMARK_NUMBER=${EXTEN:1})"
    yield " same => n,Set(CALLMARK_DIALED=)"
    yield " same => n,Set(CALLMARK_DIAL_OPTIONS=)"
    yield f" same => n,{set_mark(account, EMERGENCY)}"
    yield " same => n,Return()"
    yield f'exten => _d!,1,GotoIf($["${{core}}" = ""]?{name},form,1)'
    yield f" same => n,Goto({name},gate,1)"


def form_lines(account: AccountDialplan) -> Iterator[str]:
    """From what was dialed to ``clean``, the number if it is one, and ``core``, tried for help.

    The encoded text has letters, digits and ``%-_.~!*'()``. Parentheses go first: functions count
    them.
    """
    name = account.context
    lines = "|".join(dict.fromkeys((*HABITUAL_LINE_DIGITS, account.outside_prefix)))
    yield "exten => form,1,Set(LOCAL(text)=${FILTER(0-9a-z%*_~!,${TOLOWER(${number})})})"
    for scheme in ("sip", "sips", "tel"):
        behind = len(scheme) + 3
        yield (
            f' same => n,Set(LOCAL(text)=${{IF(${{REGEX("^{scheme}%3a" ${{text}})}}?'
            f"${{text:{behind}}}:${{text}})}})"
        )
    yield ' same => n,GotoIf(${REGEX("^urn%3aservice%3asos[a-z]*$" ${text})}?service,1)'
    for code, character in _DECODED.items():
        yield f" same => n,Set(LOCAL(text)=${{STRREPLACE(text,{code},{character})}})"
    yield (
        f' same => n,Set(LOCAL(clean)=${{IF(${{REGEX("{_A_NUMBER}" ${{text}})}}?'
        "${CUT(text,%,1)})})"
    )
    yield " same => n,Set(LOCAL(core)=${text})"
    for character in _ENDS_A_NUMBER:
        yield f" same => n,Set(LOCAL(core)=${{STRREPLACE(core,{character},%)}})"
    yield " same => n,Set(LOCAL(core)=${CUT(core,%,1)})"
    yield (' same => n,Set(LOCAL(core)=${IF($["${core:-1}" = "#"]?${core:0:-1}:${core})})')
    for hidden_by, number in _HIDES_THE_CALLER.items():
        yield (
            f' same => n,Set(LOCAL(core)=${{IF(${{REGEX("^({lines})?{hidden_by}" ${{core}})}}?'
            f"{number}:${{core}})}})"
        )
    yield ' same => n,GotoIf($["${core}" = ""]?gate,1)'
    yield f" same => n,Goto({name}.emergency,d${{core}},1)"
    yield f"exten => service,1,Goto({name}.emergency,p{service_number(account)},1)"


_DECODED = {"%20": "", "%09": "", "%2b": "+", "%23": "#", "%2a": "*"}
"""Separators that people write (those that need no encoding are filtered), and what is dialed."""

_A_NUMBER = "^[0-9*#+]{1,40}(%3b[a-z0-9]+(%3d[a-z0-9+]*)?)*$"
"""A number, and well-formed parameters behind it, which are left off."""

_HIDES_THE_CALLER = {
    "[*](67|82)": "${CUT(core,*,2):2}",
    "[*]31#": "${CUT(core,#,2)}",
    "#31#": "${CUT(core,#,3)}",
}
"""Star codes before a number (or that show the caller again), and the number behind."""

_ENDS_A_NUMBER = "!~_pwx"
"""Not encoded, and no part of a number; p, w and x are pauses. They end it as ``%`` does."""
