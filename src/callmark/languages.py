"""The languages that Callmark speaks: which one for whom, and texts of ``policy/`` in it.

A page is in its reader's language, a mail in its receiver's, a paper and a prompt in that of the
account or the user it is made for. The API and the command line speak English: programs and logs
read them.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import models
from django.utils import translation

from callmark.policy.prompt_words import OWN_NAMES, PromptLanguage
from callmark.policy.texts import Text


class Language(models.TextChoices):
    """What can be chosen, each by its own name; programs read the values: they never change."""

    INHERITED = "", "Not chosen"
    ENGLISH = PromptLanguage.ENGLISH.value, OWN_NAMES[PromptLanguage.ENGLISH]
    SPANISH = PromptLanguage.SPANISH.value, OWN_NAMES[PromptLanguage.SPANISH]
    FRENCH = PromptLanguage.FRENCH.value, OWN_NAMES[PromptLanguage.FRENCH]


LANGUAGES = {one.value: name for one, name in OWN_NAMES.items()}
"""Those that can be spoken, by their codes (ISO 639)."""


class HasLanguage(Protocol):
    """An account, or a person on one."""

    @property
    def language(self) -> str:
        """One of :data:`LANGUAGES`, or '' for what stands above it."""


class Account(HasLanguage, Protocol):
    """Whose papers are written."""

    @property
    def country(self) -> str:
        """ISO 3166 alpha-2."""


def language_of(*who: HasLanguage | None) -> str:
    """The first language that was chosen: ``language_of(person, account)``; else the default."""
    chosen = (one.language for one in who if one is not None and one.language)
    return next(chosen, str(settings.LANGUAGE_CODE))


def prompt_language(*who: HasLanguage | None) -> PromptLanguage | None:
    """The same of what callers hear; None where nobody has chosen and the default is English.

    A switch may know better then: Asterisk, the language of the channel.
    """
    language = PromptLanguage(language_of(*who))
    is_chosen = any(one.language for one in who if one is not None)
    return language if is_chosen or language is not PromptLanguage.ENGLISH else None


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


@contextmanager
def speaking_as(account: Account, *who: HasLanguage | None) -> Iterator[None]:
    """In the language of the first of these people who has one, else the account's."""
    with speaking(language_of(*who, account), account.country):
        yield


def language_now() -> str:
    """What is spoken, without a region."""
    return (translation.get_language() or "en").partition("-")[0]


def country_now() -> str:
    """As whose numbers are to be written; '' if nobody said."""
    return _country.get()


def in_language(text: str) -> str:
    """A text that was written elsewhere, now in the reader's language.

    A :class:`Text` is put together anew of its translated parts; so is a text that was stored when
    it was plain English already, such as why a call needed a code. Any other text is looked up as
    it stands, and stays so if nobody has translated it.
    """
    if not isinstance(text, Text):
        said = translation.gettext(text) if text else text
        known = _recognized(text) if said == text else None
        if known is None:
            return said
        text = known
    template = translation.gettext(text.template)
    parts = {
        name: in_language(value) if isinstance(value, str) else value
        for name, value in text.values.items()
    }
    return template.format(**parts) if parts else template


def _recognized(text: str) -> Text | None:
    """Which template a stored English text was made of; None if it is of none."""
    language = translation.get_language() or "en"
    if language == "en":
        return None
    for pattern, template in _templates(language):
        if found := pattern.fullmatch(text):
            return Text(template, **found.groupdict())
    return None


@cache
def _templates(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Those of the catalog that begin as the policy's reasons do, or are a sentence.

    The longest first, so that the one that says most is found.
    """
    path = Path(settings.LOCALE_PATHS[0]) / translation.to_locale(language)
    path = path / "LC_MESSAGES" / "django.mo"
    if not path.exists():
        return ()
    from babel.messages.mofile import read_mo

    with path.open("rb") as file:
        said = [str(one.id) for one in read_mo(file) if isinstance(one.id, str) and one.id]
    fitting = [one for one in said if _VALUE.search(one) and _TOLD.match(_VALUE.sub("", one))]
    fitting.sort(key=lambda one: len(_VALUE.sub("", one)), reverse=True)
    return tuple((re.compile(_pattern(one), re.DOTALL), one) for one in fitting)


_VALUE = re.compile(r"\{(\w+)\}")
_TOLD = re.compile(r"(?=(?:.*?[a-z]){8})(?:[a-z\W]|.*\.$)", re.DOTALL)


def _pattern(template: str) -> str:
    """What a text made of the template looks like; a value that comes twice is the same."""
    parts, seen = [], set[str]()
    for number, part in enumerate(_VALUE.split(template)):
        if number % 2 == 0:
            parts.append(re.escape(part))
        else:
            parts.append(f"(?P={part})" if part in seen else f"(?P<{part}>.+?)")
            seen.add(part)
    return "".join(parts)
