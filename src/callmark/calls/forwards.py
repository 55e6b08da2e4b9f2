"""A call that came in and that a phone forwarded outside: when was it answered, when did it end?

Where no line of ours stands in the trunk's context, only phones tell of calls that come in, and the
phone that forwarded one rang in vain. The caller talks with whom the outside leg reached.
"""

from callmark.calls.ends import ANSWERED, apply_end
from callmark.calls.models import Call, Direction, EndToldBy
from callmark.calls.records import LegEnded

_CALLER = EndToldBy.CALLER


def settle_forward(call: Call) -> None:
    """Give a call that came in the talk of the leg that it was forwarded to; either may be given.

    Nothing else makes a leg in the conversation of a call that no phone answered, and paid by whose
    phone rang. What the trunk or the switch's own records tell goes together with this.
    """
    if not (call.linked_id and call.user_id and call.ended_at):
        return
    same = Call.objects.of(call.account_id).filter(
        switch=call.switch, linked_id=call.linked_id, user_id=call.user_id, ended_at__isnull=False
    )
    inbound: Call | None = call
    outside: Call | None = call
    if call.direction == Direction.INBOUND:
        legs = same.filter(direction=Direction.OUTBOUND, disposition=ANSWERED)
        outside = legs.exclude(end_told_by=_CALLER).order_by("ended_at").last()
    else:
        inbound = same.select_for_update().filter(direction=Direction.INBOUND).first()
    if inbound is None or inbound.phone_answered_at is not None:
        return
    if outside is None or outside.disposition != ANSWERED or outside.end_told_by == _CALLER:
        return
    assert outside.ended_at is not None
    end = LegEnded(
        id=str(inbound.pk),
        by="outside",
        ended_at=outside.ended_at,
        answered_at=outside.answered_at,
        seconds=outside.seconds or 0,
        disposition=ANSWERED,
    )
    if apply_end(inbound, end):
        inbound.save()
