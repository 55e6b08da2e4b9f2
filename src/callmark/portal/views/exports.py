"""Files that are made in the background: asked for, watched, saved."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from callmark.accounts.refused import Refused
from callmark.portal.forms.calls import CallFilterForm
from callmark.portal.forms.exports import ExportForm
from callmark.portal.history.chips import chips
from callmark.portal.pages import Here
from callmark.portal.responses import flash_refused, is_htmx
from callmark.reports import exports as services
from callmark.reports.definitions import TITLES, definition_from
from callmark.reports.models import About, Run, RunState
from callmark.reports.schedules import type_of
from callmark.reports.words import about
from callmark.web.csv import parts_stream


@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: HttpRequest, here: Here) -> HttpResponse:
    """What this person has asked for, and asking for one more: calls, or a report."""
    form = ExportForm(request.POST if request.method == "POST" else request.GET)
    if request.method == "POST" and form.is_valid():
        try:
            _ask(request, here, form)
        except Refused as refused:
            flash_refused(request, refused)
        else:
            messages.success(request, gettext("The file is being made. You may leave this page."))
            return redirect("portal:exports", here.account.slug)
    mine = list(services.exports_of(here.account, here.person).select_related("asker"))
    context = {
        "section": "calls" if form.asked_about == About.CALLS else "reports",
        "form": form,
        "asked": _told(here, form),
        "exports": mine,
        "under_way": any(one.state == RunState.WAITING for one in mine),
        "kept_days": services.KEPT_FOR.days,
    }
    template = "portal/exports/list.html" if is_htmx(request) else "portal/exports/page.html"
    return here.render(request, template, context)


def _ask(request: HttpRequest, here: Here, form: ExportForm) -> Run:
    question, how = form.cleaned_data["question"], form.cleaned_data["format"]
    portal_url = request.build_absolute_uri("/")
    if form.asked_about == About.REPORT:
        words = QueryDict(question).dict()
        return services.ask_for_report(
            here.account, words, how, actor=here.person, portal_url=portal_url
        )
    asked = CallFilterForm(here, QueryDict(question))
    if not asked.is_valid():
        raise Refused(" ".join(asked.problems))
    return services.ask_for_calls(
        here.account, asked.chosen(), how, actor=here.person, portal_url=portal_url
    )


def _told(here: Here, form: ExportForm) -> list[tuple[str, str]]:
    """What the next file will hold, in words; none of a question that cannot be."""
    question = QueryDict(form.asked_question)
    if form.asked_about == About.REPORT:
        try:
            definition = definition_from(question.dict())
            return [
                (gettext("Report"), gettext(TITLES[definition.what])),
                *about(definition, here.account),
            ]
        except Refused:
            return []
    asked = CallFilterForm(here, question)
    if not asked.is_valid():
        return []
    return [(one.label, one.value) for one in chips(asked, question)]


@require_POST
def delete(request: HttpRequest, here: Here, export_id: UUID) -> HttpResponse:
    """Delete a file of one's own, or have it made no further."""
    services.delete_export(_export(here, export_id), actor=here.person)
    messages.success(request, gettext("The file is deleted."))
    return redirect("portal:exports", here.account.slug)


@require_http_methods(["GET", "HEAD"])
def file(request: HttpRequest, here: Here, export_id: UUID) -> HttpResponseBase:  # noqa: ARG001
    """The file, for who asked for it."""
    made = _export(here, export_id)
    if not made.file_name:
        raise Http404("This file is not made yet.")
    answer = parts_stream(services.parts_of(made), made.file_name, type_of(made))
    answer["Content-Length"] = str(made.size)
    return answer


def _export(here: Here, export_id: UUID) -> Run:
    return get_object_or_404(services.exports_of(here.account, here.person), pk=export_id)
