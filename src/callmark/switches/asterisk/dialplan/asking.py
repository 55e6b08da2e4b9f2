"""The question: one leg of a call, asked once, answered by channel variables.

The gate answers with ``CALLMARK_ANSWER``, see
:class:`~callmark.switches.asterisk.port.AsteriskPort`; of its parts are made ``CALLMARK_RESULT``,
``CALLMARK_NUMBER`` (the clean number, the only one to be dialed) and ``CALLMARK_DIALED`` (the same
with the outside-line prefix that it came with), and ``CALLMARK_SPLASH`` = 1 where a code was
accepted (2: and another call's channel lets digits pass again).
"""

import math
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
from callmark.switches.asterisk.dialplan.full import full_until, keep_full
from callmark.switches.asterisk.dialplan.marks import dial_options
from callmark.switches.asterisk.late_digits import ALL_PASSED, DIGITS_SECONDS, MOST_SECONDS
from callmark.switches.asterisk.port import (
    ANSWER_VARIABLE,
    CONNECT,
    DIALED_VARIABLE,
    END,
    NUMBER_VARIABLE,
    RESULT_VARIABLE,
    SPLASH_VARIABLE,
)
from callmark.switches.asterisk.requests import DIALPLAN

ANSWER_SECONDS = 8
"""How long a call waits for the gate's first sign of life; after that the gate renews the limit."""

SPLASH_TONES = "!880+1320/180"
SPLASH_AT_MOST_MS = 400
"""Later than this the far end may have answered: a tone would be heard as part of the talk."""

_TRANSFERS = {
    "blind": "BLINDTRANSFER",
    "attended": "ATTENDEDTRANSFER",
    "forwarder": "FORWARDERNAME",
}


def leg_lines(account: AccountDialplan, agi: Agi) -> Iterable[str]:
    """The context that the operator calls.

    Each priority costs the switch some fifty microseconds, so what nothing in between needs is set
    at once, and what most calls do not need is asked for in one question.
    """
    name = account.context
    second = f"${{IF($[0${{ARGC}} > 1]?%2C{encoded('${ARG2}')})}}"
    empty = (f"LOCAL({one})=" for one in ("core", "clean", "formed", *_TRANSFERS))
    yield f"[{name}]"
    yield "; A comma in what was dialed ends the first argument: it must not make the rest vanish."
    yield "; The number is last: a parenthesis is not encoded, and would hide the next comma."
    dialed = f"LOCAL(number)={encoded('${ARG1}')}{second}"
    yield f"exten => s,1,{_set(*empty, dialed)}"
    yield from without_code_lines(account)
    yield f" same => n,Goto({name}.emergency,d${{number}},1)"
    yield from form_lines(account)
    yield from _which_leg_lines(account)
    yield from _question_lines(account, agi)
    yield from _answer_lines(account)


def _which_leg_lines(account: AccountDialplan) -> Iterable[str]:
    """Most are a channel's first, and nobody has transferred it; of others more must be known."""
    name = account.context
    others = not_first()
    full = f"${{{full_until(account)}}}"
    yield (f'exten => gate,1,GotoIf($[${{LEN({others}{full})}} = 0 & "${{number}}" != ""]?usual)')
    yield f' same => n,GotoIf($["{full}" != ""]?{name}.full,s,1)'
    yield from _same_leg_lines()
    yield from _new_leg_lines(name)
    yield f" same => n(usual),{_set(_CLEAN, *_first(name), *_begun('1'), *_BOUNDS)}"


def _same_leg_lines() -> Iterable[str]:
    """A trunk fail-over asks for the same number again, and nobody talked in between."""
    yield f" same => n(legs),Set({_CLEAN})"
    yield f" same => n,GotoIf($[${{LEN({_values()})}} = 0]?same)"
    for name, variable in _TRANSFERS.items():
        value, seen = f"${{{variable}}}", f"${{CALLMARK_SEEN_{variable}}}"
        news = f'${{IF($["{value}" != "{seen}"]?{encoded(value)})}}'
        yield f" same => n,Set(LOCAL({name})={news})"
    yield (
        ' same => n(same),GotoIf($["${number}" = "" | "${number}" != "${CALLMARK_ASKED}" | '
        '"${blind}${attended}${forwarder}" != "" | "${DIALSTATUS}" = "ANSWER"]?leg)'
    )
    yield " same => n,Return()"


