"""Putting calls right: a code for one call or many, and taking that back."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from callmark.accounts.refused import Refused
from callmark.calls.corrections import (
    assign_code,
    batches_of,
    correctable,
    set_not_billable,
    take_code_away,
    undo,
)
from callmark.calls.inbox import suggestions
from callmark.calls.models import BatchKind, BatchState, CorrectionBatch
from callmark.codes.default_codes import active_code_called
from callmark.codes.models import AccountCode
from callmark.codes.services import validation_is_on_anywhere
from callmark.portal.forms.calls import uuid_of
from callmark.portal.pages import Here
from callmark.portal.responses import flash_refused, go_back, named

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
        return f"Assigned what was suggested to {_calls(sum(one.total for one in self.batches))}."


def undo_offered(request: HttpRequest, here: Here) -> Undoable | None:
    """The correction that this person has just made here, if it can be taken back."""
    ids = [one for one in map(uuid_of, request.session.get(_JUST_DONE, [])) if one]
    if not ids:
        return None
    batches = batches_of(here.account, here.person).filter(by=here.person)
    since = timezone.now() - UNDO_OFFERED
    recent = list(batches.filter(pk__in=ids, at__gt=since, state=BatchState.DONE))
    return Undoable(recent) if recent and not batches.filter(undoes__in=ids).exists() else None


@require_POST
def correct(request: HttpRequest, here: Here) -> HttpResponse:
    """Give the chosen calls a code, take it away, or mark them; ``what`` says which."""
    try:
        done = _correct(request, here)
    except Refused as refused:
        flash_refused(request, refused)
    else:
        request.session[_JUST_DONE] = [str(one.pk) for one in done]
        under_way = [one for one in done if one.state != BatchState.DONE]
        for batch in under_way:
            messages.info(request, told(batch))
    return go_back(request, reverse("portal:calls", args=[here.account.slug]))


def _correct(request: HttpRequest, here: Here) -> list[CorrectionBatch]:
    account, actor = here.account, here.person
    calls = [one for one in map(uuid_of, request.POST.getlist("call")) if one]
    what = request.POST.get("what", "assign")
    if what.startswith("suggested:"):
        calls = [one for one in [uuid_of(what.removeprefix("suggested:"))] if one]
    if not calls:
        raise Refused("Choose at least one call.", "calls")
    match what:
        case "clear":
            return [take_code_away(account, calls, actor=actor)]
        case "not_billable" | "billable":
            marked = what == "not_billable"
            return [set_not_billable(account, calls, not_billable=marked, actor=actor)]
        case "assign":
            text = request.POST.get("code", "").strip()
            if not text:
                raise Refused("Say which code: its name or its digits.", "code")
            return [_assign(here, calls, text)]
        case _:
            return _assign_suggested(here, calls)


def _assign(here: Here, calls: list[UUID], text: str) -> CorrectionBatch:
    """Assign the active code of this name or these digits; where none is validated, any digits."""
    try:
        code = active_code_called(here.account, text)
    except Refused:
        if not text.isdecimal() or validation_is_on_anywhere(here.account):
            raise
        return assign_code(here.account, calls, digits=text, actor=here.person)
    return assign_code(here.account, calls, code=code, actor=here.person)


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
        count = sum(one.total for one in done)
        messages.success(request, f"Undone: {_calls(count)} as before.")
    return go_back(request, reverse("portal:calls", args=[here.account.slug]))


def told(batch: CorrectionBatch) -> str:
    """What a correction did, in a sentence."""
    calls = _calls(batch.total)
    if batch.state != BatchState.DONE:
        return f"{calls} are being corrected. You may leave this page meanwhile."
    match batch.kind:
        case BatchKind.CLEAR:
            return f"Took the code away from {calls}."
        case BatchKind.NOT_BILLABLE:
            return f"Marked {calls} as not billable."
        case BatchKind.BILLABLE:
            return f"Marked {calls} as billable again."
    if not batch.account_code_name:
        return f"Assigned the code to {calls}."
    return named(f"Assigned “{{name}}” to {calls}.", name=batch.account_code_name)


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count:,} calls"
