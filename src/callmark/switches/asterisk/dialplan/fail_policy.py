"""The fail policy: what the dialplan decides by itself while the gate does not."""

from collections.abc import Iterable
from itertools import product

from callmark.policy.prompts import Prompt
from callmark.switches.alone.abroad import prefixes_to
from callmark.switches.alone.account import AccountDialplan
from callmark.switches.alone.allow_list import allow_list
from callmark.switches.asterisk.dialplan.marks import (
    CONNECTED_WHILE_DOWN,
    REFUSED_WHILE_DOWN,
    dial_options,
    mark_lines,
)
from callmark.switches.asterisk.port import BUSY, RESULT_VARIABLE
from callmark.switches.asterisk.sounds import sounds_of, stand_ins

CAUSE_REJECTED = 21


def down_lines(account: AccountDialplan) -> Iterable[str]:
    """The context that judges ``clean``, a number or nothing, with a ``d`` in front."""
    yield f"[{account.context}.down]"
    yield "; The fail policy: what is not known to be harmless, or is not a number, is refused."
    yield 'exten => s,1,GotoIf($["${clean}" = ""]?refuse,1)'
    yield " same => n,Set(LOCAL(outside)=${clean})"
    yield " same => n,Goto(d${clean},1)"
    yield from _judging_lines(account) if account.allowed else ["exten => _d!,1,Goto(keep,1)"]
    yield from _outcome_lines(account)


def _judging_lines(account: AccountDialplan) -> Iterable[str]:
    yield from (f"exten => d{extension},1,Goto(keep,1)" for extension in account.extensions)
    prefix = account.outside_prefix
    for number in account.phone_numbers:
        abroad = product(prefixes_to(number, account.country), ("", prefix))
        ways = [("", "+"), *((line, start) for start, line in abroad)]
        for line, start in dict.fromkeys(ways):
            dialed = start + number[1:]
            yield f"exten => d{line}{dialed},1,Set(LOCAL(outside)={dialed})"
            yield " same => n,Goto(keep,1)"
    numbers = allow_list(account.plan(account.country))
    if numbers.prefix:
        behind = 1 + len(numbers.prefix)
        yield f"exten => _d{numbers.prefix}!,1,Set(LOCAL(outside)=${{EXTEN:{behind}}})"
        yield " same => n,Goto(judge,1)"
    yield "exten => _d!,1,Goto(judge,1)"
    yield "exten => judge,1,NoOp()"
    for expressions, target in ((numbers.refused, "refuse"), (numbers.allowed, "keep")):
        for expression in expressions:
            yield f' same => n,GotoIf(${{REGEX("^({expression})$" ${{outside}})}}?{target},1)'
    yield " same => n,Goto(refuse,1)"


def _outcome_lines(account: AccountDialplan) -> Iterable[str]:
    ours = sounds_of(Prompt.CALL_REFUSED, account.wording)
    (stand_in,) = stand_ins(Prompt.CALL_REFUSED, account.wording)
    return (
        "exten => keep,1,MSet(CALLMARK_NUMBER=${outside},CALLMARK_DIALED=${clean},"
        "CALLMARK_ASKED=${number})",
        "; Its end waits for the record, which is made from the mark.",
        f" same => n,Set(CALLMARK_DIAL_OPTIONS={dial_options(account)})",
        *mark_lines(account, CONNECTED_WHILE_DOWN),
        " same => n,Return()",
        "; Under overload the caller hears at once: a spoken reason, and the CDR for which all",
        "; calls wait in turn, would cost what the switch lacks for other calls.",
        f'exten => refuse,1,GotoIf($["${{{RESULT_VARIABLE}}}" = "{BUSY}"]?busy)',
        *mark_lines(account, REFUSED_WHILE_DOWN),
        " same => n,Progress()",
        *(
            line
            for sound in ours
            for line in (
                f" same => n,Playback({sound},noanswer)",
                ' same => n,GotoIf($["${PLAYBACKSTATUS}" = "SUCCESS"]?done)',
            )
        ),
        f" same => n,Playback({stand_in},noanswer)",
        f" same => n(done),Hangup({CAUSE_REJECTED})",
        f" same => n(busy),Set(CHANNEL(hangup_handler_push)={account.context}.given-back,s,1)",
        " same => n,Congestion(0)",
        "",
        f"[{account.context}.given-back]",
        "; Hangup handler: the caller has had the answer.",
        "exten => s,1,NoOp()",
        *mark_lines(account, REFUSED_WHILE_DOWN),
        " same => n,Return()",
    )
