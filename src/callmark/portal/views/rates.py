"""What the account's calls cost: its rates in versions, a call to try, and rating calls again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from callmark.accounts.refused import Refused
from callmark.calls.reratings import last_rerating, rate_again, set_currency
from callmark.portal.forms.rates import CurrencyForm, RateAgainForm, TryForm
from callmark.portal.pages import Here
from callmark.portal.responses import flash_refused, is_htmx
from callmark.portal.views.rate_versions import first_of
from callmark.tariffs.queries import in_force, stretches, versions_of
from callmark.tariffs.trying import Tried, try_call


@require_safe
def rates(request: HttpRequest, here: Here) -> HttpResponse:
    """The rates in force, a call to try, rating again, and all versions."""
    context: dict[str, object] = {
        "section": "rates",
        "rerating": last_rerating(here.account),
    }
    if is_htmx(request):
        return here.render(request, "portal/rates/progress.html", context)
    if not here.account.currency:
        return here.render(request, "portal/rates/first.html", {**context, "form": CurrencyForm()})
    today = timezone.localdate()
    now = in_force(here.account, today)
    form = TryForm.of(request.GET)
    context |= {
        "tariff": now,
        **(first_of(now) if now else {}),
        "versions": [
            (one, one.is_for(today)) for one in stretches(versions_of(here.account).defer("rates"))
        ],
        "form": form,
        "tried": _tried(here, form),
        "again": RateAgainForm(),
    }
    return here.render(request, "portal/rates/page.html", context)


def _tried(here: Here, form: TryForm) -> Tried | None:
    if not form.is_bound or not form.is_valid():
        return None
    found = form.cleaned_data
    return try_call(here.account, found["number"], found["seconds"], found["at"])


@require_POST
def currency(request: HttpRequest, here: Here) -> HttpResponse:
    """Choose what the account is billed in."""
    form = CurrencyForm(request.POST)
    if form.is_valid():
        try:
            set_currency(here.account, form.cleaned_data["currency"], actor=here.person)
        except Refused as refused:
            flash_refused(request, refused)
        return redirect("portal:rates", here.account.slug)
    context = {"section": "rates", "form": form}
    return here.render(request, "portal/rates/first.html", context)


@require_POST
def again(request: HttpRequest, here: Here) -> HttpResponse:
    """Begin to rate calls on record by the rates that hold now."""
    form = RateAgainForm(request.POST)
    since = form.cleaned_data["since"] if form.is_valid() else None
    try:
        if not form.is_valid():
            raise Refused(gettext("Write the day as 2026-11-23."), "since")
        rate_again(here.account, since=since, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
    return redirect(f"{reverse('portal:rates', args=[here.account.slug])}#again")
