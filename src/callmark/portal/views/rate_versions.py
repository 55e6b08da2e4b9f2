"""Versions of rates, of an account or of the operator for all: to read, edit, import and export."""

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from callmark.accounts.currencies import decimals_of
from callmark.accounts.refused import Refused
from callmark.portal.forms.rates import (
    MOST_ON_PAGE,
    RateListForm,
    Rates,
    RatesForm,
    VersionForm,
    first_texts,
)
from callmark.portal.kept_lists import keep, kept_list
from callmark.portal.rates_place import Place
from callmark.portal.responses import flash_refused
from callmark.tariffs.files import RateList, read_csv, write_csv
from callmark.tariffs.models import Tariff
from callmark.tariffs.services import make_version
from callmark.web.csv import csv_download

SHOWN = 100
PROBLEMS_SHOWN = 50


def first_of(tariff: Tariff) -> dict[str, object]:
    """The first rates of a version, and how many more there are."""
    return {
        "rates": tariff.value.rates[:SHOWN],
        "more": max(0, len(tariff.rates) - SHOWN),
    }


@require_safe
def version(request: HttpRequest, place: Place, tariff_id: UUID) -> HttpResponse:
    """One version, as it was made."""
    tariff = _version(place, tariff_id)
    context = {
        "tariff": tariff,
        **first_of(tariff),
        "export_url": place.url("export", tariff.pk),
    }
    return place.render(request, "portal/rates/version.html", context)


@require_safe
def export(request: HttpRequest, place: Place, tariff_id: UUID) -> FileResponse:
    """A version's rates as CSV, which can be imported again."""
    del request
    tariff = _version(place, tariff_id)
    name = f"rates-{place.name}-{tariff.number}.csv"
    return csv_download(write_csv(tariff.value.rates, place.csv), name, place.csv)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, place: Place) -> HttpResponse:
    """Change the newest version into the next one."""
    if not place.currency:
        return redirect(place.url("page"))
    newest = place.versions().first()
    if newest is not None and len(newest.rates) > MOST_ON_PAGE:
        messages.info(
            request, gettext("These are too many rates for a page: export, edit, import them.")
        )
        return redirect(place.url("page"))
    first = VersionForm.first_values(newest, decimals_of(place.currency))
    rates = [first_texts(one) for one in newest.value.rates] if newest else []
    if request.method != "POST":
        form, rows = VersionForm(initial=first), RatesForm(initial=rates, prefix="rate")
        return _edit_page(request, place, form, rows)
    form, rows = VersionForm(request.POST), RatesForm(request.POST, prefix="rate")
    if form.is_valid() and rows.is_valid():
        new = form.version(place.currency, rows.rates())
        try:
            made = make_version(
                place.account, new, upon=form.cleaned_data["upon"] or 0, actor=place.person
            )
        except Refused as refused:
            field = refused.field if refused.field in form.fields else None
            form.add_error(field, refused.message)
        else:
            return _made(request, place, made)
    return _edit_page(request, place, form, rows)


def _edit_page(request: HttpRequest, place: Place, form: VersionForm, rows: Rates) -> HttpResponse:
    return place.render(request, "portal/rates/edit.html", {"form": form, "rows": rows})


def _made(request: HttpRequest, place: Place, made: Tariff) -> HttpResponse:
    messages.success(
        request,
        gettext(
            "Version {number} is saved, for calls that come from now on. To charge those on "
            "record by it, rate them again."
        ).format(number=made.number),
    )
    return redirect(place.url("page"))


@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: HttpRequest, place: Place) -> HttpResponse:
    """Take a list of rates, show what it says, and make a version of it when that is asked."""
    if not place.currency:
        return redirect(place.url("page"))
    if request.method != "POST":
        return _import_page(request, place, RateListForm())
    if "kept" not in request.POST:
        form = RateListForm(request.POST, request.FILES)
        if not form.is_valid():
            return _import_page(request, place, form)
        data = form.content()
        return _preview(request, place, form, data, read_csv(data))
    try:
        found = read_csv(kept_list(place, request.POST["kept"]))
        newest = place.versions().first()
        first = VersionForm.first_values(newest, decimals_of(place.currency))
        details = VersionForm({**first, "valid_from": request.POST.get("valid_from", "")})
        if found.problems or not details.is_valid():
            raise Refused(gettext("The list cannot be used: preview it again."))
        new = details.version(place.currency, found.rates)
        made = make_version(place.account, new, upon=first["upon"], actor=place.person)
    except Refused as refused:
        flash_refused(request, refused)
        return _import_page(request, place, RateListForm())
    return _made(request, place, made)


def _preview(
    request: HttpRequest, place: Place, form: RateListForm, data: bytes, found: RateList
) -> HttpResponse:
    kept = "" if found.problems else keep(place, data)
    if not found.problems and not kept:
        form.add_error(
            None, gettext("This list is too long for the page: import it through the API.")
        )
        return _import_page(request, place, form)
    return _import_page(
        request,
        place,
        form,
        found=found,
        kept=kept,
        rates=found.rates[:SHOWN],
        more=max(0, len(found.rates) - SHOWN),
        problems=found.problems[:PROBLEMS_SHOWN],
    )


def _import_page(
    request: HttpRequest, place: Place, form: RateListForm, **more: object
) -> HttpResponse:
    context = {"form": form, "import_url": place.url("import"), **more}
    return place.render(request, "portal/rates/import.html", context)


def _version(place: Place, tariff_id: UUID) -> Tariff:
    """A version of the place's own; for an account also the operator's in its currency."""
    own = Tariff.objects.of_account_or_none(place.account).filter(pk=tariff_id).first()
    shared = Tariff.objects.of_no_account().filter(currency=place.currency, pk=tariff_id)
    found = own or shared.first()
    if found is None:
        raise Http404("No such version.")
    return found
