"""The question: one leg of a call, asked once, answered by channel variables.

The gate answers with ``CALLMARK_RESULT``, ``CALLMARK_NUMBER`` (the clean number, the only one to be
dialed) and ``CALLMARK_DIALED`` (the same with the outside-line prefix that it came with), and with
``CALLMARK_SPLASH`` = 1 where a code was accepted.
"""

from collections.abc import Iterable

from callmark.switches.alone.account import AccountDialplan
from callmark.switches.asterisk.dialplan.agi import (
    ENDPOINT,
    ENTITY,
    LINKED,
    MILLISECONDS,
    SYSTEM,
    Agi,
    encoded,
)
from callmark.switches.asterisk.dialplan.emergency import form_lines, without_code_lines
from callmark.switches.asterisk.dialplan.fail_policy import CAUSE_REJECTED
from callmark.switches.asterisk.dialplan.marks import ASKED, dial_options, set_mark
from callmark.switches.asterisk.port import CONNECT, END, RESULT_VARIABLE

ANSWER_SECONDS = 8
"""How long a call waits for the gate's first sign of life; after that the gate renews the limit."""

DIGITS_SECONDS = 2
"""Digits typed this soon after an accepted code are the code's, not the called party's."""

SPLASH_TONES = "!880+1320/180"
SPLASH_AT_MOST_MS = 400
"""Later than this the far end may have answered: a tone would be heard as part of the talk."""

_TRANSFERS = {
    "blind": "BLINDTRANSFER",
    "attended": "ATTENDEDTRANSFER",
    "forwarder": "FORWARDERNAME",
}


def leg_lines(account: AccountDialplan, agi: Agi) -> Iterable[str]:
    """The context that the operator calls."""
    name = account.context
    second = f"${{IF($[0${{ARGC}} > 1]?%2C{encoded('${ARG2}')})}}"
    yield f"[{name}]"
    yield "; A comma in what was dialed ends the first argument: it must not make the rest vanish."
    yield f"exten => s,1,Set(LOCAL(number)={encoded('${ARG1}')}{second})"
    yield from without_code_lines(account)
    yield " same => n,Set(LOCAL(core)=)"
    yield " same => n,Set(LOCAL(clean)=)"
    yield f" same => n,Goto({name}.emergency,d${{number}},1)"
    yield from form_lines(account)
    yield from _same_leg_lines()
    yield from _new_leg_lines(account)
    yield from _question_lines(account, agi)
    yield from _answer_lines(account)


def _same_leg_lines() -> Iterable[str]:
    """A trunk fail-over asks for the same number again, and nobody talked in between."""
    yield "exten => gate,1,NoOp()"
    for name, variable in _TRANSFERS.items():
        value, seen = f"${{{variable}}}", f"${{CALLMARK_SEEN_{variable}}}"
        news = f'${{IF($["{value}" != "{seen}"]?{encoded(value)})}}'
        yield f" same => n,Set(LOCAL({name})={news})"
    yield (
        ' same => n,GotoIf($["${number}" = "" | "${number}" != "${CALLMARK_ASKED}" | '
        '"${blind}${attended}${forwarder}" != "" | "${DIALSTATUS}" = "ANSWER"]?leg)'
    )
    yield " same => n,Return()"


