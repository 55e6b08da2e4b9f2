"""Numbers, countries and lists as the reader's language writes them.

By Babel, so by Unicode's CLDR, loaded when it is first asked: the command line starts without it.
Dates are Django's business: its names of formats (``callmark.formats``) are the same in every
language.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from callmark.languages import country_now, in_language, language_now
from callmark.policy.numbering import country_name
from callmark.policy.texts import Amount, Text

if TYPE_CHECKING:
    from babel import Locale
    from babel.numbers import NumberPattern


def number(value: float | Decimal, decimals: int = 0) -> str:
    """A number with its thousands parted, and just so many decimals: 12,345 or 1,204.50."""
    language = language_now()
    if language == "en":
        return f"{value:,.{decimals}f}"
    from babel.numbers import format_decimal

    locale = _locale(language, country_now())
    return str(format_decimal(value, _pattern(decimals), locale=locale))


@cache
def _pattern(decimals: int) -> "NumberPattern":
    """Read once: Babel would read its text again for each number."""
    from babel.numbers import parse_pattern

    return parse_pattern(f"#,##0.{'0' * decimals}" if decimals else "#,##0")


def decimal_point() -> str:
    """What stands before the decimals."""
    return number(0, 1)[1]


def with_decimal_points(text: str) -> str:
    """The same text, with the reader's decimal point in each :class:`Amount` of it."""
    if isinstance(text, Amount):
        return text.replace(".", decimal_point())
    if not isinstance(text, Text) or not text.values:
        return text
    values = {
        name: with_decimal_points(value) if isinstance(value, str) else value
        for name, value in text.values.items()
    }
    return Text(text.template, **values)


def in_readers_language(text: str) -> str:
    """A text that was written elsewhere, such as in the policy, as the reader's language has it."""
    return in_language(with_decimal_points(text))


def country(code: str) -> str:
    """A country's name by its code (ISO 3166 alpha-2)."""
    language = language_now()
    if language == "en":
        return country_name(code)
    return _locale(language, "").territories.get(code) or country_name(code)


def currency(code: str) -> str:
    """A currency's name by its code (ISO 4217)."""
    from babel.numbers import get_currency_name

    return str(get_currency_name(code, locale=_locale(language_now(), "")))


def listed(parts: Sequence[str]) -> str:
    """'a, b, and c' in the reader's language."""
    from babel.lists import format_list

    return str(format_list(parts, locale=_locale(language_now(), "")))


@lru_cache(maxsize=512)
def _locale(language: str, country: str) -> "Locale":
    """Of the country, if it is known to speak the language."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale(language, country or None)
    except UnknownLocaleError:
        return Locale(language)
