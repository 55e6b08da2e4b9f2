"""The first page after signing in."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from callmark.accounts.activity import last_visit
from callmark.accounts.models import Role
from callmark.calls.calendars import calendar_of
from callmark.calls.models import Call
from callmark.calls.overview import (
    locked_out,
    month_so_far,
    months_to_close,
    unused_codes,
)
from callmark.policy.rules import STARTS
from callmark.portal.charts import calls_by_day
from callmark.portal.first_steps import choose_start, settings_left, start_of, steps
from callmark.portal.pages import Here, person_of
from callmark.portal.views.choosing_an_account import choose_account
from callmark.reports.schedules import count_unsent


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Some browsers ask for it there, whatever the page says."""
    return redirect(static("callmark/favicon.svg"))


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Operators choose an account; everybody else goes straight to their own."""
    person = person_of(request)
    if person.role == Role.OPERATOR:
        return choose_account(request)
    if person.account is None:
        return redirect("account_logout")
    return redirect("portal:account_home", person.account.slug)


@require_safe
def account_home(request: HttpRequest, here: Here) -> HttpResponse:
    """The month so far and what is to do; before the first call, the way there."""
    if not here.may_read_history:
        return redirect("portal:user_settings", here.account.slug, here.person.pk)
    context: dict[str, object] = {
        "section": "account_home",
        "visit": last_visit(here.account) if here.may_administer else None,
    }
    if not Call.objects.of(here.account).filter(simulated=False).exists():
        if not here.may_administer:
            return here.render(request, "portal/home/no_calls.html", context)
        return _guide(request, here, "account_home")
    calendar = calendar_of(here.account)
    this = calendar.month_of(calendar.day_of(timezone.now()))
    is_last = request.GET.get("month") == "last"
    so_far = month_so_far(here.account, this.before if is_last else this)
    context |= {
        "is_last": is_last,
        "so_far": so_far,
        "chart": calls_by_day(so_far.days),
        "period": "last_month" if is_last else "this_month",
        "to_close": months_to_close(here.account),
        "locked_out": locked_out(here.account),
        "unsent": count_unsent(here.account),
        "unused": _count_unused(here) if here.may_administer else 0,
        "steps_left": settings_left(here) if here.may_administer else 0,
    }
    return here.render(request, "portal/home/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def guide(request: HttpRequest, here: Here) -> HttpResponse:
    """The way to the first call, also after it; a POST chooses a starting point."""
    if request.method == "POST":
        choose_start(here, request.POST.get("start", ""))
        return redirect("portal:guide", here.account.slug)
    return _guide(request, here, "guide")


def _guide(request: HttpRequest, here: Here, section: str) -> HttpResponse:
    way = steps(here)
    context = {
        "section": section,
        "visit": last_visit(here.account) if section == "account_home" else None,
        "steps": way,
        "following": next((one for one in way if not one.done and one.url), None),
        "done": sum(one.done for one in way),
        "starts": STARTS,
        "start": start_of(here),
    }
    return here.render(request, "portal/home/guide.html", context)


_COUNTED_AT_MOST = 1000


def _count_unused(here: Here) -> int:
    return unused_codes(here.account).order_by()[:_COUNTED_AT_MOST].count()
