"""Putting calls right: a code for one call or many, and taking that back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from callmark.accounts.refused import Refused
from callmark.calls.corrections import Seen, batches_of, undo
from callmark.calls.models import BatchState, CorrectionBatch
from callmark.portal.forms.calls import uuid_of
from callmark.portal.history.all_that_match import read_question
from callmark.portal.history.correcting import WHAT, carry_out, told
from callmark.portal.pages import Here
from callmark.portal.responses import flash_refused, go_back

UNDO_OFFERED = timedelta(seconds=30)
"""After a correction the list offers to take it back; later a call's own page does."""
_JUST_DONE = "correction_just_done"


def how_far(request: HttpRequest, here: Here) -> dict[str, Any]:
    """This person's corrections that are under way, and what can be taken back with a click."""
    mine = batches_of(here.account, here.person).filter(by=here.person)
    states = [BatchState.WAITING, BatchState.RUNNING]
    batch = _undo_offered(request, mine)
    return {
        "under_way": list(mine.filter(state__in=states).order_by("at")),
        "undo": batch,
        "what_was_done": told(batch) if batch else "",
    }


def _undo_offered(request: HttpRequest, mine: QuerySet[CorrectionBatch]) -> CorrectionBatch | None:
    just_done = uuid_of(request.session.get(_JUST_DONE, ""))
    if just_done is None:
        return None
    since = timezone.now() - UNDO_OFFERED
    recent = mine.filter(pk=just_done, finished_at__gt=since, state=BatchState.DONE)
    return recent.filter(undone_by=None).first()


def offer_undo(request: HttpRequest, batch: CorrectionBatch) -> None:
    """The next page says what was done, with a button that takes it back."""
    request.session[_JUST_DONE] = str(batch.pk)


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
        offer_undo(request, done)
    return _back_to_the_list(request, here)


def _all_that_match(request: HttpRequest, here: Here) -> HttpResponse:
    try:
        asked = read_question(request, here)
        if "confirmed" not in request.POST:
            context = {"section": "calls", "asked": asked, "back": request.POST.get("back", "")}
            return here.render(request, "portal/calls/confirm.html", context)
        batch = carry_out(here, asked.search, asked.what, asked.code, leave_closed=True)
        offer_undo(request, batch)
    except Refused as refused:
        flash_refused(request, refused)
    return _back_to_the_list(request, here)


def _back_to_the_list(request: HttpRequest, here: Here) -> HttpResponse:
    return go_back(request, reverse("portal:calls", args=[here.account.slug]))


def _correct(request: HttpRequest, here: Here) -> CorrectionBatch:
    calls = _chosen(request.POST.getlist("call"))
    what = request.POST.get("what", "assign")
    if what.startswith("suggested:"):
        what, _, one_call = what.partition(":")
        calls = _chosen([one_call])
    if not calls:
        raise Refused(gettext("Choose at least one call."), "calls")
    if what not in WHAT:
        raise Refused(gettext("There is nothing of this kind to do with calls."))
    return carry_out(here, calls, what, request.POST.get("code", ""))


def _chosen(sent: list[str]) -> Seen | list[UUID]:
    """Which calls, as the page showed them; a suggestion is only given to what still needs one."""
    pairs = [one.partition(":") for one in sent]
    which = {call: version for key, _, version in pairs if (call := uuid_of(key))}
    return which if all(which.values()) else list(which)


@require_POST
def undo_corrections(request: HttpRequest, here: Here) -> HttpResponse:
    """Bring back what was on the calls before."""
    pk = uuid_of(request.POST.get("batch", ""))
    batch = get_object_or_404(batches_of(here.account, here.person), pk=pk)
    try:
        done = undo(batch, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
    else:
        if done.state == BatchState.DONE:
            messages.success(request, told(done))
    return _back_to_the_list(request, here)
