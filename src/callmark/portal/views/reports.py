"""Reports: asking, the answer as a page and as a file, and keeping what is asked."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from callmark.accounts.activity import record_codes_exported, record_codes_read
from callmark.accounts.refused import Refused
from callmark.portal.forms.reports import ReportForm
from callmark.portal.pages import Here
from callmark.portal.reports.chart import chart_of
from callmark.portal.reports.links import calls_of_report
from callmark.portal.reports.shown import (
    change_head,
    heads,
    share_head,
    shown_lines,
    shown_rest,
    shown_total,
)
from callmark.portal.responses import flash_refused, go_back, named
from callmark.reports.definitions import (
    OVER_TIME,
    Definition,
    Report,
    change_in_percent,
    definition_from,
)
from callmark.reports.files import csv_text, file_name, xlsx_columns, xlsx_rows
from callmark.reports.making import make_report
from callmark.reports.paper import TYPE as PDF_TYPE
from callmark.reports.paper import pdf_is_possible
from callmark.reports.report_paper import report_pdf
from callmark.reports.saved import delete_report, reports_of, save_report
from callmark.reports.words import about, period_of_report
from callmark.web.csv import csv_stream, file_answer, xlsx_stream

SECTION = {"section": "reports"}


@require_safe
def reports(request: HttpRequest, here: Here) -> HttpResponse:
    """A report: the bill of last month, unless something else is asked."""
    try:
        asked = definition_from(request.GET.dict())
        report = make_report(here.account, asked, person=here.person)
    except Refused as refused:
        form = ReportForm.showing(here, Definition())
        return _page(request, here, {"form": form, "problem": refused.message}, status=400)
    if here.may_see_codes and any(line.code_encrypted for line in report.lines):
        record_codes_read(here.account, actor=here.person, where="calls")
    form = ReportForm.showing(here, asked)
    return _page(request, here, {"form": form, **_shown(here, report)})


def _page(
    request: HttpRequest, here: Here, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    kept = list(reports_of(here.account, here.person).select_related("owner"))
    report: Report | None = context.get("report")
    asked = report.definition.asked() if report else None
    now = next((one for one in kept if one.asked == asked), None)
    every = {**SECTION, "saved": kept, "saved_now": now, **context}
    return here.render(request, "portal/reports/page.html", every, status=status)


def _shown(here: Here, report: Report) -> dict[str, Any]:
    asked = report.definition
    query = asked.query()
    before = report.total_before
    return {
        "report": report,
        "period": period_of_report(report.period),
        "before": period_of_report(report.before) if report.before else "",
        "query": query,
        "without_filters": asked.without_filters().query(),
        "compared": before is not None and asked.what not in OVER_TIME,
        "heads": heads(report),
        "share_head": share_head(report),
        "change_head": change_head(report),
        "lines": shown_lines(report, here),
        "rest": shown_rest(report, here),
        "total": shown_total(report),
        "total_change": change_in_percent(report.total.seconds, before.seconds) if before else None,
        "all_calls": calls_of_report(report),
        "more": max(0, report.count - len(report.lines)),
        "chart": chart_of(report),
        "filters": list(about(asked, here.account)),
        "may_pdf": pdf_is_possible(),
    }


@require_POST
def run(request: HttpRequest, here: Here) -> HttpResponse:
    """Ask: names of codes become ids, for what is asked stands in the address of the answer."""
    form = ReportForm(here, request.POST)
    if not form.is_valid():
        return _page(request, here, {"form": form}, status=200)
    return redirect(f"{_reports(here)}?{form.cleaned_data['asked'].query()}")


@require_safe
def export(request: HttpRequest, here: Here) -> HttpResponseBase:
    """All lines of a report as a file; of a wrong question, what is wrong."""
    words = request.GET.dict()
    ending = words.pop("format", "csv")
    try:
        report = make_report(here.account, definition_from(words), person=here.person, most=None)
    except Refused as refused:
        flash_refused(request, refused)
        return redirect(_reports(here))
    with_codes = here.may_see_codes
    if with_codes and any(line.code_encrypted for line in report.lines):
        record_codes_exported(here.account, actor=here.person, where="calls")
    if ending == "pdf":
        try:
            data = report_pdf(report, here.account, with_codes=with_codes)
        except Refused as refused:
            flash_refused(request, refused)
            return redirect(f"{_reports(here)}?{report.definition.query()}")
        return file_answer(data, file_name(report, here.account.slug, "pdf"), PDF_TYPE)
    if ending == "xlsx":
        rows = xlsx_rows(report, with_codes=with_codes)
        columns = xlsx_columns(report, with_codes=with_codes)
        name = file_name(report, here.account.slug, "xlsx")
        return xlsx_stream(columns, rows, name, sheet=report.title)
    form = here.account.csv
    lines = csv_text(report, with_codes=with_codes, form=form)
    return csv_stream(lines, file_name(report, here.account.slug, "csv"), form)


@require_POST
def save(request: HttpRequest, here: Here) -> HttpResponse:
    """Keep what is asked under a name."""
    query = request.POST.get("query", "")
    try:
        saved = save_report(
            here.account,
            name=request.POST.get("name", ""),
            asked=_words(query),
            shared=bool(request.POST.get("shared")),
            actor=here.person,
        )
    except Refused as refused:
        flash_refused(request, refused)
        return go_back(request, _reports(here))
    messages.success(request, named(gettext("Saved as “{name}”."), name=saved.name))
    return redirect(f"{_reports(here)}?{saved.definition.query()}")


@require_safe
def saved(request: HttpRequest, here: Here, report_id: UUID) -> HttpResponse:
    """A kept report, made now."""
    kept = get_object_or_404(reports_of(here.account, here.person), pk=report_id)
    try:
        return redirect(f"{_reports(here)}?{kept.definition.query()}")
    except Refused as refused:
        flash_refused(request, refused)
        return redirect(_reports(here))


@require_POST
def delete(request: HttpRequest, here: Here, report_id: UUID) -> HttpResponse:
    """Forget a kept report."""
    kept = get_object_or_404(reports_of(here.account, here.person), pk=report_id)
    try:
        delete_report(kept, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
    else:
        messages.success(
            request, named(gettext("The saved report “{name}” is deleted."), name=kept.name)
        )
    return go_back(request, _reports(here))


def _words(query: str) -> dict[str, str]:
    return {str(name): str(value) for name, value in QueryDict(query).dict().items()}


def _reports(here: Here) -> str:
    return reverse("portal:reports", args=[here.account.slug])
