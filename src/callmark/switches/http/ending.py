"""How calls under control end: as the switch reports, forgotten at a prompt, or with their user."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from callmark.accounts.models import Account, User
from callmark.calls.records import LegEnded
from callmark.switches.http.models import HttpCall, HttpTagging
from callmark.switches.http.port import Step
from callmark.switches.http.question import store_now
from callmark.switches.http.steps import hang_up, locked, record_hang_up

FORGOTTEN_AFTER = timedelta(minutes=10)
"""A call that nobody has asked about for so long at the prompt was abandoned."""

KEPT_FOR = timedelta(days=2)
MAX_SECONDS = 60 * 60 * 24 * 30
"""The longest talk that is believed."""
_AT_ONCE = 20


@transaction.atomic
def end_call(
    call: HttpCall,
    *,
    ended_at: datetime,
    answered_at: datetime | None,
    seconds: int | None,
    disposition: str,
) -> Step:
    """The call is over: complete its record, once. Without ``seconds`` of talk: from the times."""
    call = locked(call)
    if not call.finished:
        hang_up(call)
        call.refresh_from_db()
    if not call.ended:
        taggings = HttpTagging.objects.of(call.account_id).filter(record_id=call.pk)
        for tagging in taggings.filter(finished=False).select_for_update(no_key=True):
            record_hang_up(tagging)
        if seconds is None:
            seconds = max(0, int((ended_at - (answered_at or ended_at)).total_seconds()))
        report = LegEnded(
            id=str(call.pk),
            ended_at=ended_at,
            answered_at=answered_at,
            seconds=min(seconds, MAX_SECONDS),
            disposition=disposition,
            by="outside",
        )
        store_now(report)
        nothing: Step = {"action": "none", "prompts": [], "collect": None}
        call.answers |= {"end": call.answer() | nothing, "latest": "end"}
        call.ended = True
        call.save()
    return call.answer()


def close_forgotten(account: Account) -> None:
    """Record what was left at a prompt as hung up, and forget answers long given."""
    now = timezone.now()
    calls = HttpCall.objects.of(account)
    taggings = HttpTagging.objects.of(account)
    forgotten = {"finished": False, "touched_at__lt": now - FORGOTTEN_AFTER}
    for rows in (calls, taggings):
        for row in rows.filter(**forgotten).select_for_update(no_key=True, skip_locked=True)[
            :_AT_ONCE
        ]:
            record_hang_up(row)
        old = rows.filter(finished=True, touched_at__lt=now - KEPT_FOR)
        rows.filter(pk__in=list(old.values_list("pk", flat=True)[:_AT_ONCE])).delete()


def hang_up_for(person: User) -> None:
    """Somebody is deleted: what waits for their entry is recorded as abandoned."""
    for kind in (HttpCall, HttpTagging):
        for row in kind.objects.of(person).filter(finished=False):
            hang_up(row)
