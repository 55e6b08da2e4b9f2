"""Schedules: when kept reports are made and sent, what came of it, and the files."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callmark.accounts.refused import Refused
from callmark.portal.forms.reports import ScheduleForm
from callmark.portal.pages import Here, readers_only
from callmark.portal.responses import flash_refused, named, page_of
from callmark.reports import schedules as services
from callmark.reports.models import Run, Schedule
from callmark.reports.saved import reports_of
from callmark.web.csv import file_answer
from callmark.webhooks.models import Event
from callmark.webhooks.outbox import subscribed

SECTION = {"section": "reports"}


@require_safe
def schedules(request: HttpRequest, here: Here) -> HttpResponse:
    """The account's schedules, and the last times that reports were made."""
    readers_only(here)
    runs = Run.objects.of(here.account).exclude(schedule=None)
    runs = runs.select_related("schedule__report").defer("content")
    runs = runs.annotate(is_kept=Q(content__isnull=False))
    context = {
        **SECTION,
        "schedules": services.schedules_of(here.account),
        "any_reports": reports_of(here.account, here.person).exists(),
        "page": page_of(request.GET, runs.order_by("-due_at", "-pk")),
    }
    return here.render(request, "portal/schedules/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, here: Here) -> HttpResponse:
    """Send a kept report."""
    reports = list(reports_of(here.account, here.person))
    data = request.POST if request.method == "POST" else None
    form = ScheduleForm(reports, data, chosen=request.GET.get("report", ""))
    if form.is_bound and form.is_valid():
        report = next(one for one in reports if str(one.pk) == form.cleaned_data["report"])
        try:
            services.add_schedule(
                here.account,
                report,
                form.values(),
                portal_url=request.build_absolute_uri("/"),
                actor=here.person,
            )
        except Refused as refused:
            form.show_refused(_of_the_form(refused), form)
        else:
            messages.success(request, named(gettext("“{name}” is scheduled."), name=report.name))
            return redirect("portal:schedules", here.account.slug)
    return _form_page(request, here, form)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, here: Here, schedule_id: UUID) -> HttpResponse:
    """Change when it is made, and how it is sent."""
    schedule = _schedule(here, schedule_id)
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None:
        data["report"] = str(schedule.report_id)
    form = ScheduleForm([schedule.report], data, schedule)
    if form.is_bound and form.is_valid():
        try:
            services.change_schedule(
                schedule,
                form.values(),
                portal_url=request.build_absolute_uri("/"),
                expected_version=form.expected_version,
                actor=here.person,
            )
        except Refused as refused:
            now = _schedule(here, schedule_id)
            form.show_refused(_of_the_form(refused), ScheduleForm([now.report], schedule=now))
        else:
            messages.success(request, gettext("Schedule saved."))
            return redirect("portal:schedules", here.account.slug)
    return _form_page(request, here, form, schedule)


def _form_page(
    request: HttpRequest, here: Here, form: ScheduleForm, schedule: Schedule | None = None
) -> HttpResponse:
    context = {
        **SECTION,
        "form": form,
        "schedule": schedule,
        "tells_programs": bool(subscribed(here.account.pk, Event.REPORT_READY)),
    }
    return here.render(request, "portal/schedules/form.html", context)


@require_POST
def active(request: HttpRequest, here: Here, schedule_id: UUID) -> HttpResponse:
    """Turn it off, or on again."""
    schedule = _schedule(here, schedule_id)
    on = request.POST.get("active") == "on"
    return _done(
        request,
        here,
        lambda: services.change_schedule(schedule, {"active": on}, actor=here.person),
        gettext("It is sent again.")
        if on
        else gettext("It is sent no more until you turn it on again."),
    )


@require_POST
def run(request: HttpRequest, here: Here, schedule_id: UUID) -> HttpResponse:
    """Have it made and sent now."""
    schedule = _schedule(here, schedule_id)
    return _done(
        request,
        here,
        lambda: services.run_now(schedule, actor=here.person),
        gettext("The report is being made, and then sent."),
    )


@require_POST
def delete(request: HttpRequest, here: Here, schedule_id: UUID) -> HttpResponse:
    """Send it no more, and delete what it has made."""
    schedule = _schedule(here, schedule_id)
    return _done(
        request,
        here,
        lambda: services.delete_schedule(schedule, actor=here.person),
        gettext("The schedule is deleted; the report stays."),
    )


@require_safe
def file(request: HttpRequest, here: Here, run_id: UUID) -> HttpResponseBase:  # noqa: ARG001
    """The file that was made, for those who may read the history, as long as it is kept."""
    readers_only(here)
    made = get_object_or_404(Run.objects.of(here.account).exclude(schedule=None), pk=run_id)
    if made.content is None:
        raise Http404("This file is kept no more.")
    return file_answer(bytes(made.content), made.file_name, services.type_of(made))


def _done(request: HttpRequest, here: Here, does: Callable[[], object], said: str) -> HttpResponse:
    try:
        does()
    except Refused as refused:
        flash_refused(request, refused)
    else:
        messages.success(request, said)
    return redirect("portal:schedules", here.account.slug)


def _of_the_form(refused: Refused) -> Refused:
    """The same by the form's own names."""
    field = {"day": "month_day"}.get(refused.field or "", refused.field)
    return Refused(refused.message, field, code=refused.code)


def _schedule(here: Here, schedule_id: UUID) -> Schedule:
    return get_object_or_404(services.schedules_of(here.account), pk=schedule_id)
