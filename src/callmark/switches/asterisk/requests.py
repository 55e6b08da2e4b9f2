"""From what Asterisk's dialplan says over FastAGI to what the gate is asked.

Arguments are named (``leg=2``). What a phone had a part in is URL-encoded by the dialplan, so that
it can neither end an argument nor begin one.
"""

import re
from datetime import UTC, datetime, timedelta

from callmark.policy.payer import AskedBy
from callmark.switches.asterisk.identity import endpoint_of_channel
from callmark.switches.asterisk.protocol import AgiRequest
from callmark.switches.port import InboundCall, LegEnd, LegRequest, SwitchIdentity, TagRequest

DEFAULT_SWITCH = "main"

DIALPLAN = "4"
"""What the dialplan says of itself: 2 takes the gate's answer as one value, 3 lets one channel end
for many calls what keeps late digits back, 4 asks nobody for as long as the gate cannot."""

_ONE_ANSWER, _ONE_HELPER, _WAITS = 2, 3, 4


def leg_request(request: AgiRequest) -> LegRequest:
    """``number``, ``linked``, ``leg``; of the parties ``endpoint``, ``payer`` and others."""
    said = _arguments(request)
    return LegRequest(
        switch=_switch(request, said),
        call_id=request.unique_id,
        number=said.get("number", ""),
        asked_by=AskedBy(
            line=endpoint_of_channel(request.channel) or "",
            transferred_blind=_endpoint(said.get("blind", "")),
            transferred_attended=_endpoint(said.get("attended", "")),
            forwarded=said.get("payer", "") or _endpoint(said.get("forwarder", "")),
            vouched_for=said.get("endpoint", ""),
        ),
        leg=_number(said.get("leg", "")) or 1,
        conversation=said.get("linked") or request.unique_id,
        account=request.query.get("account", ""),
        caller=request.caller_id,
    )


def tag_request(request: AgiRequest) -> TagRequest:
    """``call``: the leg's caller's id, ``leg``, ``linked``, ``endpoint``."""
    said = _arguments(request)
    return TagRequest(
        switch=_switch(request, said),
        call_id=said.get("call") or request.unique_id,
        asked_by=AskedBy(
            line=endpoint_of_channel(request.channel) or "", vouched_for=said.get("endpoint", "")
        ),
        leg=_number(said.get("leg", "")) or 1,
        conversation=said.get("linked") or request.unique_id,
    )


def leg_end(request: AgiRequest) -> LegEnd:
    """``call``, ``leg``, ``by`` (caller or callee), ``status``, and when.

    Moments are seconds since 1970. Without ``seconds``, the call has been talked on until now.
    """
    said = _arguments(request)
    ended, answered = _moment(said.get("ended", "")) or _now(), _moment(said.get("answered", ""))
    disposition = disposition_of(said.get("status", ""))
    if disposition != ANSWERED:
        # The channel may have been answered before: for another leg, or to ask for the code.
        answered = None
    elif answered is None and _number(said.get("seconds", "")):
        answered = ended - timedelta(seconds=_number(said["seconds"]))
    talked = int((ended - answered).total_seconds()) if answered else 0
    return LegEnd(
        switch=_switch(request, said),
        call_id=said.get("call") or request.unique_id,
        leg=_number(said.get("leg", "")) or 1,
        by="outside" if said.get("by") == "callee" else "caller",
        answered_at=answered,
        ended_at=ended,
        seconds=_number(said["seconds"]) if answered and said.get("seconds") else max(0, talked),
        disposition=disposition,
    )


def came_in(request: AgiRequest) -> InboundCall:
    """``did``, ``caller``, ``linked``; of a phone that rang, ``endpoint`` and when.

    ``phone`` is the channel of a phone that answered, where another one reports.
    """
    said = _arguments(request)
    answered, ended = _moment(said.get("answered", "")), _moment(said.get("ended", ""))
    return InboundCall(
        switch=_switch(request, said),
        conversation=said.get("linked") or request.unique_id,
        account=request.query.get("account", ""),
        caller=said.get("caller", "") or request.caller_id,
        dialed=said.get("did", ""),
        endpoint=_phone(request, said),
        line="" if said.get("by") == "callee" else endpoint_of_channel(request.channel) or "",
        started_at=_moment(said.get("started", "")),
        answered_at=answered,
        ended_at=ended,
        disposition=disposition_of("ANSWER" if answered else said.get("status", "")),
    )


