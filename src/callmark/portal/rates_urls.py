"""The addresses of pages about rates: an account's, and the operator's for all."""

from django.urls import URLPattern

from callmark.portal.pages import account_page, operators_page
from callmark.portal.rates_place import of_account, of_all
from callmark.portal.views import rate_versions, rates, shared_rates
from callmark.web.access import Needs

ADMINISTRATION = Needs.ADMINISTRATION

rates_patterns: list[URLPattern] = [
    account_page("rates/", rates.rates, name="rates", needs=ADMINISTRATION),
    account_page("rates/currency/", rates.currency, name="rates_currency", needs=ADMINISTRATION),
    account_page(
        "rates/edit/", of_account(rate_versions.edit), name="rates_edit", needs=ADMINISTRATION
    ),
    account_page(
        "rates/import/",
        of_account(rate_versions.import_list),
        name="rates_import",
        needs=ADMINISTRATION,
    ),
    account_page("rates/again/", rates.again, name="rates_again", needs=ADMINISTRATION),
    account_page(
        "rates/<uuid:tariff_id>/",
        of_account(rate_versions.version),
        name="rates_version",
        needs=ADMINISTRATION,
    ),
    account_page(
        "rates/<uuid:tariff_id>/csv/",
        of_account(rate_versions.export),
        name="rates_export",
        needs=ADMINISTRATION,
    ),
    operators_page("rates/", shared_rates.shared_rates, name="shared_rates"),
    operators_page(
        "rates/<slug:currency>/edit/", of_all(rate_versions.edit), name="shared_rates_edit"
    ),
    operators_page(
        "rates/<slug:currency>/import/",
        of_all(rate_versions.import_list),
        name="shared_rates_import",
    ),
    operators_page(
        "rates/<slug:currency>/<uuid:tariff_id>/",
        of_all(rate_versions.version),
        name="shared_rates_version",
    ),
    operators_page(
        "rates/<slug:currency>/<uuid:tariff_id>/csv/",
        of_all(rate_versions.export),
        name="shared_rates_export",
    ),
]