def _new_leg_lines(name: str) -> Iterable[str]:
    yield ' same => n(leg),GotoIf($["${number}" = ""]?down)'
    yield ' same => n,GotoIf($["${CALLMARK_LEG}" = ""]?first)'
    yield f" same => n,Gosub({name}.end,s,1)"
    yield " same => n,Goto(count)"
    yield f" same => n(first),{_set(*_first(name))}"
    yield "; Transferred, and neither called nor a caller: it came in past our context for that."
    yield (
        ' same => n,ExecIf($["${blind}" != "" & "${CHANNEL(channeltype)}" != "Local" & '
        f'"${{CALLMARK_OUT_CALL}}${{CALLMARK_CAME_IN}}" = ""]?Gosub({name}.came-in,s,1))'
    )
    before = (f"CALLMARK_{one}=" for one in _FORGOTTEN)
    yield f" same => n(count),{_set(*before, *_begun('$[0${CALLMARK_LEG} + 1]'), *_BOUNDS)}"
    yield f" same => n,GotoIf($[${{LEN({_values()}{_values('CALLMARK_SEEN_')})}} = 0]?ask)"
    for variable in _TRANSFERS.values():
        # Inherited, so that a channel made for this one knows whose old news it got.
        yield f" same => n,Set(__CALLMARK_SEEN_{variable}=${{{variable}}})"
    yield " same => n,Goto(ask)"


def not_first() -> str:
    """What has no value on a channel that asks for the first time, as nobody's transfer."""
    return f"{_values()}{_values('CALLMARK_SEEN_')}${{CALLMARK_LEG}}"


def _values(before: str = "") -> str:
    """What the transfers' variables hold, one after another."""
    return "".join(f"${{{before}{variable}}}" for variable in _TRANSFERS.values())


_CLEAN = 'LOCAL(clean)=${IF($["${core}${formed}" = ""]?${FILTER(0-9,${number})}:${clean})}'
"""Digits alone are a number as they are; of anything else ``form`` has said what it is.

Filtered, although it is not taken then: a parenthesis in it would hide what follows.
"""

_FORGOTTEN = (
    *("ASKED", "NUMBER", "DIALED", "DIAL_OPTIONS", "SPLASH"),
    *("RELAY", "UP", "OUT_TELLS", "OWN_SUB", "OWN_SUB_ARGS"),
)
"""Of the leg before."""

_BOUNDS = (
    "LOCAL(AGIEXITONHANGUP)=yes",
    "LOCAL(limit)=${TIMEOUT(absolute)}",
    f"TIMEOUT(absolute)={ANSWER_SECONDS}",
)


def _first(name: str) -> tuple[str, ...]:
    """Set on a channel that asks for the first time."""
    return (
        f"DYNAMIC_FEATURES={feature(name)}",
        f'CHANNEL(hangup_handler_push)="{name}.end,s,1"',
    )


def _begun(leg: str) -> tuple[str, ...]:
    return (
        f"CALLMARK_LEG={leg}",
        f"CALLMARK_TOLD={leg}",
        "__CALLMARK_CALL=${UNIQUEID}",
        f"__CALLMARK_CALL_LEG={leg}",
        "__CALLMARK_INBOUND=",
        f"{RESULT_VARIABLE}=",
        f"{ANSWER_VARIABLE}=",
        "DIALSTATUS=",
        "ANSWEREDTIME=",
    )


def _question_lines(account: AccountDialplan, agi: Agi) -> Iterable[str]:
    usual = "yes" if account.answer_first else "no"
    question = {
        "dialplan": DIALPLAN,
        "linked": LINKED,
        "leg": "${CALLMARK_LEG}",
        "endpoint": ENDPOINT,
        "payer": encoded("${CALLMARK_PAYER}"),
        **{name: f"${{{name}}}" for name in _TRANSFERS},
        "system": SYSTEM,
        "entity": ENTITY,
        "answer": f"${{IF($[${{ISNULL(${{CALLMARK_ANSWER_FIRST}})}}]?{usual}:"
        f"{encoded('${CALLMARK_ANSWER_FIRST}')})}}",
        "number": "${number}",
    }
    yield f" same => n(ask),{agi.by_relay('gate', account.slug, **question)}"
    yield f' same => n,GotoIf(${{REGEX("^{CONNECT}:[12]?:[^:]" ${{{ANSWER_VARIABLE}}})}}?connect)'
    yield (
        f' same => n,GotoIf($["${{CALLMARK_RELAY}}${{{RESULT_VARIABLE}}}${{{ANSWER_VARIABLE}}}"'
        ' != ""]?answered)'
    )
    yield "; No relay: the limit above is all that bounds this one."
    yield f" same => n,{agi.directly('gate', account.slug, **question)}"


