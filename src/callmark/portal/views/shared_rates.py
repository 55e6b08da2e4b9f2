"""The operator's rates, for all accounts that have none of their own."""

from collections.abc import Iterable
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from callmark.portal.forms.rates import CurrencyForm
from callmark.portal.pages import person_of
from callmark.portal.rates_place import Place
from callmark.tariffs.models import Tariff
from callmark.tariffs.queries import Stretch, stretches, versions_of


@require_safe
def shared_rates(request: HttpRequest) -> HttpResponse:
    """The versions there are in each currency, and a currency to begin with."""
    person = person_of(request)
    form = CurrencyForm(request.GET if "currency" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect(Place(person, form.cleaned_data["currency"]).url("edit"))
    form.fields["currency"].help_text = gettext_lazy("For accounts whose calls are charged in it.")
    every = versions_of(None).defer("rates")
    groups = [
        (place, _versions_in(place, versions))
        for currency, versions in groupby(every, key=lambda one: one.currency)
        for place in [Place(person, currency)]
    ]
    context = {
        "form": form,
        "groups": [
            (place.currency, versions, place.url("edit"), place.url("import"))
            for place, versions in groups
        ],
    }
    return Place(person, "").render(request, "portal/rates/shared.html", context)


def _versions_in(place: Place, versions: Iterable[Tariff]) -> list[tuple[Stretch, bool, str]]:
    """Each version with its days, whether it is in force today, and its page."""
    today = timezone.localdate()
    return [
        (one, one.is_for(today), place.url("version", one.tariff.pk)) for one in stretches(versions)
    ]