ANSWERED = "ANSWERED"
_DISPOSITIONS = {
    "ANSWER": ANSWERED,
    "BUSY": "BUSY",
    "NOANSWER": "NO ANSWER",
    "CANCEL": "NO ANSWER",
    "CHANUNAVAIL": "FAILED",
    "CONGESTION": "CONGESTION",
}


def disposition_of(dial_status: str) -> str:
    """The CDR's word for what Dial reports; a call that never came to Dial was not answered."""
    return _DISPOSITIONS.get(dial_status, "NO ANSWER")


def answer_first(request: AgiRequest) -> bool:
    """``answer``: whether this phone, or its account, sends digits only in an answered call."""
    return _arguments(request).get("answer", "").lower() in {"1", "yes", "true", "on"}


def takes_one_answer(request: AgiRequest) -> bool:
    """``dialplan``: whether the answer may be one value; an older one says nothing."""
    return _version(request) >= _ONE_ANSWER


def lets_others_pass(request: AgiRequest) -> bool:
    """Whether a channel may wait for another call's helper to let its digits pass again."""
    return _version(request) >= _ONE_HELPER


def waits_when_full(request: AgiRequest) -> bool:
    """Whether the dialplan can be told for how long no call can be asked."""
    return _version(request) >= _WAITS


def late_digits_request(request: AgiRequest) -> tuple[SwitchIdentity, str]:
    """``channel``, where digits are to pass again, and the switch that it is on."""
    said = _arguments(request)
    return _switch(request, said), said.get("channel", "")


def _version(request: AgiRequest) -> int:
    return _number(_arguments(request).get("dialplan", ""))


_BEFORE_NAMES = {
    "gate": ("number", "linked", "endpoint"),
    "tag": ("call", "linked", "endpoint"),
    "end": ("status", "seconds", "answered"),
}
"""Arguments by position: of a dialplan that was written by version 0.1 and not written anew."""


def _arguments(request: AgiRequest) -> dict[str, str]:
    if not any("=" in argument for argument in request.arguments):
        return dict(zip(_BEFORE_NAMES.get(request.script, ()), request.arguments, strict=False))
    named = (argument.partition("=") for argument in request.arguments)
    return {name: value for name, _, value in named}


def _switch(request: AgiRequest, said: dict[str, str]) -> SwitchIdentity:
    # Asterisk puts its system name in front of its ids, so it need not be told apart from them.
    system = request.unique_id.rpartition("-")[0]
    name = request.query.get("switch", DEFAULT_SWITCH)
    return SwitchIdentity(name, system, said.get("entity", ""))


def _endpoint(channel: str) -> str:
    """Who stands behind a channel that had a part; a name that tells nobody is nobody we know."""
    return (endpoint_of_channel(channel) or channel) if channel else ""


def _phone(request: AgiRequest, said: dict[str, str]) -> str:
    """The phone that reports itself, or by which the call says that it was answered."""
    channel = request.channel if said.get("by") == "callee" else said.get("phone", "")
    return said.get("endpoint", "") or endpoint_of_channel(channel) or ""


def _now() -> datetime:
    return datetime.now(UTC)


def _moment(text: str) -> datetime | None:
    """Seconds since 1970, with or without a fraction."""
    if not re.fullmatch(r"[0-9]{1,11}(\.[0-9]{1,9})?", text, re.ASCII):
        return None
    seconds = float(text)
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _number(text: str) -> int:
    """A whole number; Asterisk writes some with a fraction."""
    whole = text.partition(".")[0]
    return int(whole) if whole.isascii() and whole.isdigit() and len(whole) < 12 else 0
