"""One call: its story leg by leg, its code, and how that was put right."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from callmark.accounts.activity import record_codes_read
from callmark.calls.calendars import account_calendar
from callmark.calls.corrections import batches_of, call_version, corrections_of, may_correct
from callmark.calls.models import BatchKind, BatchState, Call, CallAttempt, Correction
from callmark.calls.moved import late_of, learned_later
from callmark.calls.queries import calls_of, other_legs
from callmark.calls.rating import explained
from callmark.policy.values import value_class
from callmark.portal.pages import Here
from callmark.portal.responses import is_htmx


@value_class
class Leg:
    """One question of the conversation, and what was entered."""

    call: Call
    attempts: list[CallAttempt]
    is_this: bool


@value_class
class Change:
    """A correction of the call's code; ``undoable`` by this person, now."""

    correction: Correction
    undoable: bool


@require_safe
def call(request: HttpRequest, here: Here, call_id: UUID) -> HttpResponse:
    """Everything on one call's record; beside the list as a part of that page."""
    found = get_object_or_404(calls_of(here.account, here.person), pk=call_id)
    if here.may_administer and found.account_code_lookup:
        record_codes_read(here.account, actor=here.person, where="calls")
    calendar = account_calendar(here.account)
    context = {
        "section": "calls",
        "call": found,
        "why_cost": explained(found, calendar),
        "legs": _legs(found, here),
        "may_correct": may_correct(here.person, found),
        "version": call_version(found),
        "closed": found.billing_month is not None and calendar.is_closed(found.billing_month),
        "own_month": late_of(found, calendar),
        "learned": learned_later(found),
        "changes": _changes(found, here),
        "beside": is_htmx(request),
    }
    template = "portal/calls/story.html" if is_htmx(request) else "portal/calls/detail.html"
    return here.render(request, template, context)


def _legs(found: Call, here: Here) -> list[Leg]:
    calls = sorted(
        [found, *other_legs(found, here.person)], key=lambda one: (one.started_at, one.leg)
    )
    attempts = CallAttempt.objects.of(here.account).filter(call__in=calls).select_related("user")
    typed: dict[UUID, list[CallAttempt]] = {}
    for attempt in attempts.order_by("at", "position"):
        typed.setdefault(attempt.call_id, []).append(attempt)
    return [Leg(one, typed.get(one.pk, []), one.pk == found.pk) for one in calls]


def _changes(found: Call, here: Here) -> list[Change]:
    corrections = list(corrections_of(found))
    ids = {one.batch_id for one in corrections}
    mine = batches_of(here.account, here.person).filter(pk__in=ids, state=BatchState.DONE)
    undone = set(mine.filter(undone_by__isnull=False).values_list("pk", flat=True))
    allowed = set(mine.values_list("pk", flat=True)) - undone
    # Only the newest can be brought back: the call is not any more what an earlier one made of it.
    newest = corrections[-1].pk if corrections else None
    return [
        Change(
            one,
            one.pk == newest and one.batch_id in allowed and one.batch.kind != BatchKind.UNDO,
        )
        for one in corrections
    ]
