"""Where rates are: an account's own, or the operator's for all accounts in one currency."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from callmark.accounts.currencies import CURRENCIES
from callmark.accounts.models import Account, User
from callmark.csv_files import COMMAS, CsvForm
from callmark.policy.values import value_class
from callmark.portal.pages import Here, person_of
from callmark.tariffs.models import Tariff
from callmark.tariffs.queries import versions_of


@value_class
class Place:
    """``here`` is None where the rates are the operator's."""

    person: User
    currency: str
    here: Here | None = None

    @classmethod
    def of(cls, here: Here) -> "Place":
        """The account's."""
        return cls(here.person, here.account.currency, here)

    @property
    def account(self) -> Account | None:
        """Whose the rates are; None: the operator's."""
        return self.here.account if self.here else None

    @property
    def csv(self) -> CsvForm:
        """How its files are written."""
        return self.account.csv if self.account else COMMAS

    @property
    def name(self) -> str:
        """For the names of files."""
        return self.here.account.slug if self.here else f"all-{self.currency}"

    def versions(self) -> QuerySet[Tariff]:
        """The versions there are, the newest first."""
        found = versions_of(self.account)
        return found if self.here else found.filter(currency=self.currency)

    def url(self, name: str, *more: object) -> str:
        """The address of the ``page``, ``edit``, ``import``, ``version`` or ``export`` here."""
        if self.here is not None:
            known = "rates" if name == "page" else f"rates_{name}"
            return reverse(f"portal:{known}", args=[self.here.account.slug, *more])
        if name == "page":
            return reverse("portal:shared_rates")
        return reverse(f"portal:shared_rates_{name}", args=[self.currency, *more])

    def render(
        self, request: HttpRequest, template: str, context: Mapping[str, Any]
    ) -> HttpResponse:
        """Render in the account's frame, or in the operators'."""
        frame = "portal/layout.html" if self.here else "portal/people/operators_frame.html"
        mine = {"here": self.here, "place": self, "frame": frame, "section": "rates"}
        return render(request, template, {**mine, "back_url": self.url("page"), **context})


PlaceView = Callable[Concatenate[HttpRequest, Place, ...], HttpResponseBase]


def of_account(view: PlaceView) -> Callable[..., HttpResponseBase]:
    """The view for an account's rates; ``account_page`` has asked who may see it."""

    @wraps(view)
    def inner(request: HttpRequest, here: Here, **arguments: object) -> HttpResponseBase:
        return view(request, Place.of(here), **arguments)

    return inner


def of_all(view: PlaceView) -> Callable[..., HttpResponseBase]:
    """The view for the operator's in a currency; ``operators_page`` has asked who may see it."""

    @wraps(view)
    def inner(request: HttpRequest, currency: str, **arguments: object) -> HttpResponseBase:
        if currency not in CURRENCIES:
            raise Http404("No such currency.")
        return view(request, Place(person_of(request), currency), **arguments)

    return inner
