"""A gate that can ask nobody just now: for a moment its next calls are not brought to it.

To be told *busy* costs the switch as much as half of what a served call does. So the gate says with
that answer for how many milliseconds the next calls abroad would hear the same (only where each of
them has to be asked), and the dialplan gives those to the fail policy by itself. What it keeps is a
moment of its own clock: it passes, also where no gate is there any more. Such a call is reported
afterwards, as an end is: the gate counts what it has not seen.
"""

import re
from collections.abc import Iterable, Iterator

from callmark.switches.alone.abroad import USUAL_PREFIXES, further_prefixes, surely_abroad
from callmark.switches.alone.account import AccountDialplan
from callmark.switches.asterisk.dialplan.agi import MILLISECONDS
from callmark.switches.asterisk.dialplan.reporting import report
from callmark.switches.asterisk.port import BUSY, RESULT_VARIABLE
from callmark.switches.asterisk.report_file import SHED

MOST_MILLISECONDS = 999
"""Whatever a gate says. A clock that was put back must not keep it on either."""


def full_until(account: AccountDialplan) -> str:
    """The global variable with that moment, in milliseconds since 1970; mostly it has no value."""
    return f"CALLMARK_FULL_{account.slug}"


def keep_full(account: AccountDialplan, milliseconds: str) -> str:
    """The application that keeps what the gate has said, an expression, of a call it gave back."""
    until = f"$[{MILLISECONDS} + 0${{FILTER(0-9,{milliseconds}):0:{len(str(MOST_MILLISECONDS))}}}]"
    return (
        f'ExecIf($["${{{RESULT_VARIABLE}}}" = "{BUSY}" & "{milliseconds}" != ""]'
        f"?Set(GLOBAL({full_until(account)})={until}))"
    )


def full_lines(account: AccountDialplan, no_first_leg: str) -> Iterable[str]:
    """The context for a call that finds the variable set.

    ``no_first_leg`` is '' for a channel's first leg that nobody has transferred.
    """
    name, expression = account.context, surely_abroad(account) if account.allowed else ""
    yield f"[{name}.full]"
    if not expression:
        yield f"exten => s,1,Set(GLOBAL({full_until(account)})=)"
        yield from _asking_lines(name, no_first_leg)
        return
    others = f"{no_first_leg}${{CALLMARK_PAYER}}"
    yield f"exten => s,1,Set(LOCAL(left)=$[0${{{full_until(account)}}} - {MILLISECONDS}])"
    yield f" same => n,GotoIf($[${{left}} < 1 | ${{left}} > {MOST_MILLISECONDS}]?over)"
    yield (
        f" same => n,GotoIf($[${{LEN({others})}} = 0 & "
        f'${{REGEX("{expression}" ${{number}})}}]?d${{number}},1)'
    )
    yield from _asking_lines(name, no_first_leg)
    yield f" same => n(over),Set(GLOBAL({full_until(account)})=)"
    yield " same => n,Goto(ask)"
    for number in _colleagues(account, expression):
        yield f"exten => d{number},1,Goto(s,ask)"
    yield (
        f"exten => _d!,1,MSet(CALLMARK_LEG=1,CALLMARK_TOLD=,{RESULT_VARIABLE}={BUSY},"
        f'CHANNEL(hangup_handler_push)="{name}.shed,s,1")'
    )
    yield f" same => n,Goto({name}.down,refuse,1)"
    yield ""
    yield f"[{name}.shed]"
    yield "; Hangup handler: the gate counts it, and the caller has had the answer."
    yield f"exten => s,1,{report(account, SHED, leg='${CALLMARK_LEG}')}"
    yield " same => n,Return()"


def _asking_lines(name: str, no_first_leg: str) -> Iterator[str]:
    yield (
        f' same => n(ask),GotoIf($[${{LEN({no_first_leg})}} = 0 & "${{number}}" != ""]'
        f"?{name},gate,usual:{name},gate,legs)"
    )


def _colleagues(account: AccountDialplan, expression: str) -> Iterator[str]:
    """Numbers of the account's own that look like that: extensions, and phones abroad."""
    dialed = [
        account.outside_prefix + prefix + one[1:]
        for prefix in (*USUAL_PREFIXES, *further_prefixes(account.country))
        for one in account.phone_numbers
    ]
    yield from (one for one in (*account.extensions, *dialed) if re.search(expression, one))