def _new_leg_lines(account: AccountDialplan) -> Iterable[str]:
    name = account.context
    yield ' same => n(leg),GotoIf($["${number}" = ""]?down)'
    yield ' same => n,GotoIf($["${CALLMARK_LEG}" = ""]?first)'
    yield f" same => n,Gosub({name}.end,s,1)"
    yield " same => n,Goto(count)"
    yield f" same => n(first),{set_feature(name)}"
    yield "; Transferred, and neither called nor a caller: it came in past our context for that."
    yield (
        ' same => n,ExecIf($["${blind}" != "" & "${CHANNEL(channeltype)}" != "Local" & '
        f'"${{CALLMARK_OUT_CALL}}${{CALLMARK_CAME_IN}}" = ""]?Gosub({name}.came-in,s,1))'
    )
    yield f" same => n,Set(CHANNEL(hangup_handler_push)={name}.end,s,1)"
    yield " same => n(count),Set(CALLMARK_LEG=$[0${CALLMARK_LEG} + 1])"
    yield " same => n,Set(__CALLMARK_CALL=${UNIQUEID})"
    yield " same => n,Set(__CALLMARK_CALL_LEG=${CALLMARK_LEG})"
    yield " same => n,Set(__CALLMARK_INBOUND=)"
    for variable in _TRANSFERS.values():
        # Inherited, so that a channel made for this one knows whose old news it got.
        yield f" same => n,Set(__CALLMARK_SEEN_{variable}=${{{variable}}})"
    for variable in ("ASKED", "NUMBER", "DIALED", "DIAL_OPTIONS", "SPLASH", "RELAY", "UP"):
        yield f" same => n,Set(CALLMARK_{variable}=)"
    yield " same => n,Set(DIALSTATUS=)"
    yield " same => n,Set(ANSWEREDTIME=)"


def _question_lines(account: AccountDialplan, agi: Agi) -> Iterable[str]:
    usual = "yes" if account.answer_first else "no"
    question = {
        "linked": LINKED,
        "leg": "${CALLMARK_LEG}",
        "endpoint": ENDPOINT,
        "payer": encoded("${CALLMARK_PAYER}"),
        **{name: f"${{{name}}}" for name in _TRANSFERS},
        "system": SYSTEM,
        "entity": ENTITY,
        "answer": f"${{IF($[${{ISNULL(${{CALLMARK_ANSWER_FIRST}})}}]?{usual}:"
        f"{encoded('${CALLMARK_ANSWER_FIRST}')})}}",
        # Last: a parenthesis is not encoded, and what follows an open one would be part of it.
        "number": "${number}",
    }
    yield f" same => n,Set({RESULT_VARIABLE}=)"
    yield " same => n,Set(CALLMARK_TOLD=${CALLMARK_LEG})"
    yield " same => n,Set(LOCAL(userfield)=${CDR(userfield)})"
    yield f" same => n,{set_mark(account, ASKED)}"
    yield " same => n,Set(LOCAL(AGIEXITONHANGUP)=yes)"
    yield " same => n,Set(LOCAL(limit)=${TIMEOUT(absolute)})"
    yield f" same => n,Set(TIMEOUT(absolute)={ANSWER_SECONDS})"
    yield f" same => n,{agi.by_relay('gate', account.slug, **question)}"
    yield f' same => n,GotoIf($["${{CALLMARK_RELAY}}${{{RESULT_VARIABLE}}}" != ""]?answered)'
    yield "; No relay: the limit above is all that bounds this one."
    yield f" same => n,{agi.directly('gate', account.slug, **question)}"
    yield f" same => n(answered),{_LIMIT_BACK}"
    yield " same => n,Set(CDR(userfield)=${userfield})"
    yield f' same => n,GotoIf($["${{{RESULT_VARIABLE}}}" = "{CONNECT}"]?connect)'
    yield f' same => n,GotoIf($["${{{RESULT_VARIABLE}}}" = "{END}"]?end)'
    yield " same => n(down),Set(CALLMARK_TOLD=)"
    yield f" same => n,Goto({account.context}.down,s,1)"
    yield f" same => n(end),Hangup({CAUSE_REJECTED})"


