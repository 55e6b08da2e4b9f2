"""Countries in forms: chosen and shown by name, stored by their two-letter code."""

import re

from django import forms
from phonenumbers import SUPPORTED_REGIONS

from callmark.policy.numbering import country_called, country_name


def country_choices() -> list[tuple[str, str]]:
    """Every country with numbers of its own, in the order of their names."""
    return sorted(((one, country_name(one)) for one in SUPPORTED_REGIONS), key=lambda one: one[1])


def countries_in(text: str) -> list[str]:
    """The two-letter codes of countries by name or code, separated by commas; each once.

    Raises Django's ``ValidationError`` for what is not a country.
    """
    named = [one.strip() for one in re.split(r"[,;\n]", text) if one.strip()]
    codes = {one: country_called(one) for one in named}
    if unknown := [one for one, code in codes.items() if code not in SUPPORTED_REGIONS]:
        raise forms.ValidationError(
            "Write countries by name, separated by commas, such as Jamaica; "
            f"not {', '.join(unknown)}."
        )
    return list(dict.fromkeys(code for code in codes.values() if code))
