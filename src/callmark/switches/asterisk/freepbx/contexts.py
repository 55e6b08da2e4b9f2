"""Callmark's part of a FreePBX's dialplan: hooks in the customer's own contexts, and what they do.

FreePBX generates everything else. Names of contexts and variables are FreePBX's: read in its
sources (core 16.0 and 17.0), tried on the dialplan that version 17 generates. A hook goes on as if
nothing were there when the account's own context is missing.
"""

from collections.abc import Iterable

from callmark.policy.values import value_class
from callmark.switches.alone.account import AccountDialplan
from callmark.switches.asterisk.dialplan.agi import ENTITY, NOW, SYSTEM, encoded, plain
from callmark.switches.asterisk.dialplan.reporting import report

OUTSIDE, INSIDE = "callmark-freepbx.outside", "callmark-freepbx.inside"
RINGS, RANG = "callmark-freepbx.rings", "callmark-freepbx.rang"
TRUNK, CONNECTED = "callmark-freepbx.trunk", "callmark-freepbx.connected"
GO = "callmark-freepbx.go"
TRUNK_HOOK = "macro-dialout-trunk-predial-hook"
RINGING_HOOKS = (
    "macro-dialout-one-predial-hook",
    "macro-dial-ringall-predial-hook",
    "macro-dial-hunt-predial-hook",
)
HOOKS = (*RINGING_HOOKS, TRUNK_HOOK)
"""Contexts with one extension ``s``, which FreePBX leaves to its customers."""

PHONES_SEND = "_[+0-9]!"
"""What the hook for outside calls takes; routes that begin otherwise (``*67``) are copied there."""

_DIALED = "${STACK_PEEK(1,e)}"
"""Where a subroutine returns to: the extension of the hook, which is what was dialed."""
_CLEAN = "^(%2B|%23|[0-9A-Za-z*._-])+$"
"""A dialed string, encoded, that means nothing to a function's arguments."""

_LOCAL = '"${CHANNEL(channeltype)}" = "Local"'
_TRANSFERRED = '"${BLINDTRANSFER}${ATTENDEDTRANSFER}${FORWARDERNAME}" != ""'


@value_class
class FreePbx:
    """What the dialplan must know of an installation, see :mod:`.reading`."""

    macros: bool = False
    """Versions 15 and 16 run their subroutines as Macro, 17 as Gosub."""
    odd_routes: tuple[str, ...] = ()
    """Patterns of outbound routes that take more than :data:`PHONES_SEND` does."""
    hooks_taken: frozenset[str] = frozenset()
    """Hooks that the customer has filled already: ours would not be reached."""
    own_numbers: tuple[str, ...] = ()
    """Ring groups, queues, conferences, parking, feature codes."""


def hook_lines(account: AccountDialplan, system: FreePbx, *, inside: bool) -> Iterable[str]:
    """The hooks, in contexts of FreePBX's names. ``inside``: calls between extensions ask, too."""
    yield "[outbound-allroutes-custom]"
    yield "; Priority 1 alone: the route goes on at its own priority 2, with what was dialed."
    for pattern in (PHONES_SEND, *system.odd_routes):
        yield f"exten => {pattern},1,Gosub({OUTSIDE},s,1)"
    if inside:
        yield ""
        yield "[from-internal-custom]"
        yield f"exten => _X!,1,{_if_there(account, INSIDE)}"
        yield " same => n,Goto(from-internal-additional,${EXTEN},1)"
    back = "MacroExit()" if system.macros else "Return()"
    for hook in HOOKS:
        if hook not in system.hooks_taken:
            yield ""
            yield f"[{hook}]"
            yield f"exten => s,1,{hook_line(account, hook)}"
            yield f" same => n,{back}"


def hook_line(account: AccountDialplan, hook: str) -> str:
    """The application a hook runs; for a customer's own hook, to be put there by hand."""
    return _if_there(account, TRUNK if hook == TRUNK_HOOK else RINGS)


def _if_there(account: AccountDialplan, context: str) -> str:
    return f"GosubIf(${{DIALPLAN_EXISTS({account.context},s,1)}}?{context},s,1)"


def context_lines(account: AccountDialplan, system: FreePbx, *, inside: bool) -> Iterable[str]:
    """What the hooks run."""
    yield from _outside_lines(account, system)
    if inside:
        yield from _inside_lines(account)
    yield from _go_lines(account)
    yield from _inbound_lines(account)
    yield from _trunk_lines(account)


