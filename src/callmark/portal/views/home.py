"""The first page after signing in."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from callmark.accounts.access import visible_accounts
from callmark.accounts.models import Role, Switch
from callmark.gate.set_aside import what_is_set_aside
from callmark.portal.forms.codes import ListForm
from callmark.portal.pages import look_up, person_of
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
    here = look_up(person, person.account.slug)
    if here.may_administer:
        return redirect("portal:account_codes", here.account.slug)
    if here.may_read_history:
        return redirect("portal:calls", here.account.slug)
    return redirect("portal:user_settings", here.account.slug, person.pk)


def _choose_account(request: HttpRequest) -> HttpResponse:
    text = ListForm.from_query(request.GET)["q"]
    accounts = visible_accounts(person_of(request)).annotate(
        people=Count("users", filter=Q(users__is_active=True))
    )
    if text:
        accounts = accounts.filter(Q(name__icontains=text) | Q(slug__icontains=text))
    page = page_of(request.GET, accounts.select_related("code_settings").order_by("name", "slug"))
    context = {"section": "accounts", "page": page, "q": text, **_what_is_wrong()}
    template = "portal/accounts_table.html" if is_htmx(request) else "portal/accounts.html"
    return render(request, template, context)


def _what_is_wrong() -> dict[str, object]:
    """What an operator has to do something about, at the gate on this machine and its switches."""
    return {
        "set_aside": what_is_set_aside(settings.SPOOL_DIR),
        "switches_of_two": Switch.objects.filter(refused__gt=0),
    }
