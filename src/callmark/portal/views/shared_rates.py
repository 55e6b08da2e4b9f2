"""The operator's rates, for all accounts that have none of their own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from callmark.portal.forms.rates import CurrencyForm
from callmark.portal.pages import person_of
from callmark.portal.rates_place import Place
from callmark.tariffs.queries import versions_of


@require_safe
def shared_rates(request: HttpRequest) -> HttpResponse:
    """The versions there are in each currency, and a currency to begin with."""
    person = person_of(request)
    form = CurrencyForm(request.GET if "currency" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect(Place(person, form.cleaned_data["currency"]).url("edit"))
    form.fields["currency"].help_text = gettext_lazy("For accounts whose calls are charged in it.")
    found: dict[str, list[object]] = {}
    for one in versions_of(None).defer("rates"):
        place = Place(person, one.currency)
        found.setdefault(one.currency, []).append((one, place.url("version", one.pk)))
    groups = [(Place(person, currency), versions) for currency, versions in found.items()]
    context = {
        "form": form,
        "groups": [
            (place.currency, versions, place.url("edit"), place.url("import"))
            for place, versions in groups
        ],
    }
    return Place(person, "").render(request, "portal/rates/shared.html", context)