def _outside_lines(account: AccountDialplan, system: FreePbx) -> Iterable[str]:
    caller_id = "Gosub(macro-user-callerid,s,1(LIMIT,EXTERNAL,))"
    if system.macros:
        caller_id = "Macro(user-callerid,LIMIT,EXTERNAL,)"
    yield f"[{OUTSIDE}]"
    yield from _who_and_what()
    yield f' same => n,GotoIf(${{REGEX("{_CLEAN}" ${{dialed}})}}?:caller)'
    yield f" same => n,GotoIf({_exists('outbound-allroutes', _DIALED)}?caller)"
    yield "; No route takes it, but something else in FreePBX does."
    yield f" same => n,GotoIf({_exists('from-internal-additional', _DIALED)}?none)"
    yield "; What priority 1 of every route does, in whose place this is: the caller's outside ID."
    known = "${DIALPLAN_EXISTS(macro-user-callerid,s,1)}"
    yield f" same => n(caller),ExecIf({known}?{caller_id})"
    yield f" same => n,GotoIf(${{DIALPLAN_EXISTS({account.context},s,1)}}?:none)"
    yield "; A call from outside that is forwarded rings no phone: it is told here."
    told = '"${FROM_DID}" = "" | "${CALLMARK_INBOUND}${CALLMARK_LEG}" != ""'
    yield f" same => n,GotoIf($[{told}]?ask)"
    yield f" same => n,Gosub({account.context}.inbound,s,1(${{FROM_DID}}))"
    yield " same => n(ask),NoOp()"
    yield from _question(account)
    yield " same => n(none),Return()"
    yield ""


def _inside_lines(account: AccountDialplan) -> Iterable[str]:
    """People who call are asked. Members of groups and callers from outside are not."""
    yield f"[{INSIDE}]"
    yield from _who_and_what()
    yield f' same => n,GotoIf(${{REGEX("{_CLEAN}" ${{dialed}})}}?:who)'
    yield f" same => n,GotoIf({_exists('from-internal-additional', _DIALED)}?:none)"
    yield f" same => n(who),GotoIf($[{_TRANSFERRED}]?ask)"
    yield f" same => n,GotoIf($[{_LOCAL}]?none)"
    yield ' same => n,GotoIf($["${FROM_DID}" != "" & "${payer}" = ""]?none)'
    yield " same => n(ask),NoOp()"
    yield from _question(account)
    yield " same => n(none),Return()"
    yield ""


def _who_and_what() -> Iterable[str]:
    """Where the hook is, what was dialed (encoded), and who pays if it is somebody's forward.

    An extension that was called is in EXTTOCALL from then on: what is dialed next on that channel,
    or on one that was made for it, is that extension's forward. Follow-me and ring groups have the
    outside number itself there, and their own in NODEST.
    """
    forward = "${CUT(EXTTOCALL,#,1)}"
    news = '"${FORWARDERNAME}" != "${CALLMARK_SEEN_FORWARDERNAME}"'
    yield "exten => s,1,Set(LOCAL(from)=${STACK_PEEK(1,c)})"
    yield f" same => n,Set(LOCAL(dialed)={encoded(_DIALED)})"
    yield f" same => n,Set(LOCAL(payer)=${{IF($[{_LOCAL}]?${{NODEST}})}})"
    yield (
        f' same => n,ExecIf($["{forward}" != "" & "{encoded(forward)}" != "${{dialed}}"]'
        f"?Set(LOCAL(payer)={forward}))"
    )
    yield "; A phone that answered with 302 is named by its own channel."
    yield f" same => n,ExecIf($[{news}]?Set(LOCAL(payer)=))"


def _question(account: AccountDialplan) -> Iterable[str]:
    yield " same => n,Set(CALLMARK_PAYER=${payer})"
    yield f" same => n,Gosub({account.context},s,1({_DIALED}))"
    yield " same => n,Set(CALLMARK_PAYER=)"
    yield f" same => n,Goto({GO},s,1)"


