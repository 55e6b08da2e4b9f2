"""The untagged inbox, and find-and-replace of a wrong code."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from callmark.accounts.refused import Refused
from callmark.calls.calendars import account_calendar
from callmark.calls.corrections import correctable, replace_code
from callmark.calls.inbox import count_in_closed_months, inbox_state, suggested
from callmark.calls.inbox import to_assign as calls_to_assign
from callmark.calls.listing import page_of_calls
from callmark.calls.sums import bounded_sum, found_by, sum_among
from callmark.portal.forms.calls import PLACES, CallFilterForm, same_question
from callmark.portal.forms.replace import ReplaceForm
from callmark.portal.history.chips import chips
from callmark.portal.pages import Here
from callmark.portal.responses import flash_refused
from callmark.portal.stretches import PRINTED_AT_MOST, is_printed
from callmark.portal.views.corrections import how_far, offer_undo

_ROWS = 50


@require_safe
def to_assign(request: HttpRequest, here: Here) -> HttpResponse:
    """Calls of open months that should have a code and have none, with the likely one."""
    may_correct = correctable(here.account, here.person).exists()
    if not may_correct and not here.may_read_history:
        raise Http404("No such page.")
    form = CallFilterForm(here, request.GET)
    context: dict[str, Any] = {
        "section": "calls",
        "form": form,
        "question": same_question(request.GET),
        **how_far(request, here),
        "state": inbox_state(here.account, here.person),
    }
    if not form.is_valid():
        return here.render(request, "portal/inbox/page.html", context | {"problems": form.problems})
    wanted = calls_to_assign(here.account, here.person)
    search = form.chosen()
    found = found_by(search.by_index(), here.account, here.person) & wanted
    printed = is_printed(request.GET)
    try:
        older, newer = (request.GET.get(name, "") for name in PLACES)
        page = page_of_calls(
            found,
            size=PRINTED_AT_MOST if printed else _ROWS,
            older=older,
            newer=newer,
            looking_for=search.by_looking(),
        )
    except Refused as refused:
        return here.render(
            request, "portal/inbox/page.html", context | {"problems": [refused.message]}
        )
    likely = suggested(here.account, here.person, page.calls)
    context |= {
        "page": page,
        "rows": [(call, likely.get(call.pk)) for call in page.calls],
        "chips": chips(form, request.GET),
        "in_closed": count_in_closed_months(here.account, here.person),
        "may_correct": may_correct and not printed,
        "printed": printed,
        "all_of": same_question(request.GET, tag="to_assign"),
        "sum": sum_among(found, search.by_looking()) if page.older or page.newer else None,
    }
    return here.render(request, "portal/inbox/page.html", context)


@require_http_methods(["GET", "POST"])
def replace(request: HttpRequest, here: Here) -> HttpResponse:
    """Find calls with a wrong code, say how many there are, then give them the right one."""
    form = ReplaceForm(here, request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {
        "section": "calls",
        "form": form,
        "back_url": reverse("portal:to_assign", args=[here.account.slug]),
    }
    if request.method == "POST" and form.is_valid():
        if "apply" in request.POST:
            return _apply(request, here, form)
        found = found_by(form.within(), here.account, here.person)
        wrong = found.filter(account_code_lookup=form.old.code_lookup)
        closed = account_calendar(here.account).closed_months
        context["sum"] = bounded_sum(wrong.exclude(billing_month__in=closed))
        context["left_alone"] = bounded_sum(wrong.filter(billing_month__in=closed)).calls
    return here.render(request, "portal/inbox/replace.html", context)


def _apply(request: HttpRequest, here: Here, form: ReplaceForm) -> HttpResponse:
    try:
        batch = replace_code(
            here.account, form.old, form.new, within=form.within(), actor=here.person
        )
    except Refused as refused:
        flash_refused(request, refused)
        return redirect("portal:calls_replace", here.account.slug)
    offer_undo(request, batch)
    return redirect("portal:calls", here.account.slug)
