"""How an account's files for spreadsheets are written: by its country, until it chooses.

Source: Unicode CLDR 49 (by Babel 2.19), the decimal mark of each country's first official language.
Windows parts the cells of a CSV file by semicolons wherever a comma is the decimal mark.
"""

from django.db import models
from django.utils.translation import gettext_lazy

from callmark.csv_files import COMMAS, SEMICOLONS, CsvForm

_WITH_A_DECIMAL_COMMA = """
AD AL AM AO AR AT AW AX AZ BA BE BF BG BI BJ BL BN BO BQ BR BY CD CF CG CI CL CM CO CR CV CY CZ
DE DJ DK DZ EC EE ES FI FO FR GA GE GF GL GN GP GQ GR GW HR HT HU ID IS IT KG KZ LA LB LT LU LV LY
MA MC MD ME MF MK ML MQ MR MU MZ NC NE NL NO PF PL PM PT RE RO RS RU RW SC SE SI SJ SK SM SN SR ST
TG TJ TL TM TN TR UA UY UZ VA VE VN WF XK YT ZA
"""


class CsvChoice(models.TextChoices):
    """What an account can choose. Programs read the values: they never change."""

    OF_COUNTRY = "", gettext_lazy("As in the account's country")
    COMMAS = "comma", gettext_lazy("Commas between cells, a point in figures: 1204.50")
    SEMICOLONS = "semicolon", gettext_lazy("Semicolons between cells, a comma in figures: 1204,50")


def choice_of(country: str) -> CsvChoice:
    """What spreadsheets of a country (ISO 3166 alpha-2) read."""
    return CsvChoice.SEMICOLONS if country in _WITH_A_DECIMAL_COMMA.split() else CsvChoice.COMMAS


def csv_form(chosen: str, country: str) -> CsvForm:
    """How files are written, by what was chosen, or else by the country."""
    is_semicolons = (chosen or choice_of(country)) == CsvChoice.SEMICOLONS
    return SEMICOLONS if is_semicolons else COMMAS
