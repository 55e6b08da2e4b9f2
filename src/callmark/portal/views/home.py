"""The first page after signing in."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.http import require_safe

from callmark.accounts.access import visible_accounts
from callmark.accounts.models import Account, Role, Switch
from callmark.calls.calendars import calendar_of
from callmark.calls.models import Call
from callmark.calls.overview import (
    AccountHealth,
    health_of,
    locked_out,
    month_so_far,
    months_to_close,
    unused_codes,
)
from callmark.gate.set_aside import what_is_set_aside
from callmark.portal.charts import calls_by_day
from callmark.portal.first_steps import steps
from callmark.portal.forms.codes import ListForm
from callmark.portal.pages import Here, person_of
from callmark.portal.responses import is_htmx, page_of


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
        return _choose_account(request)
    if person.account is None:
        return redirect("account_logout")
    return redirect("portal:account_home", person.account.slug)


@require_safe
def account_home(request: HttpRequest, here: Here) -> HttpResponse:
    """The month so far and what is to do; before the first call, the way there."""
    if not here.may_read_history:
        return redirect("portal:user_settings", here.account.slug, here.person.pk)
    context: dict[str, object] = {"section": "account_home"}
    if not Call.objects.of(here.account).filter(simulated=False).exists():
        way = steps(here) if here.may_administer else []
        following = next((one for one in way if not one.done and one.url), None)
        context |= {"steps": way, "following": following}
        return here.render(request, "portal/home/guide.html", context)
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
        "unused": _count_unused(here) if here.may_administer else 0,
    }
    return here.render(request, "portal/home/home.html", context)


_COUNTED_AT_MOST = 1000


def _count_unused(here: Here) -> int:
    return unused_codes(here.account).order_by()[:_COUNTED_AT_MOST].count()


def _choose_account(request: HttpRequest) -> HttpResponse:
    text = ListForm.from_query(request.GET)["q"]
    accounts = visible_accounts(person_of(request)).annotate(
        people=Count("users", filter=Q(users__is_active=True))
    )
    if text:
        accounts = accounts.filter(Q(name__icontains=text) | Q(slug__icontains=text))
    page = page_of(request.GET, accounts.select_related("code_settings").order_by("name", "slug"))
    context = {
        "section": "accounts",
        "page": page,
        "q": text,
        "health": health_of(page.object_list),
        **_what_is_wrong(),
    }
    template = "portal/accounts_table.html" if is_htmx(request) else "portal/accounts.html"
    return render(request, template, context)


def _what_is_wrong() -> dict[str, object]:
    """What an operator has to do something about, at the gate on this machine and its switches."""
    return {
        "set_aside": what_is_set_aside(settings.SPOOL_DIR),
        "in_trouble": _in_trouble(),
        "switches_of_two": Switch.objects.filter(refused__gt=0),
    }


def _in_trouble() -> list[tuple[Account, AccountHealth]]:
    """The accounts that should be looked at, those that are quiet first."""
    accounts = {one.pk: one for one in Account.objects.filter(code_settings__allowed=True)}
    found = [(accounts[pk], one) for pk, one in health_of(accounts.values()).items()]
    troubled = [(account, health) for account, health in found if health.in_trouble]
    return sorted(troubled, key=lambda one: (not one[1].is_quiet, one[0].name))[:20]