def _go_lines(account: AccountDialplan) -> Iterable[str]:
    """Back to the hook, or to the clean number where something else was dialed: the same leg.

    FreePBX's routes take the outside-line prefix off themselves. Of an emergency call only the
    number is known: the spelling for which there is a route is dialed.
    """
    line = account.outside_prefix
    yield f"[{GO}]"
    yield "exten => s,1,Set(LOCAL(to)=${CALLMARK_DIALED})"
    yield ' same => n,GotoIf($["${to}" != ""]?there)'
    yield " same => n,Set(LOCAL(to)=${CALLMARK_NUMBER})"
    if line:
        by_line, bare = f"{line}${{CALLMARK_NUMBER}}", "${CALLMARK_NUMBER}"
        yield ' same => n,GotoIf($["${dialed}" = "${to}"]?there)'
        # Where the number begins as the prefix does, a route for the prefix would cut it short.
        through = f'"${{dialed}}" = "{by_line}" | "${{CALLMARK_NUMBER:0:{len(line)}}}" = "{line}"'
        yield f" same => n,GotoIf($[{through}]?line)"
        yield f" same => n,GotoIf({_exists('outbound-allroutes', bare)}?there)"
        yield (
            f" same => n(line),ExecIf({_exists('outbound-allroutes', by_line)}"
            f"?Set(LOCAL(to)={by_line}))"
        )
    yield f' same => n(there),GotoIf($["{encoded("${to}")}" = "${{dialed}}"]?same)'
    yield f" same => n,Set(CALLMARK_ASKED={encoded('${to}')})"
    yield " same => n,Set(CALLMARK_GO=${from},${to},1)"
    yield " same => n(else),StackPop()"
    yield " same => n,Goto(${CALLMARK_GO})"
    yield f" same => n(same),GotoIf({_exists('${from}', '${to}')}?on)"
    yield " same => n,GotoIf(${DIALPLAN_EXISTS(bad-number,${to},1)}?:on)"
    yield " same => n,Set(CALLMARK_GO=bad-number,${to},1)"
    yield " same => n,Goto(else)"
    yield " same => n(on),Return()"
    yield ""


def _inbound_lines(account: AccountDialplan) -> Iterable[str]:
    """A call from outside rings a phone; at its end, which phone took it."""
    told = {
        "call": "${CALLMARK_CALL}",
        "linked": "${CALLMARK_CALL}",
        "did": plain("${FROM_DID}"),
        "caller": plain("${CALLERID(num)}"),
        "phone": encoded("${DIALEDPEERNAME}"),
        "status": "ANSWER",
        "answered": "${answered}",
        "started": NOW,
        "system": SYSTEM,
        "entity": ENTITY,
    }
    return (
        f"[{RINGS}]",
        'exten => s,1,GotoIf($["${FROM_DID}" = ""]?none)',
        f" same => n,Gosub({account.context}.inbound,s,1(${{FROM_DID}}))",
        ' same => n,GotoIf($["${CALLMARK_RANG}" = "${UNIQUEID}"]?none)',
        " same => n,Set(CALLMARK_RANG=${UNIQUEID})",
        f" same => n,Set(CHANNEL(hangup_handler_push)={RANG},s,1)",
        " same => n(none),Return()",
        "",
        f"[{RANG}]",
        'exten => s,1,GotoIf($["${DIALEDPEERNAME}" = "" | "${CALLMARK_INBOUND}" != "1"]?none)',
        " same => n,Set(LOCAL(answered)=$[FLOOR(0${CDR(answer,u)})])",
        " same => n,ExecIf($[${answered} = 0]?Set(LOCAL(answered)=${EPOCH}))",
        f" same => n,{report(account, 'inbound', **told)}",
        " same => n(none),Return()",
        "",
    )


def _trunk_lines(account: AccountDialplan) -> Iterable[str]:
    """The outside channel knows when the talk ends, by an option that FreePBX leaves free."""
    return (
        f"[{TRUNK}]",
        'exten => s,1,GotoIf($["${CALLMARK_CALL}" = "" | "${CALLMARK_INBOUND}" = "1"]?none)',
        " same => n,GotoIf($[${FIELDQTY(DIAL_TRUNK_OPTIONS,U)} > 1]?none)",
        f" same => n,Set(DIAL_TRUNK_OPTIONS=${{DIAL_TRUNK_OPTIONS}}U({CONNECTED}^s^1))",
        " same => n(none),Return()",
        "",
        f"[{CONNECTED}]",
        f"exten => s,1,Goto({account.context}.answered,s,1)",
        "",
    )


def _exists(context: str, number: str) -> str:
    """Whether something there takes the number: our own hooks have priority 1 alone."""
    return f"${{DIALPLAN_EXISTS({context},{number},2)}}"
