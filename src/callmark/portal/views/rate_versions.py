"""Versions of rates, of an account or of the operator for all: to read, edit, import and export."""

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from callmark.accounts.currencies import decimals_of
from callmark.accounts.refused import Refused
from callmark.accounts.versions import STALE
from callmark.portal.forms.calls import uuid_of
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
from callmark.tariffs.queries import stretch_of
from callmark.tariffs.services import make_version
from callmark.web.csv import csv_download

SHOWN = 100
PROBLEMS_SHOWN = 50


def first_of(tariff: Tariff) -> dict[str, object]:
    """The first rates of a version, and how many more there are."""
    return {
        "rates": tariff.value.rates[:SHOWN],
        "more": max(0, len(tariff.rates) - SHOWN),
        "stretch": stretch_of(tariff),
    }


@require_safe
def version(request: HttpRequest, place: Place, tariff_id: UUID) -> HttpResponse:
    """One version, as it was made."""
    tariff = _version(place, tariff_id)
    context = {
        "tariff": tariff,
        **first_of(tariff),
        "export_url": place.url("export", tariff.pk),
        "edit_url": f"{place.url('edit')}?version={tariff.pk}" if _is_own(place, tariff) else "",
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
    begun = _begun_with(request, place)
    if begun is not None and len(begun.rates) > MOST_ON_PAGE:
        messages.info(
            request, gettext("These are too many rates for a page: export, edit, import them.")
        )
        return redirect(place.url("page"))
    if request.method != "POST":
        first = VersionForm.first_values(begun, decimals_of(place.currency))
        form = VersionForm(initial=first | {"upon": _newest_number(place)})
        rates = [first_texts(one) for one in begun.value.rates] if begun else []
        return _edit_page(
            request, place, form, RatesForm(initial=rates, prefix="rate"), begun=begun
        )
    form, rows = VersionForm(request.POST), RatesForm(request.POST, prefix="rate")
    newer: dict[str, object] = {}
    if form.is_valid() and rows.is_valid():
        new = form.version(place.currency, rows.rates())
        try:
            made = make_version(
                place.account, new, upon=form.cleaned_data["upon"] or 0, actor=place.person
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            newer = _newer(place, form) if refused.code == STALE else {}
        else:
            return _made(request, place, made)
    return _edit_page(request, place, form, rows, begun=begun, **newer)


def _newer(place: Place, form: VersionForm) -> dict[str, object]:
    """What somebody else has saved meanwhile; saving again is upon that."""
    newest = place.versions()[0]
    form.is_upon(newest.number)
    return {"newer": newest, "newer_url": place.url("version", newest.pk)}


def _begun_with(request: HttpRequest, place: Place) -> Tariff | None:
    """The version whose rates are on the page first: the one asked for, else the newest."""
    asked = uuid_of(request.GET.get("version", ""))
    mine = place.versions()
    return (mine.filter(pk=asked).first() if asked else None) or mine.first()


def _newest_number(place: Place) -> int:
    return place.versions().values_list("number", flat=True).first() or 0


def _edit_page(
    request: HttpRequest, place: Place, form: VersionForm, rows: Rates, **more: object
) -> HttpResponse:
    context = {"form": form, "rows": rows, **more}
    return place.render(request, "portal/rates/edit.html", context)


def _made(request: HttpRequest, place: Place, made: Tariff) -> HttpResponse:
    messages.success(request, _what_it_is_for(made))
    return redirect(place.url("page"))


def _what_it_is_for(made: Tariff) -> str:
    today, until = timezone.localdate(), stretch_of(made).until
    if made.valid_from and made.valid_from > today:
        words = gettext(
            "Version {number} is saved, for calls from {day} on. Until then nothing changes."
        )
        return words.format(number=made.number, day=date_format(made.valid_from))
    if until and until < today:
        words = gettext(
            "Version {number} is saved, for calls until {day}; from the next day on another "
            "version is in force. To charge calls on record by it, rate them again."
        )
        return words.format(number=made.number, day=date_format(until))
    words = gettext(
        "Version {number} is saved, for calls that come from now on. To charge those on "
        "record by it, rate them again."
    )
    return words.format(number=made.number)


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
        sent = {name: request.POST[name] for name in ("valid_from", "upon") if name in request.POST}
        details = VersionForm({**first, "valid_from": "", **sent})
        if found.problems or not details.is_valid():
            raise Refused(gettext("The list cannot be used: preview it again."))
        new = details.version(place.currency, found.rates)
        made = make_version(
            place.account, new, upon=details.cleaned_data["upon"] or 0, actor=place.person
        )
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
        upon=_newest_number(place),
        rates=found.rates[:SHOWN],
        more=max(0, len(found.rates) - SHOWN),
        problems=found.problems[:PROBLEMS_SHOWN],
    )


def _import_page(
    request: HttpRequest, place: Place, form: RateListForm, **more: object
) -> HttpResponse:
    context = {"form": form, "import_url": place.url("import"), **more}
    return place.render(request, "portal/rates/import.html", context)


def _is_own(place: Place, tariff: Tariff) -> bool:
    return tariff.account_id == (place.account.pk if place.account else None)


def _version(place: Place, tariff_id: UUID) -> Tariff:
    """A version of the place's own; for an account also the operator's in its currency."""
    own = Tariff.objects.of_account_or_none(place.account).filter(pk=tariff_id).first()
    shared = Tariff.objects.of_no_account().filter(currency=place.currency, pk=tariff_id)
    found = own or shared.first()
    if found is None:
        raise Http404("No such version.")
    return found
