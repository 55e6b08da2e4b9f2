"""What rows mean: the legs that somebody asked for on one channel, and how long each was talked on.

Found on a real Asterisk 22, by calls whose rows are in ``tests/switches/asterisk/cdr/rows/``:

* A blind transfer, a call that is taken from parking, and a consultation end a row and begin
  another one. The outside channel goes on in rows of its own id, of a Local channel's, and after an
  attended transfer with another linked id.
* So the outside channel's talk is from its answer **to the end of the last row in which it takes
  part**, on either side; gaps between are hold music.
* When a channel asks a second time, the switch writes the second number and userfield into the
  first row, too. Application and arguments tell the rows apart.
* One userfield may hold the marks of both channels.
* A channel that is up already (transferred, or answered to ask) is *answered* as its row starts:
  then the row does not know when the far end answered.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from callmark.policy.values import value_class
from callmark.switches.asterisk.cdr.journal import halves
from callmark.switches.asterisk.cdr.rows import ANSWERED, CdrRow, Mark

_SAME_MOMENT = timedelta(seconds=2)


class Rows(Protocol):
    """Where rows are found; :class:`callmark.switches.asterisk.cdr.journal.Journal` is one."""

    def of_call(self, call_id: str) -> list[CdrRow]:
        """The rows of one channel's unique id, in the order of what happened."""

    def of_channel(self, name: str) -> list[CdrRow]:
        """The rows in which a channel takes part, on either side, by their start."""


@value_class
class Talk:
    """A channel's talk: from its answer to the end of the last row in which it takes part."""

    answered_at: datetime
    ended_at: datetime
    seconds: int

    def not_before(self, moment: datetime) -> "Talk":
        """The same talk, begun at ``moment`` where that is later."""
        if moment <= self.answered_at:
            return self
        seconds = max(0, int((self.ended_at - moment).total_seconds()))
        return Talk(moment, self.ended_at, seconds)


@value_class
class CdrLeg:
    """One destination that a channel asked for, however many rows the switch wrote about it.

    ``index`` counts the channel's legs from 0. ``far`` is the talk of the channel that was reached,
    ``near`` that of the asking channel itself (an inbound call's outside leg); None: nobody talked.
    ``was_up``: the asking channel was answered before, so that both count from too early.
    """

    call_id: str
    linked_id: str
    index: int
    source: str
    channel: str
    started_at: datetime
    ended_at: datetime
    disposition: str
    far: Talk | None
    near: Talk | None
    mark: Mark | None
    was_up: bool


def legs_of(call_id: str, rows: Rows) -> list[CdrLeg]:
    """The legs of one channel, in order."""
    groups = list(_groups(rows.of_call(call_id)))
    marks = _marks(call_id, groups, rows)
    # What was asked last is marked last: earlier marks may have been written over.
    padded: list[Mark | None] = [None] * (len(groups) - len(marks))
    padded += marks[-len(groups) :] if groups else []
    return [
        _leg(index, group, mark, rows)
        for index, (group, mark) in enumerate(zip(groups, padded, strict=True))
    ]


def _groups(rows: Iterable[CdrRow]) -> Iterable[list[CdrRow]]:
    """Rows of one question each: a trunk that failed and the next one belong to the same."""
    group: list[CdrRow] = []
    for row in rows:
        talked = [one for one in group if one.answered]
        if talked and row.dial != talked[-1].dial:
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _marks(call_id: str, groups: list[list[CdrRow]], rows: Rows) -> list[Mark]:
    """The marks that are this channel's, and not the other party's."""
    found: dict[Mark, None] = {}
    others: set[Mark] = set()
    for row in (row for group in groups for row in group):
        found |= dict.fromkeys(row.marks)
        if row.marks and row.far_channel:
            others |= {
                mark
                for their in rows.of_channel(row.far_channel)
                if their.channel == row.far_channel and their.linked_id == row.linked_id
                for mark in their.marks
            }
    return [
        mark
        for mark in found
        if mark.call_id == call_id or (not mark.call_id and mark not in others)
    ]


def _leg(index: int, group: list[CdrRow], mark: Mark | None, rows: Rows) -> CdrLeg:
    first = group[0]
    reached = next((row for row in group if row.answered and row.far_channel), None)
    answered = next((row for row in group if row.answered), None)
    far = _talk(reached.far_channel, reached, rows) if reached else None
    near = _talk(first.channel, answered, rows) if answered else None
    last = group[-1]
    return CdrLeg(
        call_id=first.call_id,
        linked_id=first.linked_id,
        index=index,
        source=first.source,
        channel=first.channel,
        started_at=first.started_at,
        ended_at=far.ended_at if far else max(row.ended_at for row in group),
        disposition=ANSWERED if answered else last.disposition,
        far=far,
        near=near,
        mark=mark,
        was_up=reached is not None and reached.answered_at == reached.started_at,
    )


def _talk(channel: str, first: CdrRow, rows: Rows) -> Talk:
    """Follow a channel from the row in which it was answered through every later one."""
    answered_at = first.answered_at or first.ended_at - timedelta(seconds=first.seconds)
    ended_at = first.ended_at
    conversations = {first.linked_id}
    names = list(halves(channel))
    followed = {first}
    for name in names:
        for row in rows.of_channel(name):
            # Names begin anew when the switch does: only what belongs to this conversation, or
            # joins it at the very moment (an attended transfer puts two conversations together).
            joins = abs(row.started_at - ended_at) <= _SAME_MOMENT
            if row.ended_at < answered_at or not (row.linked_id in conversations or joins):
                continue
            if row in followed or not row.answered:
                continue
            followed.add(row)
            conversations.add(row.linked_id)
            ended_at = max(ended_at, row.ended_at)
            if row.channel.startswith("Local/") and row.channel in names:
                names += [one for one in halves(row.far_channel) if one not in names]
    alone = len(followed) == 1 and ended_at == first.ended_at
    seconds = first.seconds if alone else int((ended_at - answered_at).total_seconds())
    return Talk(answered_at, ended_at, seconds)
