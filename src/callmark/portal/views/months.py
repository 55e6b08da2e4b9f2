"""Closing the account's months, and how the account counts its days."""

from collections import Counter
from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from callmark.accounts.activity import record_codes_read
from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.accounts.services import change_account
from callmark.calls import months as service
from callmark.calls.moved import moved_calls
from callmark.calls.overview import users_of_month
from callmark.calls.periods import read_day
from callmark.gate.unstored import warnings_before_closing
from callmark.portal.forms.months import CalendarForm
from callmark.portal.pages import Here, readers_only
from callmark.portal.reports.links import calls_of_code, calls_of_user
from callmark.portal.responses import as_read_next, flash_refused, render_dialog


@require_safe
def months(request: HttpRequest, here: Here) -> HttpResponse:
    """All months with calls, open and closed."""
    readers_only(here)
    context = {"section": "months", "months": service.months(here.account)}
    return here.render(request, "portal/months/list.html", context)


@require_safe
def month(request: HttpRequest, here: Here, month: str) -> HttpResponse:
    """One month: its figures, what speaks against closing it, and the closing."""
    readers_only(here)
    first = first_day_of(here, month)
    found = service.months(here.account, only=first)
    if not found:
        raise Http404("No such month.")
    state = found[0]
    figures = service.figures(here.account, first, most_codes=_MOST, with_users=False, known=state)
    if here.may_administer and any(one.lookup for one in figures.by_code):
        record_codes_read(here.account, actor=here.person, where="calls")
    users, more_users = users_of_month(here.account, first, most=_MOST)
    warnings: list[service.Warn] = []
    if not figures.closed:
        warnings = warnings_before_closing(here.account, first, to_assign=state.to_assign)
    # The lists of calls hold none of these: each figure says how many it is made of besides.
    of_codes = Counter(
        (one.state, one.account_code_lookup, one.account_code_name) for one in figures.adjustments
    )
    of_users = Counter((one.who, one.user_name) for one in figures.adjustments)
    context = {
        "section": "months",
        "state": state,
        "figures": figures,
        "moved": moved_calls(here.account, first),
        "warnings": warnings,
        "codes": [
            (one, calls_of_code(state.month, one), of_codes[one.state, one.lookup, one.name])
            for one in figures.by_code
        ],
        "more_codes": figures.more_codes,
        "users": [
            (one, calls_of_user(state.month, one), of_users[one.who, one.name]) for one in users
        ],
        "more_users": more_users,
    }
    return here.render(request, "portal/months/month.html", context)


_MOST = 100
"""Lines of a table on the page."""


@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, here: Here, month: str) -> HttpResponse:
    """Close a month, after a question that says what speaks against it."""
    first = first_day_of(here, month)
    if request.method == "POST":
        return _done(request, here, first, service.close_month, gettext("{month} is closed."))
    told = warnings_before_closing(here.account, first)
    return _question(request, here, first, "dialog_close", warnings=told)


@require_http_methods(["GET", "POST"])
def reopen(request: HttpRequest, here: Here, month: str) -> HttpResponse:
    """Open a closed month again."""
    first = first_day_of(here, month)
    if request.method == "POST":
        return _done(request, here, first, service.reopen_month, gettext("{month} is open again."))
    return _question(request, here, first, "dialog_reopen")


def _done(
    request: HttpRequest, here: Here, first: date, does: Callable[..., object], how_it_is: str
) -> HttpResponse:
    try:
        does(here.account, first, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
    else:
        name = capfirst(date_format(first, "YEAR_MONTH_FORMAT"))
        messages.success(request, how_it_is.format(month=name))
    return redirect("portal:month", here.account.slug, first.isoformat())


def _question(
    request: HttpRequest, here: Here, first: date, dialog: str, **more: object
) -> HttpResponse:
    context = {
        "section": "months",
        "figures": service.figures(here.account, first, most_codes=1, with_users=False),
        "cancel_url": reverse("portal:month", args=[here.account.slug, first.isoformat()]),
        **more,
    }
    return render_dialog(request, here, f"portal/months/{dialog}.html", context)


@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest, here: Here) -> HttpResponse:
    """The account's time zone, the day on which its months begin, and who corrects calls."""
    back = reverse("portal:months", args=[here.account.slug])
    form = CalendarForm(here.account, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            change_account(
                here.account,
                form.changes,
                expected_version=form.expected_version,
                actor=here.person,
            )
        except Refused as refused:
            now = Account.objects.get(pk=here.account.pk)
            form.show_refused(refused, CalendarForm(now))
        else:
            with as_read_next(here.person):
                messages.success(request, gettext("Saved."))
            return redirect(back)
    context = {"section": "months", "form": form, "back_url": back}
    return here.render(request, "portal/months/calendar.html", context)


def first_day_of(here: Here, text: str) -> date:
    """The first day of the month of an address. Raises ``Http404`` where none begins."""
    try:
        return service.month_from(here.account, read_day(text, "month"))
    except Refused:
        raise Http404("No such month.") from None
