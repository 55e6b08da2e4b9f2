"""What the account's calls cost: its rates in versions, a call to try, and rating calls again."""

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callmark.accounts.currencies import decimals_of
from callmark.accounts.refused import Refused
from callmark.calls.reratings import last_rerating, rate_again, set_currency
from callmark.portal.forms.rates import (
    MOST_ON_PAGE,
    CurrencyForm,
    RateAgainForm,
    RateListForm,
    Rates,
    RatesForm,
    TryForm,
    VersionForm,
    first_texts,
)
from callmark.portal.kept_lists import keep, kept_list
from callmark.portal.pages import Here
from callmark.portal.responses import flash_refused, is_htmx
from callmark.tariffs.files import RateList, read_csv, write_csv
from callmark.tariffs.models import Tariff
from callmark.tariffs.queries import in_force, versions_of
from callmark.tariffs.services import make_version
from callmark.tariffs.trying import Tried, try_call
from callmark.web.csv import csv_download

SHOWN = 100
PROBLEMS_SHOWN = 50


@require_safe
def rates(request: HttpRequest, here: Here) -> HttpResponse:
    """The rates in force, a call to try, rating again, and all versions."""
    context: dict[str, object] = {"section": "rates", "rerating": last_rerating(here.account)}
    if is_htmx(request):
        return here.render(request, "portal/rates/progress.html", context)
    if not here.account.currency:
        return here.render(request, "portal/rates/first.html", {**context, "form": CurrencyForm()})
    now = in_force(here.account, timezone.localdate())
    form = TryForm.of(request.GET)
    context |= {
        "tariff": now,
        "rates": now.value.rates[:SHOWN] if now else (),
        "more": max(0, len(now.rates) - SHOWN) if now else 0,
        "versions": versions_of(here.account).defer("rates"),
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


@require_safe
def version(request: HttpRequest, here: Here, tariff_id: UUID) -> HttpResponse:
    """One version, as it was made."""
    tariff = _version(here, tariff_id)
    context = {
        "section": "rates",
        "tariff": tariff,
        "rates": tariff.value.rates[:SHOWN],
        "more": max(0, len(tariff.rates) - SHOWN),
        "back_url": reverse("portal:rates", args=[here.account.slug]),
    }
    return here.render(request, "portal/rates/version.html", context)


@require_safe
def export(request: HttpRequest, here: Here, tariff_id: UUID) -> FileResponse:
    """A version's rates as CSV, which can be imported again."""
    del request
    tariff = _version(here, tariff_id)
    name = f"rates-{here.account.slug}-{tariff.number}.csv"
    return csv_download(write_csv(tariff.value.rates), name)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, here: Here) -> HttpResponse:
    """Change the newest version into the next one."""
    if not here.account.currency:
        return redirect("portal:rates", here.account.slug)
    newest = versions_of(here.account).first()
    if newest is not None and len(newest.rates) > MOST_ON_PAGE:
        messages.info(request, "These are too many rates for a page: export, edit, import them.")
        return redirect("portal:rates", here.account.slug)
    first = VersionForm.first_values(newest, decimals_of(here.account.currency))
    rates = [first_texts(one) for one in newest.value.rates] if newest else []
    if request.method != "POST":
        form, rows = VersionForm(initial=first), RatesForm(initial=rates, prefix="rate")
        return _edit_page(request, here, form, rows)
    form, rows = VersionForm(request.POST), RatesForm(request.POST, prefix="rate")
    if form.is_valid() and rows.is_valid():
        new = form.version(here.account.currency, rows.rates())
        try:
            made = make_version(
                here.account, new, upon=form.cleaned_data["upon"] or 0, actor=here.person
            )
        except Refused as refused:
            field = refused.field if refused.field in form.fields else None
            form.add_error(field, refused.message)
        else:
            return _made(request, here, made)
    return _edit_page(request, here, form, rows)


def _edit_page(request: HttpRequest, here: Here, form: VersionForm, rows: Rates) -> HttpResponse:
    context = {
        "section": "rates",
        "form": form,
        "rows": rows,
        "back_url": reverse("portal:rates", args=[here.account.slug]),
    }
    return here.render(request, "portal/rates/edit.html", context)


def _made(request: HttpRequest, here: Here, made: Tariff) -> HttpResponse:
    messages.success(
        request,
        f"Version {made.number} is saved, for calls that come from now on. To charge those on "
        "record by it, rate them again.",
    )
    return redirect("portal:rates", here.account.slug)


@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: HttpRequest, here: Here) -> HttpResponse:
    """Take a list of rates, show what it says, and make a version of it when that is asked."""
    if not here.account.currency:
        return redirect("portal:rates", here.account.slug)
    if request.method != "POST":
        return _import_page(request, here, RateListForm())
    if "kept" not in request.POST:
        form = RateListForm(request.POST, request.FILES)
        if not form.is_valid():
            return _import_page(request, here, form)
        data = form.content()
        return _preview(request, here, form, data, read_csv(data))
    try:
        found = read_csv(kept_list(here, request.POST["kept"]))
        newest = versions_of(here.account).first()
        first = VersionForm.first_values(newest, decimals_of(here.account.currency))
        details = VersionForm({**first, "valid_from": request.POST.get("valid_from", "")})
        if found.problems or not details.is_valid():
            raise Refused("The list cannot be used: preview it again.")
        new = details.version(here.account.currency, found.rates)
        made = make_version(here.account, new, upon=first["upon"], actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
        return _import_page(request, here, RateListForm())
    return _made(request, here, made)


def _preview(
    request: HttpRequest, here: Here, form: RateListForm, data: bytes, found: RateList
) -> HttpResponse:
    kept = "" if found.problems else keep(here, data)
    if not found.problems and not kept:
        form.add_error(None, "This list is too long for the page: import it through the API.")
        return _import_page(request, here, form)
    return _import_page(
        request,
        here,
        form,
        found=found,
        kept=kept,
        rates=found.rates[:SHOWN],
        more=max(0, len(found.rates) - SHOWN),
        problems=found.problems[:PROBLEMS_SHOWN],
    )


def _import_page(
    request: HttpRequest, here: Here, form: RateListForm, **more: object
) -> HttpResponse:
    back = reverse("portal:rates", args=[here.account.slug])
    context = {"section": "rates", "form": form, "back_url": back, **more}
    return here.render(request, "portal/rates/import.html", context)


@require_POST
def again(request: HttpRequest, here: Here) -> HttpResponse:
    """Begin to rate calls on record by the rates that hold now."""
    form = RateAgainForm(request.POST)
    since = form.cleaned_data["since"] if form.is_valid() else None
    try:
        if not form.is_valid():
            raise Refused("Write the day as 2026-11-23.", "since")
        rate_again(here.account, since=since, actor=here.person)
    except Refused as refused:
        flash_refused(request, refused)
    return redirect(f"{reverse('portal:rates', args=[here.account.slug])}#again")


def _version(here: Here, tariff_id: UUID) -> Tariff:
    """A version of the account's own, or the operator's in its currency."""
    own = Tariff.objects.of(here.account).filter(pk=tariff_id).first()
    shared = Tariff.objects.of_no_account().filter(currency=here.account.currency, pk=tariff_id)
    found = own or shared.first()
    if found is None:
        raise Http404("No such version.")
    return found
