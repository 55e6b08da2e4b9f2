"""What the dialplan leaves in the userfield of the switch's CDR, to complete history from.

``callmark:OUTCOME:ACCOUNT:NUMBER:ENDPOINT:LEG:CALL``, several separated by ``;``. The number is as
dialed, encoded as in a URL.
"""

from collections.abc import Iterator

from callmark.switches.alone.account import AccountDialplan

USER_FIELD = "callmark"
CONNECTED_WHILE_DOWN = "connected_while_down"
REFUSED_WHILE_DOWN = "refused_while_down"
EMERGENCY = "emergency"
ASKED = "asked"
"""The question was open as the caller hung up: perhaps no gate has written that down."""


def dial_options(account: AccountDialplan) -> str:
    """What makes the outside channel report its end, once it has answered.

    No option b: around what it runs Asterisk has the caller's frames taken by another thread, and
    waits for that, in one call of four for ten milliseconds before the INVITE.
    """
    return f"U({account.context}.answered^s^1)"


def told_as(account: AccountDialplan) -> str:
    """The variable with what was dialed, without a code that was dialed with it."""
    return "told" if account.separator else "number"


def mark_lines(account: AccountDialplan, outcome: str) -> Iterator[str]:
    """Leave the mark behind what stands there: each look at the CDR waits for all other calls'."""
    yield " same => n,Set(LOCAL(userfield)=${CDR(userfield)})"
    yield f" same => n,{_set_mark(account, outcome)}"


def _set_mark(account: AccountDialplan, outcome: str) -> str:
    # Who transferred or forwarded is the payer, then whom the channel or the operator names.
    transferred = "${IF($[${LEN(${blind})} > 0]?${blind}:${attended})}"
    by_others = f"${{IF($[${{LEN({transferred})}} > 0]?{transferred}:${{forwarder}})}}"
    who = f"${{IF($[${{LEN({by_others})}} > 0]?{by_others}:${{CALLMARK_ENDPOINT}})}}"
    who_and_what = (account.slug, f"${{{told_as(account)}}}", who)
    values = (USER_FIELD, outcome, *who_and_what, "${CALLMARK_LEG}", "${UNIQUEID}")
    # Behind what stands there already: the mark of an earlier leg, or something of the operator's.
    behind = r"${userfield}${IF($[${LEN(${userfield})} > 0]?\;)}"
    return f"Set(CDR(userfield)={behind}{':'.join(values)})"
