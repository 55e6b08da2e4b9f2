"""Call history: the list, the list as a file, and one call."""

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from callmark.accounts.activity import record_codes_exported, record_codes_read
from callmark.calls.export import csv_lines
from callmark.calls.queries import calls_of, other_legs
from callmark.portal.forms.calls import CallFilterForm
from callmark.portal.pages import Here
from callmark.portal.responses import is_htmx, page_of
from callmark.web.csv import csv_download


@require_safe
def calls(request: HttpRequest, here: Here) -> HttpResponse:
    """The calls this person may read, newest first."""
    readable = calls_of(here.account, here.person)
    form = CallFilterForm(request.GET)
    form.is_valid()
    found = form.chosen().narrow(readable).order_by("-started_at", "pk")
    page = page_of(request.GET, found, 50)
    context = {
        "section": "calls",
        "form": form,
        "page": page,
        "any_calls": readable.exists(),
        "filtered": any(form.cleaned_data.values()),
    }
    if here.may_administer and any(one.account_code_lookup for one in page):
        record_codes_read(here.account, actor=here.person, where="calls")
    template = "portal/calls/table.html" if is_htmx(request) else "portal/calls/list.html"
    return here.render(request, template, context)


@require_safe
def export(request: HttpRequest, here: Here) -> FileResponse:
    """The same calls as CSV, in the time zone of the pages."""
    form = CallFilterForm(request.GET)
    form.is_valid()
    found = form.chosen().narrow(calls_of(here.account, here.person)).order_by("-started_at", "pk")
    zone = timezone.get_current_timezone()
    if here.may_administer:
        record_codes_exported(here.account, actor=here.person, where="calls")
    lines = csv_lines(found, zone=zone, with_codes=here.may_administer)
    return csv_download(lines, f"calls-{here.account.slug}-{timezone.localdate()}.csv")


@require_safe
def call(request: HttpRequest, here: Here, call_id: UUID) -> HttpResponse:
    """Everything on one call's record."""
    found = get_object_or_404(calls_of(here.account, here.person), pk=call_id)
    if here.may_administer and found.account_code_lookup:
        record_codes_read(here.account, actor=here.person, where="calls")
    context = {
        "section": "calls",
        "call": found,
        "attempts": found.attempts.select_related("user"),
        "other_legs": other_legs(found, here.person),
    }
    return here.render(request, "portal/calls/detail.html", context)
