"""What may be dialed, as expressions: emergency calls in every form, and numbers that are one."""

import re
from collections import defaultdict

from callmark.policy.numbering.special_numbers import HABITUAL_LINE_DIGITS
from callmark.switches.alone.account import AccountDialplan
from callmark.switches.alone.emergency import emergency_forms, service_number
from callmark.switches.freeswitch.dialplan.xml import END, literal

_SEPARATORS = "[ \t.()'-]*"
"""Between the digits of a number that a person has written."""

_SCHEME = "(?:sips?:|tel:)?"
_BEHIND = "(?:(?:[^0-9a-z*+# \t.()'-]|[pwx]).*)?"
"""A pause, a host, parameters, or whatever else is no part of a number: it ends there."""

_BEHIND_WITH_CODES = "(?:(?:[^0-9a-z+ \t.()'-]|[pwx]).*)?"
"""The same where a code may be dialed behind a number: nothing that it ends with hides help."""

_PARAMETERS = "(?:;[a-z0-9-]+(?:=[a-z0-9+.-]*)?)*"
_PARTS = 8
"""Into how many parts a number may be written and still be read while the gate is down."""

NUMBER = "[+]?[0-9*#]{1,40}"
"""A clean number: nothing in it means anything to ``bridge``."""

PARTS_JOINED = "".join(f"${part}" for part in range(1, _PARTS + 1))
"""The clean number, from the groups of :data:`WRITTEN`."""

WRITTEN = (
    f"(?i)^{_SCHEME}([+]?[0-9*#]{{1,40}})"
    + "(?:[ .()-]+([0-9*#]{1,20}))?" * (_PARTS - 1)
    + _PARAMETERS
    + END
)
"""A number as a phone writes it: in parts, with parameters behind it."""


def emergency_expressions(account: AccountDialplan) -> dict[str, str]:
    """For each number that is dialed for help, what of all that may be dialed means it."""
    starts: dict[str, set[str]] = defaultdict(set)
    for form, number in emergency_forms(account).items():
        starts[number].add(form.removesuffix(number))
    hidden, behind = _hidden_caller(account), _BEHIND
    if account.separator:
        behind = _BEHIND_WITH_CODES
    found = {}
    for number, before in starts.items():
        choices = "|".join(_spelled(one) for one in sorted(before, key=lambda one: (len(one), one)))
        found[number] = (
            f"(?is)^{_SEPARATORS}{_SCHEME}{_SEPARATORS}{hidden}(?:{choices}){_spelled(number)}"
            f"#?{_SEPARATORS}{behind}{END}"
        )
    return found


def emergency_address(account: AccountDialplan) -> tuple[str, str]:
    """The emergency service as an address (RFC 5031), and the number that it is."""
    kind = "(?:[.][a-z.-]*)?"
    return f"(?is)^(?:sips?:)?(?:urn:)?service:sos{kind}{_BEHIND}{END}", service_number(account)


def _hidden_caller(account: AccountDialplan) -> str:
    """A star code before a number that hides the caller, or shows them."""
    lines = "|".join(
        _spelled(one) for one in dict.fromkeys((*HABITUAL_LINE_DIGITS, account.outside_prefix))
    )
    codes = "|".join(_spelled(code) for code in ("*67", "*82", "*31#", "#31#"))
    return f"(?:(?:{lines})?(?:{codes}))?"


def _spelled(text: str) -> str:
    """A text with or without separators behind each of its characters."""
    return "".join(literal(one) + _SEPARATORS for one in text)


def number_before_code(separator: str) -> str:
    """A clean number that has a code behind it; its group is the number alone.

    A star that begins a star code (*67 before a number) separates nothing, nor does one behind a
    single digit for a line.
    """
    return f"^([*]?[+]?[0-9]{{2,}}(?<![*][0-9]{{2}})){literal(separator)}.*{END}"


def without_groups(expression: str) -> str:
    """The same expression, which remembers nothing."""
    return re.sub(r"\((?!\?)", "(?:", expression)
