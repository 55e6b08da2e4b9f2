"""The guide says the same in every language: section by section, with what is to be typed."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from callmark.accounts.services import change_person
from callmark.languages import LANGUAGES
from callmark.portal.guide import guide
from scripts.messages import TRANSLATED, path_of, read
from tests.cast import before_the_first_visit

# Lines that have a meaning, what is to be typed, and where links lead.
SHAPES = {
    "headings": r"^#+(?= )",
    "lists": r"^(?:- |\d+\. )",
    "tables": r"^\|",
    "typed": r"`[^`]+`",
    "links": r"\]\((?:\.\./)?([^)#]*)",
}


def shape(path: Path, what: str) -> list[str]:
    """What of that kind a document has; values in the order of the alphabet."""
    found = re.findall(SHAPES[what], path.read_text(encoding="utf-8"), re.MULTILINE)
    return found if what == "headings" else sorted(found)


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("name", [path.name for path in settings.GUIDE_FILES["en"]])
def test_a_translation_has_what_the_english_has(language: str, name: str) -> None:
    english = next(path for path in settings.GUIDE_FILES["en"] if path.name == name)
    translated = next(path for path in settings.GUIDE_FILES[language] if path.name == name)
    for what in SHAPES:
        assert shape(translated, what) == shape(english, what), what


def test_there_is_one_in_every_language_with_the_same_anchors() -> None:
    assert settings.GUIDE_FILES.keys() == LANGUAGES.keys()
    for language in TRANSLATED:
        assert [one.anchor for one in guide(language)] == [one.anchor for one in guide()]
        assert [one.title for one in guide(language)] != [one.title for one in guide()]


# What a guide says in italics and no page does: examples, short names, other programs' words.
OWN_WORDS = {
    "es": {
        "ajuste de marzo de 2026",
        "apellido, nombre",
        "can i add negative time entry or expenses",
        "con diferencia con utc",
        "contiene solo nombres",
        "cursiva",
        "code 1",
        "code 2",
        "entrada no válida",
        "evaluar fórmulas",
        "validar",
    },
    "fr": {
        "ajustement de mars 2026",
        "avec décalage utc",
        "can i add negative time entry or expenses",
        "code 1",
        "code 2",
        "code non valide",
        "elle ne contient que des noms",
        "italique",
        "nom, prénom",
        "évaluer les formules",
    },
}


def plain(text: str) -> str:
    """A text without its values and markup, as a guide may quote it."""
    text = re.sub(r"<[^>]*>|%\(\w+\)s|\{\w+\}", "", text).replace("\N{NO-BREAK SPACE}", " ")
    return " ".join(text.split()).strip(".: ").lower()


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_a_guide_calls_by_its_name_is_called_so_in_the_portal(language: str) -> None:
    said = {
        plain(text)
        for one in read(path_of(language), language)
        for text in ([one.string] if isinstance(one.string, str) else one.string or ())
    }
    for path in settings.GUIDE_FILES[language]:
        text = re.sub(r"`[^`]*`", "", path.read_text(encoding="utf-8")).replace(r"\*", "\0")
        for quoted in re.findall(r"(?<!\*)\*(?!\*)([^*\n]+(?:\n[^*\n]+)?)\*(?!\*)", text):
            names = {plain(name.replace("\0", "*")) for name in quoted.split(" > ")}
            assert names <= said | OWN_WORDS[language], path.name


@pytest.mark.django_db
def test_help_is_read_and_searched_in_the_readers_language() -> None:
    cast = before_the_first_visit()
    change_person(cast.olivia, {"language": "es"}, actor=cast.olivia)
    browser = Client()
    browser.force_login(cast.olivia)
    page = browser.get(reverse("portal:help")).content.decode()
    assert 'id="closing-a-month"' in page
    assert "Cerrar un mes" in page
    assert 'href="#a-catch-all-code"' in page
    assert "This guide is in English" not in page
    found = browser.get(reverse("portal:help"), {"q": "catch-all"}).content.decode()
    assert "#a-catch-all-code" not in found
    found = browser.get(reverse("portal:help"), {"q": "código general"}).content.decode()
    assert "#a-catch-all-code" in found
