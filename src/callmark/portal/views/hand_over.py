"""Handing a month's calls over: choose a format, see what the file will hold, and save it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from callmark.accounts.refused import Refused
from callmark.languages import in_language
from callmark.portal.forms.bills import HandOverForm, beginnings
from callmark.portal.pages import Here
from callmark.portal.responses import named
from callmark.portal.views.bills import month_to_bill
from callmark.reports.handover.csv_forms import FIELDS
from callmark.reports.handover.files import make_file, preview
from callmark.reports.handover.formats import TEMPLATES, BadFormat, Format, read_format
from callmark.reports.handover.gathering import Billing
from callmark.reports.handover.models import SavedFormat
from callmark.reports.handover.services import delete_format, format_version, save_format
from callmark.web.csv import csv_stream

TO_MEND = 200
"""Lines of what is left out on the page."""


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, here: Here, month: str) -> HttpResponseBase:
    """The format and its choices; a POST shows the file's beginning, keeps the choices, or
    gives the file.
    """
    to_bill = month_to_bill(here, month)
    saved = list(SavedFormat.objects.of(here.account))
    begin = request.POST.get("begin") or request.GET.get("begin") or ""
    chosen, options = _options(saved, begin)
    version = next((format_version(one) for one in saved if str(one.pk) == chosen), "")
    form = HandOverForm(request.POST if request.method == "POST" else None, options)
    how = _format(form) if form.is_bound else read_format(options)
    if how is not None and request.method == "POST":
        answer = _done(request, here, to_bill, form, how)
        if answer is not None:
            return answer
    context = {
        "section": "months",
        "to_bill": to_bill,
        "form": form,
        "begin": chosen,
        "version": request.POST.get("version", version),
        "beginnings": beginnings(saved),
        "is_saved": chosen not in TEMPLATES,
        "fields": FIELDS,
        "name": request.POST.get("name", ""),
        **_seen(to_bill, how),
    }
    return here.render(request, "portal/bills/hand_over.html", context)


def _seen(to_bill: Billing, how: Format | None) -> dict[str, Any]:
    if how is None:
        return {}
    seen = preview(to_bill, how)
    return {
        "seen": seen,
        "left_out": seen.left_out[:TO_MEND],
        "left_out_more": max(0, len(seen.left_out) - TO_MEND),
    }


def _options(saved: list[SavedFormat], begin: str) -> tuple[str, Mapping[str, Any]]:
    """What was chosen to begin with; the first there is, if it is nothing that there is."""
    for one in saved:
        if begin in {str(one.pk), ""}:
            return str(one.pk), one.options
    key = begin if begin in TEMPLATES else next(iter(TEMPLATES))
    return key, TEMPLATES[key][1].options()


def _format(form: HandOverForm) -> Format | None:
    """The format of the form; None: it has to be corrected."""
    if not form.is_valid():
        return None
    try:
        return read_format(form.options)
    except BadFormat as bad:
        form.add_error(bad.field if bad.field in form.fields else None, in_language(bad.message))
        return None


def _done(
    request: HttpRequest, here: Here, to_bill: Billing, form: HandOverForm, how: Format
) -> HttpResponseBase | None:
    """The file, or the way back after the choices were kept; None: the page is shown."""
    month = to_bill.month.first.isoformat()
    try:
        if request.POST.get("do") == "keep":
            name = request.POST.get("name", "")
            kept = save_format(
                here.account,
                name=name,
                options=form.options,
                upon=request.POST.get("version"),
                actor=here.person,
            )
            messages.success(request, named(gettext("Format “{name}” saved."), name=kept.name))
            url = reverse("portal:hand_over", args=[here.account.slug, month])
            return redirect(f"{url}?begin={kept.pk}")
        if request.POST.get("do") == "file":
            made = make_file(to_bill, how, actor=here.person)
            name = f"calls-{here.account.slug}-{month}.{made.ending}"
            answer = csv_stream(made.lines, name)
            if made.is_text:
                answer["Content-Type"] = "text/plain; charset=us-ascii"
            return answer
    except Refused as refused:
        form.add_error(None, refused.message)
    return None


@require_POST
def format_delete(request: HttpRequest, here: Here, format_id: UUID) -> HttpResponse:
    """Delete a saved format."""
    saved = get_object_or_404(SavedFormat.objects.of(here.account), pk=format_id)
    try:
        delete_format(saved, actor=here.person)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, named(gettext("Format “{name}” deleted."), name=saved.name))
    return redirect("portal:months", here.account.slug)
