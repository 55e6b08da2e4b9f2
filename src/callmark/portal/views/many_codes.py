"""What is done to many codes at once: asked before, followed while it goes on, and undone."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callmark.accounts.refused import Refused
from callmark.accounts.versions import CHOSEN_STALE_MESSAGE, STALE
from callmark.batches import BatchState
from callmark.codes.batches import IN_REQUEST
from callmark.codes.many import (
    batches_of,
    change_many,
    left_rows,
    needing,
    undo,
    why_not_undoable,
)
from callmark.codes.models import AccountCode, BatchCode, CodeBatch, Kind
from callmark.codes.services import code_version
from callmark.csv_files import csv_line
from callmark.local_formats import number
from callmark.portal.forms.calls import uuid_of
from callmark.portal.forms.code_questions import CodesAsked
from callmark.portal.pages import Here
from callmark.portal.responses import flash_refused, go_back, is_htmx, named, page_of
from callmark.portal.views.account_codes import stored_settings
from callmark.web.csv import csv_download

WHAT = {
    "activate": Kind.ACTIVATE,
    "deactivate": Kind.DEACTIVATE,
    "label": Kind.LABEL,
    "unlabel": Kind.LABEL,
    "delete": Kind.DELETE,
}
_LEFT_SHOWN = 50
_JUST_DONE = "codes_just_changed"


def just_done(request: HttpRequest, here: Here) -> CodeBatch | None:
    """What this person did to many codes last, if it is done and its list comes next."""
    pk = uuid_of(request.session.pop(_JUST_DONE, ""))
    batch = batches_of(here.account).filter(pk=pk).first() if pk else None
    return batch if batch and why_not_undoable(batch) is None else None


@sensitive_post_parameters("q")
@require_POST
def codes_many(request: HttpRequest, here: Here) -> HttpResponse:
    """Do something to the codes that are chosen, or to all that match; after a question."""
    what = request.POST.get("what", "")
    label = request.POST.get("new_label", "") if what == "label" else ""
    every = bool(request.POST.get("every"))
    try:
        if what not in WHAT:
            raise Refused(gettext("There is nothing of this kind to do with codes."))
        if what == "label" and not label.strip():
            raise Refused(gettext("Write the label that these codes should have."))
        which = _which(request, here, every=every)
        if "confirmed" in request.POST or not (every or what == "delete"):
            return _done(request, here, what, which, label)
        return _question(request, here, what, which, label)
    except Refused as refused:
        flash_refused(request, refused)
    return go_back(request, _list(here))


def _which(request: HttpRequest, here: Here, *, every: bool) -> QuerySet[AccountCode]:
    if every:
        return CodesAsked.of(request.POST).codes(here.account)
    pairs = [one.partition(":") for one in request.POST.getlist("code_id")]
    seen = {code: version for key, _, version in pairs if (code := uuid_of(key))}
    if not seen:
        raise Refused(gettext("Choose at least one code."))
    codes = AccountCode.objects.of(here.account).filter(pk__in=seen)
    if any(seen[one.pk] not in {"", code_version(one)} for one in codes):
        raise Refused(str(CHOSEN_STALE_MESSAGE), code=STALE)
    return codes


def _question(
    request: HttpRequest, here: Here, what: str, which: QuerySet[AccountCode], label: str
) -> HttpResponse:
    every = bool(request.POST.get("every"))
    asked = CodesAsked.of(request.POST) if every else CodesAsked()
    count = needing(WHAT[what], which, label.strip()).order_by().count()
    if not count:
        raise Refused(gettext("None of these codes would change."))
    context = {
        "section": "account_codes",
        "what": what,
        "label": label,
        "every": every,
        "asked": asked,
        "ids": request.POST.getlist("code_id") if not every else [],
        "first": which.order_by("name", "id")[:10] if not every else [],
        "count": count,
        "takes_a_while": count > IN_REQUEST,
        "back": request.POST.get("back", ""),
    }
    return here.render(request, "portal/codes/many_confirm.html", context)


def _done(
    request: HttpRequest, here: Here, what: str, which: QuerySet[AccountCode], label: str
) -> HttpResponse:
    batch = change_many(here.account, WHAT[what], which, label=label, actor=here.person)
    if batch.is_under_way:
        return redirect("portal:code_change", here.account.slug, batch.pk)
    finished(request, batch)
    return go_back(request, _list(here))


def finished(request: HttpRequest, batch: CodeBatch) -> None:
    """Say what was done; the list that comes next offers to undo it."""
    messages.success(request, told(batch))
    request.session[_JUST_DONE] = str(batch.pk)


def told(batch: CodeBatch) -> str | SafeString:
    """What was done to how many, in a sentence."""
    said = _told_of_import(batch) if batch.kind == Kind.IMPORT else _DONE[batch.kind](batch.done)
    if batch.kind == Kind.LABEL and not batch.label:
        said = ngettext(
            "{codes} account code: label taken away.",
            "{codes} account codes: label taken away.",
            batch.done,
        )
    told = named(said.replace("{codes}", number(batch.done)), label=batch.label)
    if not batch.left or batch.kind in {Kind.IMPORT, Kind.LABEL}:
        return told
    left = ngettext(
        "{left} changed since and stay as they are.",
        "{left} changed since and stay as they are.",
        batch.left,
    ).format(left=number(batch.left))
    return format_html("{} {}", told, left)


_DONE: dict[str, Callable[[int], str]] = {
    Kind.ACTIVATE: lambda count: ngettext(
        "{codes} account code activated.", "{codes} account codes activated.", count
    ),
    Kind.DEACTIVATE: lambda count: ngettext(
        "{codes} account code deactivated.", "{codes} account codes deactivated.", count
    ),
    Kind.LABEL: lambda count: ngettext(
        "{codes} account code labeled “{label}”.",
        "{codes} account codes labeled “{label}”.",
        count,
    ),
    Kind.DELETE: lambda count: ngettext(
        "{codes} account code deleted.", "{codes} account codes deleted.", count
    ),
    Kind.UNDO: lambda count: ngettext(
        "Undone: {codes} account code as before.",
        "Undone: {codes} account codes as before.",
        count,
    ),
}


def _told_of_import(batch: CodeBatch) -> str:
    added = ngettext(
        "{count} account code added", "{count} account codes added", batch.added
    ).format(count=number(batch.added))
    if batch.done <= batch.added:
        return gettext("List imported: {added}.").format(added=added)
    return gettext("List imported: {added}, {updated} updated.").format(
        added=added, updated=number(batch.done - batch.added)
    )


@require_safe
def code_changes(request: HttpRequest, here: Here) -> HttpResponse:
    """What was done to many codes in the last weeks, and how far what goes on is."""
    context = {
        "section": "account_codes",
        "tab": "codes",
        "settings": stored_settings(here.account),
        "page": page_of(request.GET, batches_of(here.account)),
    }
    return here.render(request, "portal/codes/changes.html", context)


@require_safe
def code_change(request: HttpRequest, here: Here, batch_id: UUID) -> HttpResponse:
    """One of them: how far it is, what was left as it is and why, and its undoing."""
    batch = _batch(here, batch_id)
    template = "portal/codes/change_state.html" if is_htmx(request) else "portal/codes/change.html"
    return here.render(request, template, _context(batch))


def _context(batch: CodeBatch) -> dict[str, Any]:
    left = left_rows(batch)
    return {
        "section": "account_codes",
        "batch": batch,
        "told": told(batch) if batch.state == BatchState.DONE else "",
        "left": left[:_LEFT_SHOWN],
        "why_not": why_not_undoable(batch),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def code_change_undo(request: HttpRequest, here: Here, batch_id: UUID) -> HttpResponse:
    """Bring back what was, after asking."""
    batch = _batch(here, batch_id)
    if request.method != "POST":
        context = {**_context(batch), "changed": batch.done - batch.added}
        return here.render(request, "portal/codes/change_undo.html", context)
    try:
        undoing = undo(batch, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
        return redirect("portal:code_change", here.account.slug, batch.pk)
    if undoing.state == BatchState.DONE:
        messages.success(request, told(undoing))
        if not undoing.left:
            return redirect(_list(here))
    return redirect("portal:code_change", here.account.slug, undoing.pk)


@require_safe
def code_change_left(request: HttpRequest, here: Here, batch_id: UUID) -> HttpResponseBase:
    """The codes that were left as they are, with the reasons, as CSV. Names only, no digits."""
    del request
    answer: HttpResponseBase = csv_download(_left_lines(_batch(here, batch_id)), "left.csv")
    return answer


def _left_lines(batch: CodeBatch) -> Iterator[str]:
    yield csv_line(("name", "line", "why"))
    for row in left_rows(batch).iterator():
        yield csv_line((row.name, str(row.row or ""), str(BatchCode.Left(row.left).label)))


def _batch(here: Here, batch_id: UUID) -> CodeBatch:
    return get_object_or_404(batches_of(here.account), pk=batch_id)


def _list(here: Here) -> str:
    return reverse("portal:codes", args=[here.account.slug])