def _answer_lines(account: AccountDialplan) -> Iterable[str]:
    """The answer is one value; a gate of before sets a variable for each part of it."""
    name = account.context
    known = (
        f"TIMEOUT(absolute)={_LIMIT}",
        'CALLMARK_UP=${IF($["${CHANNEL(state)}" = "Up"]?1)}',
        f"CALLMARK_DIAL_OPTIONS={dial_options(account)}",
        f"CALLMARK_SPLASH_AT={MILLISECONDS}",
    )
    told = (
        f"{RESULT_VARIABLE}={_part(1)}",
        f"{SPLASH_VARIABLE}={_part(2)}",
        f"{NUMBER_VARIABLE}={_part(3)}",
        f"{DIALED_VARIABLE}={_part(4)}{_part(3)}",
        f"LOCAL(field)={_part(5)}",
    )
    asked = "CALLMARK_ASKED=${number}"  # Last, as above.
    yield f' same => n(answered),GotoIf($["${{{ANSWER_VARIABLE}}}" = ""]?parts)'
    yield f" same => n(connect),{_set(*known, *told, asked)}"
    yield (
        f" same => n,GotoIf($[${{LEN(${{field}}${{{SPLASH_VARIABLE}}})}} = 0 & "
        f'"${{{RESULT_VARIABLE}}}" = "{CONNECT}" & "${{{NUMBER_VARIABLE}}}" != ""]?go)'
    )
    yield f' same => n(result),GotoIf($["${{{RESULT_VARIABLE}}}" = "{CONNECT}"]?connected)'
    yield f' same => n,GotoIf($["${{{RESULT_VARIABLE}}}" = "{END}"]?end)'
    yield f" same => n(down),{keep_full(account, '${field}')}"
    yield " same => n,MSet(CALLMARK_TOLD=,CALLMARK_ASKED=)"
    yield f" same => n,Goto({account.context}.down,s,1)"
    yield f" same => n(end),Hangup({CAUSE_REJECTED})"
    yield f" same => n(parts),{_set(*known, 'LOCAL(field)=', asked)}"
    yield f' same => n,ExecIf($["${{{NUMBER_VARIABLE}}}" = ""]?Set({NUMBER_VARIABLE}=${{clean}}))'
    yield (
        f' same => n,ExecIf($["${{{DIALED_VARIABLE}}}" = ""]'
        f"?Set({DIALED_VARIABLE}=${{{NUMBER_VARIABLE}}}))"
    )
    yield " same => n,Goto(result)"
    yield f' same => n(connected),GotoIf($["${{{NUMBER_VARIABLE}}}" = ""]?down)'
    yield f' same => n,ExecIf($["${{field}}" != ""]?Set(${{field}}={_CODE_NAME}))'
    yield f' same => n,GotoIf($["${{{SPLASH_VARIABLE}}}" = ""]?go)'
    yield from _accepted_lines(name)
    yield " same => n(go),Return()"
    yield "; The gate said nothing in time: it hangs, or the network is cut."
    yield f"exten => T,1,MSet(TIMEOUT(absolute)={_LIMIT},CALLMARK_TOLD=)"
    yield f" same => n,Goto({name}.down,s,1)"


def _part(place: int) -> str:
    return f"${{CUT({ANSWER_VARIABLE},:,{place})}}"


_CODE_NAME = f"${{URIDECODE({_part(6)})}}"
_LIMIT = "${IF($[0${limit} > 0]?${limit}:0)}"


def _set(*settings: str) -> str:
    """The application that sets several variables. No value may have a comma, once evaluated."""
    assert len(settings) <= _MOST_AT_ONCE
    return f"MSet({','.join(settings)})"


_MOST_AT_ONCE = 24
"""Asterisk's own limit; what is beyond is the value of the last."""


def _accepted_lines(name: str) -> Iterable[str]:
    """After an accepted code: a tone that outlives the start of Dial, and late digits kept back.

    Dial silences the caller's channel when it starts, and then runs CONNECTED_LINE_SEND_SUB there.
    Digits are dropped as they come in from the caller. What ends that is started before, so that
    it can never stay, or is there already for another call (and the gate has made them drop); on
    the called party's channel the same function has crashed Asterisk.
    """
    made = f"ab({name}.unrecorded^s^1)v(CALLMARK_CALLER=${{CHANNEL}})"
    yield " same => n,GotoIf($[${LEN(${CONNECTED_LINE_SEND_SUB})} = 0]?ours)"
    yield " same => n,Set(CALLMARK_OWN_SUB=${CONNECTED_LINE_SEND_SUB})"
    yield " same => n,Set(CALLMARK_OWN_SUB_ARGS=${CONNECTED_LINE_SEND_SUB_ARGS})"
    yield " same => n,Set(CONNECTED_LINE_SEND_SUB_ARGS=)"
    yield f" same => n(ours),Set(CONNECTED_LINE_SEND_SUB={name}.splash,s,1)"
    yield f' same => n,GotoIf($["${{{SPLASH_VARIABLE}}}" != "1"]?go)'
    yield f" same => n,Originate(Local/s@{name}.digits,app,Wait,0,,{DIGITS_SECONDS + 2},{made})"
    yield (
        ' same => n,ExecIf($["${ORIGINATE_STATUS}" = "SUCCESS"]'
        "?Set(FRAME_DROP(RX)=DTMF_BEGIN,DTMF_END))"
    )


