"""From what FreeSWITCH says of a leg to what the gate is asked: who asks, for what, in which talk.

Trusted: what the switch has authenticated (:func:`.legs.phone_of`), UUIDs, and our own variables.
Never ``Referred-By``, a Diversion header, or anything else that a phone says about itself.
"""

from callmark.policy.payer import AskedBy
from callmark.switches.freeswitch.event_socket import Event
from callmark.switches.freeswitch.legs import KnownLeg, Legs, Question, dialed_phone, phone_of
from callmark.switches.freeswitch.origin import Origin
from callmark.switches.freeswitch.variables import (
    ACCOUNT,
    CALL,
    DIALED,
    FORWARDER,
    OF,
    PHONE,
)
from callmark.switches.port import LegRequest, SwitchIdentity, TagRequest


def leg_request(call: Event, switch: str, legs: Legs) -> LegRequest:
    """The question of a call that the dialplan handed over, from its channel's data."""
    known = legs.learn(call)
    own, of = Origin.parse(call.variable(CALL)), Origin.parse(call.variable(OF))
    return LegRequest(
        switch=SwitchIdentity(switch),
        call_id=call.uuid,
        number=call.variable(DIALED) or call.fields.get("Caller-Destination-Number", ""),
        asked_by=_asked_by(call, legs, known, of),
        leg=own.leg + 1 if own and own.call == call.uuid else 1,
        conversation=_conversation(call, legs, own, of),
        account=call.variable(ACCOUNT),
        caller=call.fields.get("Caller-Caller-ID-Number", ""),
    )


def question_of(call: Event) -> Question:
    """What is to be known of this question when the leg asks again, or ends."""
    return Question(call.uuid, call.fields.get("Answer-State") == "answered", _moves(call))


def origin_of(request: LegRequest) -> Origin:
    """What the switch carries on from this question: whose phone the asking channel is, above all.

    They may transfer it later. Who pays for this leg may be somebody else, and could not.
    """
    asker = request.asked_by.line or request.asked_by.transferred_attended
    return Origin(request.call_id, request.leg, request.conversation, asker)


def tag_request(star: Event, switch: str, legs: Legs) -> TagRequest:
    """A press of the star code: the talk is that of the leg at its other end.

    After an attended transfer the person never asked for it themselves: the outside leg, whose
    conversation it is, tells.
    """
    leg = legs.learn(star)
    partner = legs.find(partner_of(star))
    call_id, number, conversation = star.uuid, 1, star.uuid
    if origin := (partner and (partner.of or partner.asked)) or leg.asked or leg.of:
        call_id, number, conversation = origin.call, origin.leg, origin.conversation
    elif partner is not None and partner.inbound:
        call_id = conversation = partner_of(star)
    return TagRequest(
        switch=SwitchIdentity(switch),
        call_id=call_id,
        asked_by=AskedBy(line=leg.phone, vouched_for=star.variable(PHONE)),
        leg=number,
        conversation=conversation,
    )


def partner_of(event: Event) -> str:
    """The leg at the other end, now."""
    return event.variable("signal_bond") or event.fields.get("Other-Leg-Unique-ID", "")


def _asked_by(call: Event, legs: Legs, known: KnownLeg, of: Origin | None) -> AskedBy:
    transferred, redirected = (
        bool(now) and now != before for now, before in zip(_moves(call), known.moves, strict=True)
    )
    last = call.variable("last_bridge_to")
    forwarder = call.variable(FORWARDER)
    attended = ""
    if call.variable("loopback_leg") == "B" and not forwarder:
        attended = _whose(call.variable("other_loopback_from_uuid"), legs, of)
    return AskedBy(
        line=phone_of(call),
        transferred_blind=_whose(last, legs, of) if transferred and last else "",
        transferred_attended=attended,
        forwarded=forwarder or (dialed_phone(call) if redirected else ""),
        vouched_for=call.variable(PHONE),
    )


def _moves(call: Event) -> tuple[str, str]:
    """What the leg says of how it came here. The same words at its next question are old news."""
    return (
        call.variable("transfer_source") or call.variable("sip_refer_to"),
        call.variable("sip_redirected_to"),
    )


def _whose(uuid: str, legs: Legs, of: Origin | None) -> str:
    """The phone of a leg that had a part in this; its UUID, which nobody has, if it is unknown.

    Where the table does not have it, because the gate began later than the call, the leg that asks
    carries on who asked for it: if it is the same one.
    """
    return legs.phone(uuid) or (of.asker if of and of.call == uuid else "") or uuid


def _conversation(call: Event, legs: Legs, own: Origin | None, of: Origin | None) -> str:
    if own is not None and own.call == call.uuid:
        return own.conversation
    if of is not None:
        return of.conversation
    other = legs.find(call.variable("other_loopback_from_uuid"))
    if other is not None and (origin := other.asked or other.of):
        return origin.conversation
    return call.uuid
