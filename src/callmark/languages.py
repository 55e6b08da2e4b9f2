"""The languages that Callmark speaks: which one for whom, and texts of ``policy/`` in it.

A page is in its reader's language, a mail in its receiver's, a paper and a prompt in that of the
account or the user it is made for. The API and the command line speak English: programs and logs
read them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from django.conf import settings
from django.db import models
from django.utils import translation

from callmark.policy.texts import Text


class Language(models.TextChoices):
    """What can be chosen, each by its own name; programs read the values: they never change."""

    INHERITED = "", "Not chosen"
    ENGLISH = "en", "English"
    SPANISH = "es", "Español"
    FRENCH = "fr", "Français"


LANGUAGES = {one.value: str(one.label) for one in Language if one.value}
"""Those that can be spoken, by their codes (ISO 639)."""


class HasLanguage(Protocol):
    """An account, or a person on one."""

    @property
    def language(self) -> str:
        """One of :data:`LANGUAGES`, or '' for what stands above it."""


def language_of(*who: HasLanguage | None) -> str:
    """The first language that was chosen: ``language_of(person, account)``; else the default."""
    chosen = (one.language for one in who if one is not None and one.language)
    return next(chosen, str(settings.LANGUAGE_CODE))


_country: ContextVar[str] = ContextVar("callmark_country", default="")


@contextmanager
def speaking(language: str, country: str = "") -> Iterator[None]:
    """Within it texts, dates and numbers are in this language.

    Numbers are written as in the country (ISO 3166) where that speaks the language: Spanish has a
    decimal point in Mexico and a comma in Spain.
    """
    token = _country.set(country)
    try:
        with translation.override(language):
            yield
    finally:
        _country.reset(token)


def country_now() -> str:
    """As whose numbers are to be written; '' if nobody said."""
    return _country.get()


def in_language(text: str) -> str:
    """A text that was written elsewhere, now in the reader's language.

    A :class:`Text` is put together anew of its translated parts; any other text is looked up as it
    stands, and stays so if nobody has translated it.
    """
    if not isinstance(text, Text):
        return translation.gettext(text) if text else text
    template = translation.gettext(text.template)
    parts = {
        name: in_language(value) if isinstance(value, Text) else value
        for name, value in text.values.items()
    }
    return template.format(**parts) if parts else template
