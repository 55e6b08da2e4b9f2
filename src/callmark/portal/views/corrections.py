"""Putting calls right: a code for one call or many, and taking that back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from callmark.accounts.refused import Refused
from callmark.calls.corrections import assign_code, batches_of, correctable, undo
from callmark.calls.inbox import suggestions
from callmark.calls.models import BatchState, CorrectionBatch
from callmark.codes.models import AccountCode
from callmark.portal.forms.calls import uuid_of
from callmark.portal.history.all_that_match import read_question
from callmark.portal.history.correcting import WHAT, calls_in_words, carry_out, told
from callmark.portal.pages import Here
from callmark.portal.responses import flash_refused, go_back

UNDO_OFFERED = timedelta(seconds=30)
"""After a correction the list offers to take it back; later a call's own page does."""
_JUST_DONE = "corrections_just_done"


@dataclass(frozen=True, slots=True)
class Undoable:
    """What this person has just done, which may be several corrections at once."""

    batches: list[CorrectionBatch]

    @property
    def sentence(self) -> str:
        """What it was."""
        if len(self.batches) == 1:
            return told(self.batches[0])
        count = calls_in_words(sum(one.done for one in self.batches))
        return f"Assigned what was suggested to {count}."


def how_far(request: HttpRequest, here: Here) -> dict[str, Any]:
    """This person's corrections that are under way, and what can be taken back with a click."""
    mine = batches_of(here.account, here.person).filter(by=here.person)
    states = [BatchState.WAITING, BatchState.RUNNING]
    return {
        "under_way": list(mine.filter(state__in=states).order_by("at")),
        "undo": _undo_offered(request, mine),
    }


def _undo_offered(request: HttpRequest, mine: QuerySet[CorrectionBatch]) -> Undoable | None:
    ids = [one for one in map(uuid_of, request.session.get(_JUST_DONE, [])) if one]
    if not ids:
        return None
    since = timezone.now() - UNDO_OFFERED
    recent = list(mine.filter(pk__in=ids, finished_at__gt=since, state=BatchState.DONE))
    return Undoable(recent) if recent and not mine.filter(undoes__in=ids).exists() else None


@require_safe
def progress(request: HttpRequest, here: Here) -> HttpResponse:
    """How far this person's corrections are: a piece of the list's page, asked for repeatedly."""
    return here.render(request, "portal/calls/undo.html", how_far(request, here))


@require_POST
def correct(request: HttpRequest, here: Here) -> HttpResponse:
    """Give calls a code, take it away, or mark them: those chosen, or after a question all."""
    if request.POST.get("every"):
        return _all_that_match(request, here)
    try:
        done = _correct(request, here)
    except Refused as refused:
        flash_refused(request, refused)
    else:
        request.session[_JUST_DONE] = [str(one.pk) for one in done]
    return _back_to_the_list(request, here)


def _all_that_match(request: HttpRequest, here: Here) -> HttpResponse:
    try:
        asked = read_question(request, here)
        if "confirmed" not in request.POST:
            context = {"section": "calls", "asked": asked, "back": request.POST.get("back", "")}
            return here.render(request, "portal/calls/confirm.html", context)
        batch = carry_out(here, asked.search, asked.what, asked.code, leave_closed=True)
        request.session[_JUST_DONE] = [str(batch.pk)]
    except Refused as refused:
        flash_refused(request, refused)
    return _back_to_the_list(request, here)


def _back_to_the_list(request: HttpRequest, here: Here) -> HttpResponse:
    return go_back(request, reverse("portal:calls", args=[here.account.slug]))


def _correct(request: HttpRequest, here: Here) -> list[CorrectionBatch]:
    calls = [one for one in map(uuid_of, request.POST.getlist("call")) if one]
    what = request.POST.get("what", "assign")
    if what.startswith("suggested:"):
        calls = [one for one in [uuid_of(what.removeprefix("suggested:"))] if one]
    if not calls:
        raise Refused("Choose at least one call.", "calls")
    if what in WHAT:
        return [carry_out(here, calls, what, request.POST.get("code", ""))]
    return _assign_suggested(here, calls)


@transaction.atomic
def _assign_suggested(here: Here, ids: list[UUID]) -> list[CorrectionBatch]:
    calls = list(correctable(here.account, here.person).filter(pk__in=ids))
    found = suggestions(here.account, calls)
    if not found:
        raise Refused("Nothing is suggested for these calls: choose a code.", "code")
    by_code: dict[UUID, tuple[AccountCode, list[UUID]]] = {}
    for call_id, suggestion in found.items():
        code = suggestion.code
        by_code.setdefault(code.pk, (code, []))[1].append(call_id)
    return [
        assign_code(here.account, those, code=code, actor=here.person)
        for code, those in by_code.values()
    ]


@require_POST
def undo_corrections(request: HttpRequest, here: Here) -> HttpResponse:
    """Bring back what was on the calls before."""
    ids = [one for one in map(uuid_of, request.POST.getlist("batch")) if one]
    batches = list(batches_of(here.account, here.person).filter(pk__in=ids))
    if not batches or len(batches) != len(set(ids)):
        raise Http404("No such correction.")
    try:
        with transaction.atomic():
            done = [undo(batch, actor=here.person) for batch in batches]
    except Refused as refused:
        flash_refused(request, refused)
    else:
        under_way = [one for one in done if one.state != BatchState.DONE]
        if not under_way:
            count = calls_in_words(sum(one.done for one in done))
            messages.success(request, f"Undone: {count} as before.")
    return _back_to_the_list(request, here)
