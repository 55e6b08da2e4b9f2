"""While a call lasts and at its end: star code, the called side, and who reports the end.

A caller's hangup handler runs at a transfer, which is not the end of the conversation; one on the
outside channel knows that. The relay takes a report and lets the channel go at once.
"""

from collections.abc import Iterable

from callmark.switches.alone.account import AccountDialplan
from callmark.switches.asterisk.dialplan.agi import (
    ENDPOINT,
    LINKED,
    MILLISECONDS,
    NOW,
    SYSTEM,
    Agi,
)
from callmark.switches.asterisk.dialplan.asking import feature
from callmark.switches.asterisk.dialplan.inbound import (
    ANSWERED_AT,
    phone_is_done,
    phone_rang_in_vain,
    phone_rings,
)
from callmark.switches.asterisk.dialplan.marks import ASKED, mark_lines
from callmark.switches.asterisk.dialplan.reporting import report, report_lines
from callmark.switches.asterisk.port import ANSWER_VARIABLE, RESULT_VARIABLE

CAUSE_ANSWERED_ELSEWHERE = 26

_CALLER_END = {
    "call": "${UNIQUEID}",
    "leg": "${CALLMARK_LEG}",
    "by": "caller",
    "status": "${DIALSTATUS}",
    # Asterisk counts them from the answer of the channel, which a transfer or a prompt came before.
    "seconds": '${IF($["${CALLMARK_UP}" = "1"]?:${ANSWEREDTIME})}',
    # A channel that was up before Dial knows nothing of this leg's answer.
    "answered": '${IF($["${CALLMARK_UP}" = "1"]?:${CDR(answer,u)})}',
    "linked": LINKED,
    "system": SYSTEM,
    "ended": NOW,
}
_TELLS = "${IMPORT(${CALLMARK_OUT_CALL},SET(CALLMARK_OUT_TELLS=${CALLMARK_OUT_LEG}))}"
"""Says so on the channel that asked, by its id: a name may have what a phone put into it."""

_CALLED_END = {
    "call": "${CALLMARK_OUT_CALL}",
    "leg": "${CALLMARK_OUT_LEG}",
    "by": "callee",
    "status": "ANSWER",
    "seconds": f"$[FLOOR(({MILLISECONDS} - ${{CALLMARK_ANSWERED}}) / 1000)]",
    "answered": ANSWERED_AT,
    "linked": LINKED,
    "system": SYSTEM,
    "ended": NOW,
}


def during_lines(account: AccountDialplan, agi: Agi) -> Iterable[str]:
    """The contexts of star code, called phones, outside channels and ends."""
    yield from _star_code(account, agi)
    yield from _called(account)
    yield from _ends(account)
    yield from report_lines(account, agi)


def _star_code(account: AccountDialplan, agi: Agi) -> Iterable[str]:
    name, slug = account.context, account.slug
    tag = {"call": "${CALLMARK_CALL}", "leg": "${CALLMARK_CALL_LEG}", "linked": LINKED}
    return (
        f"[{name}.tag]",
        "; The star code during a call, on the channel of the phone that dialed it.",
        "exten => s,1,Set(LOCAL(AGIEXITONHANGUP)=yes)",
        f" same => n,{agi.by_relay('tag', slug, **tag, endpoint=ENDPOINT)}",
        " same => n,Return()",
        "",
    )


def _called(account: AccountDialplan) -> Iterable[str]:
    name = account.context
    return (
        f"[{name}.called]",
        "; For the phone that is called, by Dial's option b: its user may tag it as well.",
        f"exten => s,1,Set(DYNAMIC_FEATURES={feature(name)})",
        ' same => n,GotoIf($["${CALLMARK_CALL}" != ""]?known)',
        "; The call came from outside and past our context for that: phones that ring share it.",
        f" same => n,Set(CALLMARK_CALL={LINKED})",
        " same => n,Set(CALLMARK_CALL_LEG=1)",
        " same => n,Set(CALLMARK_INBOUND=1)",
        " same => n,Set(CALLMARK_ALONE=1)",
        f' same => n(known),ExecIf($["${{CALLMARK_INBOUND}}" = "1"]?{phone_rings(account)})',
        f" same => n,Goto({name}.trunk,s,1)",
        "",
        f"[{name}.trunk]",
        "; For the outside channel: it knows when the conversation ends.",
        "exten => s,1,MSet(CALLMARK_OUT_CALL=${CALLMARK_CALL},"
        "CALLMARK_OUT_LEG=${CALLMARK_CALL_LEG},CALLMARK_OUT_INBOUND=${CALLMARK_INBOUND},"
        f'CHANNEL(hangup_handler_push)="{name}.called-end,s,1")',
        " same => n,Return()",
        "",
        f"[{name}.answered]",
        "; By Dial's option U, on the same channel, where nobody ran the lines above before.",
        f'exten => s,1,ExecIf($["${{CALLMARK_OUT_CALL}}" = ""]?Gosub({name}.trunk,s,1))',
        f" same => n,MSet(CALLMARK_ANSWERED={MILLISECONDS},LOCAL(told)={_TELLS})",
        " same => n,Return()",
        "",
    )


def _ends(account: AccountDialplan) -> Iterable[str]:
    name = account.context
    return (
        f"[{name}.called-end]",
        "; Without U the channel's own CDR knows the answer, as long as it was never transferred.",
        'exten => s,1,GotoIf($["${CALLMARK_ANSWERED}" != "" & "${CALLMARK_OUT_INBOUND}" != "1"]'
        "?outside)",
        ' same => n,GotoIf($["${CALLMARK_ANSWERED}" != ""]?answered)',
        " same => n,Set(CALLMARK_ANSWERED=$[FLOOR(0${CDR(answer,u)} * 1000)])",
        " same => n,GotoIf($[${CALLMARK_ANSWERED} = 0]?never)",
        ' same => n(answered),GotoIf($["${CALLMARK_OUT_INBOUND}" = "1"]?inbound)',
        f" same => n(outside),{report(account, 'end', **_CALLED_END)}",
        " same => n,Return()",
        f" same => n(inbound),{phone_is_done(account)}",
        " same => n,Return()",
        "; Of a call past our context nobody else tells, but for another phone that took it.",
        ' same => n(never),ExecIf($["${CALLMARK_ALONE}" = "1" & "${HANGUPCAUSE}" != '
        f'"{CAUSE_ANSWERED_ELSEWHERE}"]?{phone_rang_in_vain(account)})',
        " same => n,Return()",
        "",
        f"[{name}.end]",
        "; Hangup handler of who called. Calls decided here, without the gate, are not reported,",
        "; nor those that were answered: the outside channel tells when they end. Who hung up at",
        "; the question leaves a mark: perhaps no gate has written that down.",
        'exten => s,1,GotoIf($["${CALLMARK_TOLD}" != "${CALLMARK_LEG}" | '
        '"${CALLMARK_OUT_TELLS}" = "${CALLMARK_LEG}"]?untold)',
        f' same => n,GotoIf($["${{{RESULT_VARIABLE}}}${{{ANSWER_VARIABLE}}}" != ""]?known)',
        *mark_lines(account, ASKED),
        f" same => n(known),{report(account, 'end', **_CALLER_END)}",
        " same => n(untold),Return()",
        "",
    )
