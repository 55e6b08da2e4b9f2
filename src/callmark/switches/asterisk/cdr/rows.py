"""One row of a CDR, as far as Callmark uses it, and the marks our dialplan leaves in it.

What is not used is not kept: the account code and what an application was given may hold somebody's
secret.
"""

from datetime import datetime
from urllib.parse import unquote

from callmark.policy.values import value_class

ANSWERED = "ANSWERED"

_MARK = "callmark"
_OUTCOME, _ACCOUNT, _NUMBER, _ENDPOINT, _LEG, _CALL_ID = range(1, 7)


@value_class
class Mark:
    """What our dialplan wrote into the userfield of a call that the gate was not asked about.

    ``callmark:OUTCOME:ACCOUNT:NUMBER:ENDPOINT``, number and endpoint encoded as in a URL (a
    channel's name stands for its endpoint), and behind it, if the dialplan says so,
    ``:LEG:CALL_ID``: which of the channel's legs it is, from 1, and the unique id of the channel.
    Here they are 0 and '' otherwise.
    """

    outcome: str
    account: str
    number: str
    endpoint: str = ""
    leg: int = 0
    call_id: str = ""


@value_class
class CdrRow:
    """One row. Times are UTC in whole seconds; ``seconds`` is talk time after answer.

    ``channel`` asked for ``far_channel`` ('' when nobody was reached). ``dial`` is the same for
    rows of one application with the same arguments, and says nothing else about them. ``sequence``
    counts from the switch's start, -1 when it is not known.
    """

    source: str
    channel: str
    far_channel: str
    dial: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    seconds: int
    disposition: str
    call_id: str
    linked_id: str
    marks: tuple[Mark, ...] = ()
    sequence: int = -1

    @property
    def answered(self) -> bool:
        """Whether somebody talked."""
        return self.disposition == ANSWERED


def marks_of(user_field: str) -> tuple[Mark, ...]:
    """The marks in a userfield, in order.

    Asterisk joins the fields of a call's two channels by ';' in one row, and so does a dialplan
    that keeps what an operator had written there.
    """
    found = (_mark(part) for part in user_field.split(";"))
    return tuple(mark for mark in found if mark)


def _mark(text: str) -> Mark | None:
    # The channel's id comes last because a system's name may have a colon.
    parts = text.strip().split(":", _CALL_ID)
    if parts[0] != _MARK or len(parts) <= _ENDPOINT:
        return None
    leg = parts[_LEG] if len(parts) > _LEG else ""
    return Mark(
        parts[_OUTCOME],
        parts[_ACCOUNT],
        unquote(parts[_NUMBER]),
        unquote(parts[_ENDPOINT]),
        int(leg) if leg.isascii() and leg.isdigit() and len(leg) < 6 else 0,
        parts[_CALL_ID] if len(parts) > _CALL_ID else "",
    )