def accepted_lines(account: AccountDialplan, agi: Agi) -> Iterable[str]:
    """The contexts of the tone, and of what lets digits pass again."""
    return (*_tone_lines(account.context), *_helper_lines(account, agi))


def _tone_lines(name: str) -> tuple[str, ...]:
    return (
        f"[{name}.splash]",
        "exten => s,1,Set(CONNECTED_LINE_SEND_SUB=${CALLMARK_OWN_SUB})",
        f" same => n,ExecIf($[{MILLISECONDS} - 0${{CALLMARK_SPLASH_AT}} < {SPLASH_AT_MOST_MS}]"
        f"?PlayTones({SPLASH_TONES}))",
        ' same => n,GotoIf($["${CALLMARK_OWN_SUB}" = ""]?over)',
        " same => n,Set(CONNECTED_LINE_SEND_SUB_ARGS=${CALLMARK_OWN_SUB_ARGS})",
        " same => n,Gosub(${CALLMARK_OWN_SUB}(${CALLMARK_OWN_SUB_ARGS}))",
        " same => n(over),Return()",
        "",
    )


def _helper_lines(account: AccountDialplan, agi: Agi) -> tuple[str, ...]:
    name = account.context
    helps = agi.directly(
        "digits",
        account.slug,
        dialplan=DIALPLAN,
        system=SYSTEM,
        entity=ENTITY,
        channel=encoded("${CALLMARK_CALLER}"),
    )
    return (
        f"[{name}.digits]",
        "; Stays with the gate as long as any call waits for digits to pass again.",
        "exten => s,1,Set(CDR_PROP(disable)=1)",
        f" same => n,Set(CHANNEL(hangup_handler_push)={name}.digits-left,s,1)",
        f" same => n,Set(TIMEOUT(absolute)={_HELPERS_SECONDS})",
        f" same => n,{helps}",
        f' same => n,GotoIf($["${{{ALL_PASSED}}}" = "1"]?over)',
        f" same => n,Wait({DIGITS_SECONDS})",
        f" same => n,{_pass_again('${CALLMARK_CALLER}')}",
        " same => n(over),Hangup()",
        "",
        f"[{name}.digits-left]",
        "; The gate has gone, and cannot say whose digits were to pass.",
        f'exten => s,1,GotoIf($["${{{ALL_PASSED}}}" = "1"]?over)',
        " same => n,MSet(LOCAL(ends)=0123456789abcdef,LOCAL(at)=0)",
        "; Some at a time: a list of channels can be longer than a value.",
        " same => n(some),Set(LOCAL(channels)=${CHANNELS(${ends:${at}:1}$)})",
        r" same => n(one),Set(LOCAL(channel)=${CUT(channels,\x20,1)})",
        ' same => n,GotoIf($["${channel}" = ""]?next)',
        f' same => n,ExecIf($["${{IMPORT(${{channel}},{SPLASH_VARIABLE})}}" = "2"]'
        f"?{_pass_again('${channel}')})",
        r" same => n,Set(LOCAL(channels)=${CUT(channels,\x20,2-)})",
        " same => n,Goto(one)",
        " same => n(next),Set(LOCAL(at)=$[${at} + 1])",
        " same => n,GotoIf($[${at} < 16]?some)",
        " same => n(over),Return()",
        "",
        f"[{name}.unrecorded]",
        "exten => s,1,Set(CDR_PROP(disable)=1)",
        " same => n,Return()",
        "",
    )


def _pass_again(channel: str) -> str:
    """The application that lets digits pass again on another channel."""
    return f"Set(CALLMARK_PASSED=${{IMPORT({channel},SET(FRAME_DROP(RX)=))}})"


_HELPERS_SECONDS = math.ceil(MOST_SECONDS) + 10


def feature(name: str) -> str:
    """The value of DYNAMIC_FEATURES: the account's star code, beside what the channel has already.

    To be set without underscores, so that it is not inherited: the other party must not have it.
    """
    return f"{name}${{IF($[${{ISNULL(${{DYNAMIC_FEATURES}})}}]?:#${{DYNAMIC_FEATURES}})}}"