def _answer_lines(account: AccountDialplan) -> Iterable[str]:
    name = account.context
    yield ' same => n(connect),ExecIf($["${CALLMARK_NUMBER}" = ""]?Set(CALLMARK_NUMBER=${clean}))'
    yield ' same => n,GotoIf($["${CALLMARK_NUMBER}" = ""]?down)'
    yield (
        ' same => n,ExecIf($["${CALLMARK_DIALED}" = ""]?Set(CALLMARK_DIALED=${CALLMARK_NUMBER}))'
    )
    yield " same => n,Set(CALLMARK_ASKED=${number})"
    yield ' same => n,Set(CALLMARK_UP=${IF($["${CHANNEL(state)}" = "Up"]?1)})'
    yield f" same => n,Set(CALLMARK_DIAL_OPTIONS={dial_options(account)})"
    yield ' same => n,GotoIf($["${CALLMARK_SPLASH}" != "1"]?go)'
    yield f" same => n,Gosub({name}.accepted,s,1)"
    yield " same => n(go),Return()"
    yield "; The gate said nothing in time: it hangs, or the network is cut."
    yield f"exten => T,1,{_LIMIT_BACK}"
    yield " same => n,Set(CDR(userfield)=${userfield})"
    yield " same => n,Set(CALLMARK_TOLD=)"
    yield f" same => n,Goto({name}.down,s,1)"


_LIMIT_BACK = "Set(TIMEOUT(absolute)=${IF($[0${limit} > 0]?${limit}:0)})"


def accepted_lines(account: AccountDialplan) -> Iterable[str]:
    """After an accepted code: a tone that outlives the start of Dial, and late digits kept back.

    Dial silences the caller's channel when it starts, and then runs CONNECTED_LINE_SEND_SUB there.
    Digits are dropped as they come in from the caller. What ends that is started before, so that
    it can never stay; on the called party's channel the same function has crashed Asterisk.
    """
    name = account.context
    made = f"ab({name}.unrecorded^s^1)v(CALLMARK_CALLER=${{CHANNEL}})"
    return (
        f"[{name}.accepted]",
        "exten => s,1,Set(CALLMARK_OWN_SUB=${CONNECTED_LINE_SEND_SUB})",
        " same => n,Set(CALLMARK_OWN_SUB_ARGS=${CONNECTED_LINE_SEND_SUB_ARGS})",
        f" same => n,Set(CONNECTED_LINE_SEND_SUB={name}.splash,s,1)",
        " same => n,Set(CONNECTED_LINE_SEND_SUB_ARGS=)",
        f" same => n,Set(CALLMARK_SPLASH_AT={MILLISECONDS})",
        f" same => n,Originate(Local/s@{name}.digits,app,Wait,0,,{DIGITS_SECONDS + 2},{made})",
        ' same => n,ExecIf($["${ORIGINATE_STATUS}" = "SUCCESS"]'
        "?Set(FRAME_DROP(RX)=DTMF_BEGIN,DTMF_END))",
        " same => n,Return()",
        "",
        f"[{name}.splash]",
        "exten => s,1,Set(CONNECTED_LINE_SEND_SUB=${CALLMARK_OWN_SUB})",
        " same => n,Set(CONNECTED_LINE_SEND_SUB_ARGS=${CALLMARK_OWN_SUB_ARGS})",
        f" same => n,ExecIf($[{MILLISECONDS} - 0${{CALLMARK_SPLASH_AT}} < {SPLASH_AT_MOST_MS}]"
        f"?PlayTones({SPLASH_TONES}))",
        ' same => n,ExecIf($["${CALLMARK_OWN_SUB}" != ""]'
        "?Gosub(${CALLMARK_OWN_SUB}(${CALLMARK_OWN_SUB_ARGS})))",
        " same => n,Return()",
        "",
        f"[{name}.digits]",
        "exten => s,1,Set(CDR_PROP(disable)=1)",
        f" same => n,Wait({DIGITS_SECONDS})",
        " same => n,Set(LOCAL(passed)=${IMPORT(${CALLMARK_CALLER},SET(FRAME_DROP(RX)=))})",
        " same => n,Hangup()",
        "",
        f"[{name}.unrecorded]",
        "exten => s,1,Set(CDR_PROP(disable)=1)",
        " same => n,Return()",
        "",
    )


def set_feature(name: str) -> str:
    """Give this channel the account's star code, beside what it has already."""
    # Without underscores, so that it is not inherited: the other party must not have it.
    others = "${IF($[${ISNULL(${DYNAMIC_FEATURES})}]?:#${DYNAMIC_FEATURES})}"
    return f"Set(DYNAMIC_FEATURES={name}{others})"
