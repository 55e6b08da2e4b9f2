"""A call that came in and that a phone forwarded outside: when was it answered, when did it end?

Where no line of ours stands in the trunk's context, only phones tell of calls that come in, and the
phone that forwarded one rang in vain. The caller talks with whom the outside leg reached.
"""

from collections.abc import Iterable

from django.db.models import QuerySet

from callmark.calls.ends import ANSWERED, apply_end
from callmark.calls.models import Call, Direction, EndToldBy
from callmark.calls.records import LegEnded


def settle_forwards(calls: Iterable[Call]) -> None:
    """Give calls that came in the talk of the leg they were forwarded to; either may be given.

    Nothing else makes a leg in the conversation of a call that no phone answered, and paid by whose
    phone rang. What the trunk or the switch's own records tell goes together with this.
    """
    may_be = [
        one
        for one in calls
        if one.linked_id and one.user_id and (_rang_in_vain(one) or _went_outside(one))
    ]
    others = _counterparts(may_be)
    for call in may_be:
        wanted = Direction.OUTBOUND if _rang_in_vain(call) else Direction.INBOUND
        if (call.switch, call.linked_id, call.user_id, wanted) in others:
            _settle_forward(call)


def _counterparts(calls: Iterable[Call]) -> set[tuple[object, ...]]:
    """What else there is in these calls' conversations, each by whom and which way."""
    conversations: dict[str, set[str]] = {}
    for call in calls:
        conversations.setdefault(call.switch, set()).add(call.linked_id)
    found: set[tuple[object, ...]] = set()
    for switch, linked in conversations.items():
        every = Call.objects.of_every_account("of conversations of calls in hand")
        legs = every.filter(switch=switch, linked_id__in=linked).order_by()
        found |= set(legs.values_list("switch", "linked_id", "user_id", "direction"))
    return found


def _settle_forward(call: Call) -> None:
    if _rang_in_vain(call):
        legs = _of_the_same_user(call).filter(direction=Direction.OUTBOUND, disposition=ANSWERED)
        known = legs.filter(ended_at__isnull=False).exclude(end_told_by=EndToldBy.CALLER)
        outside = known.order_by("ended_at").last()
        if outside is not None:
            _lasts_as_long(call, outside)
    elif _went_outside(call):
        came_in = _of_the_same_user(call).filter(direction=Direction.INBOUND)
        inbound = came_in.select_for_update(no_key=True).first()
        if inbound is not None and _rang_in_vain(inbound):
            _lasts_as_long(inbound, call)


def _rang_in_vain(call: Call) -> bool:
    ended = call.ended_at is not None
    return call.direction == Direction.INBOUND and ended and call.phone_answered_at is None


def _went_outside(call: Call) -> bool:
    """Whether this is an outside leg that was talked on, as its own line tells it."""
    told = call.ended_at is not None and call.end_told_by != EndToldBy.CALLER
    return call.direction == Direction.OUTBOUND and call.disposition == ANSWERED and told


def _of_the_same_user(call: Call) -> QuerySet[Call]:
    """The legs of the conversation that the call's user pays."""
    assert call.user_id is not None
    return Call.objects.of(call.account_id).filter(
        switch=call.switch, linked_id=call.linked_id, user_id=call.user_id
    )


def _lasts_as_long(inbound: Call, outside: Call) -> None:
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
