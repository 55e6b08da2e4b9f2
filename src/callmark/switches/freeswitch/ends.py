"""How legs ended, from the last event of each channel.

Seconds belong to the outside leg: the caller's own ends when *that phone* leaves, and a transfer
lets the conversation go on without it.
"""

import re
from datetime import UTC, datetime

from callmark.switches.freeswitch.event_socket import Event
from callmark.switches.freeswitch.legs import KnownLeg, Legs, phone_of
from callmark.switches.freeswitch.origin import Origin
from callmark.switches.freeswitch.variables import ANSWER_FIRST, CALL, DIALED, INBOUND, OF, RESULT
from callmark.switches.port import InboundCall, LegEnd, SwitchIdentity

ANSWERED = "ANSWERED"
_DISPOSITIONS = {
    "USER_BUSY": "BUSY",
    "NORMAL_CIRCUIT_CONGESTION": "CONGESTION",
    "SWITCH_CONGESTION": "CONGESTION",
    "NORMAL_CLEARING": "NO ANSWER",
    "NO_ANSWER": "NO ANSWER",
    "NO_USER_RESPONSE": "NO ANSWER",
    "ORIGINATOR_CANCEL": "NO ANSWER",
    "LOSE_RACE": "NO ANSWER",
    "PICKED_OFF": "NO ANSWER",
    "CALL_REJECTED": "BUSY",
    "ALLOTTED_TIMEOUT": "NO ANSWER",
}


def disposition_of(cause: str) -> str:
    """The record's word for why a channel that was not answered has ended."""
    return _DISPOSITIONS.get(cause, "FAILED")


def leg_ends(event: Event, switch: str, known: KnownLeg) -> list[LegEnd]:
    """What a channel's end says of our legs: the one it asked for, and the one that led to it."""
    ends = []
    asked, of = Origin.parse(event.variable(CALL)), Origin.parse(event.variable(OF))
    # Without a result the last question was not answered by the gate: the dialplan decided alone,
    # and this end is none of the question before.
    if asked is not None and asked.call == event.uuid and event.variable(RESULT):
        ends.append(_callers_end(event, switch, asked, known.answered))
    if of is not None and of.call != event.uuid:
        answered, ended = _moment(event, "answer"), _ended(event)
        talked = _number(event.variable("billsec")) if answered else 0
        cause = event.variable("hangup_cause")
        ends.append(
            LegEnd(
                switch=SwitchIdentity(switch),
                call_id=of.call,
                leg=of.leg,
                by="outside",
                answered_at=answered,
                ended_at=ended,
                seconds=talked,
                disposition=ANSWERED if answered else disposition_of(cause),
            )
        )
    return ends


def inbound_call(event: Event, switch: str, legs: Legs) -> InboundCall | None:
    """What a channel's end says of a call that came in: its own, or that of a phone that rang."""
    phone, account, conversation = "", event.variable(INBOUND), event.uuid
    if not account:
        caller = event.variable("originating_leg_uuid")
        came_in = legs.find(caller)
        phone = phone_of(event)
        if came_in is None or not came_in.inbound or not phone:
            return None
        account, conversation = came_in.inbound, caller
    answered = _moment(event, "answer")
    cause = event.variable("hangup_cause")
    return InboundCall(
        switch=SwitchIdentity(switch),
        conversation=conversation,
        account=account,
        caller=event.fields.get("Caller-Caller-ID-Number", "") if not phone else "",
        dialed=_dialed(event) if not phone else "",
        endpoint=phone,
        line="" if phone else phone_of(event),
        started_at=_moment(event, "start"),
        answered_at=answered,
        ended_at=_ended(event),
        disposition=ANSWERED if answered else disposition_of(cause),
    )


def _dialed(event: Event) -> str:
    """Of a call that came in: a transfer makes its destination another."""
    return (
        event.variable(DIALED)
        or event.variable("sip_req_user")
        or event.fields.get("Caller-Destination-Number", "")
    )


def _callers_end(event: Event, switch: str, asked: Origin, before: bool | None) -> LegEnd:
    """The caller's own channel. Its answer is the leg's only where it came after the question.

    It may have been answered before: to ask for the code, for another leg, or because it is a leg
    to the outside that was transferred. Then only the other side can tell.
    """
    answered, ended = _moment(event, "answer"), _ended(event)
    if before is None:
        before = event.fields.get("Call-Direction") != "inbound" or asked.leg > 1
    tells = not before and event.variable(ANSWER_FIRST) != "true"
    answered = answered if tells else None
    cause = event.variable("hangup_cause")
    return LegEnd(
        switch=SwitchIdentity(switch),
        call_id=asked.call,
        leg=asked.leg,
        by="caller",
        answered_at=answered,
        ended_at=ended,
        seconds=max(0, int((ended - answered).total_seconds())) if answered else 0,
        disposition=ANSWERED if answered else disposition_of(cause),
    )


def _ended(event: Event) -> datetime:
    return _moment(event, "end") or datetime.now(UTC)


def _moment(event: Event, what: str) -> datetime | None:
    """``start``, ``answer`` or ``end``: microseconds since 1970, 0 for what never was."""
    text = event.variable(f"{what}_uepoch")
    if re.fullmatch(r"[0-9]{1,17}", text, re.ASCII) and int(text):
        return datetime.fromtimestamp(int(text) / 1_000_000, UTC)
    seconds = _number(event.variable(f"{what}_epoch"))
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,11}", text, re.ASCII) else 0
