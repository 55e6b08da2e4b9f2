"""Countries in forms: chosen and shown by name, stored by their two-letter code."""

import re
import unicodedata

from django import forms
from django.utils.translation import gettext
from phonenumbers import SUPPORTED_REGIONS

from callmark.local_formats import country
from callmark.policy.numbering import country_called


def country_choices() -> list[tuple[str, str]]:
    """Every country with numbers of its own, in the order of their names."""
    return sorted(
        ((one, country(one)) for one in SUPPORTED_REGIONS), key=lambda one: _without_accents(one[1])
    )


def countries_in(text: str) -> list[str]:
    """The two-letter codes of countries by name or code, separated by commas; each once.

    Raises Django's ``ValidationError`` for what is not a country.
    """
    named = [one.strip() for one in re.split(r"[,;\n]", text) if one.strip()]
    here = {country(one).casefold(): one for one in SUPPORTED_REGIONS}
    codes = {one: here.get(one.casefold()) or country_called(one) for one in named}
    if unknown := [one for one, code in codes.items() if code not in SUPPORTED_REGIONS]:
        raise forms.ValidationError(
            gettext(
                "Write countries by name, separated by commas, such as Jamaica; not {unknown}."
            ).format(unknown=", ".join(unknown))
        )
    return list(dict.fromkeys(code for code in codes.values() if code))


def _without_accents(name: str) -> str:
    """As dictionaries order words: Émirats stands among those with E, Åland among those with A."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(one for one in plain if not unicodedata.combining(one)).casefold()
