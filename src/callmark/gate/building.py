"""Builds the records of a call: the one place, whoever took the call and however it was decided.

Text from a switch is cut to what a database column takes; what is longer is no number of a phone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from callmark.gate.driver import Entries, now_iso
from callmark.gate.records import CallDecided, CallEnded, CallTagged, Direction
from callmark.policy.flow import Outcome
from callmark.policy.numbering import CallType, Classification

_LONGEST_ID = 150
_LONGEST_NUMBER = 80
_LONGEST_DISPOSITION = 20
_MOST_SECONDS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class CallIdentity:
    """Which call a record is about, by its own id and the switch's, and whose call it is."""

    id: str
    switch: str
    call_id: str
    linked_id: str
    account_id: str
    user_id: str
    user_name: str = ""


@dataclass(frozen=True, slots=True)
class OutboundLeg:
    """Who dialled what, and when (ISO 8601)."""

    caller: str
    classification: Classification
    started_at: str


def decided_record(
    call: CallIdentity,
    leg: OutboundLeg,
    outcome: str,
    why: Iterable[str],
    entries: Entries | None = None,
    *,
    simulated: bool = False,
) -> CallDecided:
    """A call that a user of the account placed, as it was left by ``outcome``."""
    found = leg.classification
    direction: Direction = "internal" if found.call_type is CallType.INTERNAL else "outbound"
    return CallDecided(
        id=call.id,
        switch=call.switch,
        call_id=_column(call.call_id, _LONGEST_ID),
        linked_id=_column(call.linked_id, _LONGEST_ID),
        account_id=call.account_id,
        user_id=call.user_id,
        direction=direction,
        caller=_column(leg.caller, _LONGEST_NUMBER),
        dialed=_column(found.dialed, _LONGEST_NUMBER),
        e164=found.e164,
        call_type=found.call_type.value,
        started_at=leg.started_at,
        outcome=outcome,
        attempts=tuple(entries.attempts) if entries else (),
        # A tag counts only once the call goes on with it.
        tag=entries.tag if entries and outcome == Outcome.CONNECTED else None,
        why=tuple(why),
        simulated=simulated,
        user_name=call.user_name,
    )


def inbound_record(call: CallIdentity, caller: str, dialed: str, started_at: str) -> CallDecided:
    """A call that came in to a user: it goes on, and nobody is asked for a code."""
    return CallDecided(
        id=call.id,
        switch=call.switch,
        call_id=_column(call.call_id, _LONGEST_ID),
        linked_id=_column(call.linked_id, _LONGEST_ID),
        account_id=call.account_id,
        user_id=call.user_id,
        direction="inbound",
        caller=_column(caller, _LONGEST_NUMBER),
        dialed=_column(dialed, _LONGEST_NUMBER),
        e164=None,
        call_type="",
        started_at=started_at,
        outcome=Outcome.NOT_GATED.value,
        why=("inbound calls are never asked for a code",),
    )


def tagged_record(call: CallIdentity, extension: str, entries: Entries) -> CallTagged:
    """What the user of ``extension`` entered by star code, now."""
    return CallTagged(
        id=call.id,
        switch=call.switch,
        call_id=_column(call.call_id, _LONGEST_ID),
        linked_id=_column(call.linked_id, _LONGEST_ID),
        account_id=call.account_id,
        user_id=call.user_id,
        extension=_column(extension, _LONGEST_NUMBER),
        tagged_at=now_iso(),
        attempts=tuple(entries.attempts),
        tag=entries.tag,
        user_name=call.user_name,
    )


def ended_record(
    record_id: str,
    *,
    ended_at: datetime,
    answered_at: datetime | None,
    seconds: int,
    disposition: str,
) -> CallEnded:
    """The end of a call; ``seconds`` is talk time after answer."""
    return CallEnded(
        id=record_id,
        ended_at=ended_at.isoformat(),
        answered_at=answered_at.isoformat() if answered_at else None,
        seconds=min(max(0, seconds), _MOST_SECONDS),
        disposition=_column(disposition, _LONGEST_DISPOSITION),
    )


def _column(text: str, longest: int) -> str:
    """Text as a database column takes it: no NUL, not too long."""
    return text.replace("\0", "")[:longest]
