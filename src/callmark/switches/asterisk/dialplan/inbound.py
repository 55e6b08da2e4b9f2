"""Calls that come in: told to the gate in passing. Nobody is asked, and nothing waits.

The call itself reports, and so does each phone that rings; the gate puts together what it is told
of one conversation.
"""

from collections.abc import Iterable

from callmark.switches.alone.account import AccountDialplan
from callmark.switches.asterisk.dialplan.agi import (
    ENTITY,
    LINKED,
    NOW,
    SYSTEM,
    encoded,
    plain,
)
from callmark.switches.asterisk.dialplan.reporting import report

_CAUSE_BUSY = 17

ANSWERED_AT = "${CALLMARK_ANSWERED:0:-3}.${CALLMARK_ANSWERED:-3}"
"""The variable has milliseconds since 1970."""

_CONVERSATION = {"call": "${CALLMARK_CALL}", "linked": "${CALLMARK_CALL}"}
_WHERE = {"system": SYSTEM, "entity": ENTITY}
_CALL = {**_CONVERSATION, "did": plain("${CALLMARK_DID}"), "caller": plain("${CALLERID(num)}")}
_PHONE = {**_CONVERSATION, "by": "callee"}
_STARTED = {"started": NOW, **_WHERE}


def inbound_lines(account: AccountDialplan) -> Iterable[str]:
    """The contexts for the trunk's side."""
    name = account.context
    came_in = {**_CALL, "call": "${CALLMARK_CAME_IN}", "linked": "${CALLMARK_CAME_IN}"}
    ended = {
        "status": "${DIALSTATUS}",
        "answered": "${CDR(answer,u)}",
        "ended": NOW,
        # Who picked it up: the handler of the phone that rang ran when it was taken from it. After
        # a transfer it is somebody else, and who answered has reported already.
        "phone": f'${{IF($["${{CALLMARK_LEG}}" = ""]?{encoded("${DIALEDPEERNAME}")})}}',
        **_WHERE,
    }
    return (
        f"[{name}.inbound]",
        "; In the trunk's context, with the number that was called.",
        'exten => s,1,GotoIf($["${CALLMARK_INBOUND}" = "1"]?known)',
        " same => n,Set(__CALLMARK_INBOUND=1)",
        " same => n,Set(__CALLMARK_DID=${ARG1})",
        f" same => n,Set(__CALLMARK_CALL={LINKED})",
        " same => n,Set(__CALLMARK_CALL_LEG=1)",
        f" same => n,Gosub({name}.came-in,s,1)",
        f" same => n,{report(account, 'inbound', **_CALL, **_STARTED)}",
        " same => n(known),Return()",
        "",
        f"[{name}.came-in]",
        f"exten => s,1,Set(CALLMARK_CAME_IN={LINKED})",
        f" same => n,Set(CHANNEL(hangup_handler_push)={name}.inbound-end,s,1)",
        " same => n,Return()",
        "",
        f"[{name}.inbound-end]",
        "; Hangup handler of a call that came in, wherever it was transferred.",
        f"exten => s,1,{report(account, 'inbound', **came_in, **ended)}",
        " same => n,Return()",
        "",
    )


def phone_rings(account: AccountDialplan) -> str:
    """The application that tells which phone a call that came in rings."""
    caller = {"did": plain("${CALLMARK_DID}"), "caller": plain("${CONNECTEDLINE(num)}")}
    return report(account, "inbound", **_PHONE, **caller, **_STARTED)


def phone_is_done(account: AccountDialplan) -> str:
    """The same at its end, when it was answered there."""
    ended = {"status": "ANSWER", "answered": ANSWERED_AT, "ended": NOW}
    return report(account, "inbound", **_PHONE, **ended, **_WHERE)


def phone_rang_in_vain(account: AccountDialplan) -> str:
    """The same when it was not answered there."""
    busy = f'${{IF($["${{HANGUPCAUSE}}" = "{_CAUSE_BUSY}"]?BUSY:NOANSWER)}}'
    ended = {"status": busy, "ended": NOW}
    return report(account, "inbound", **_PHONE, **ended, **_WHERE)
