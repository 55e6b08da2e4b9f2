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
from scripts.messages import TRANSLATED
from tests.portal.cast import invite_cast

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


@pytest.mark.django_db
def test_help_is_read_and_searched_in_the_readers_language() -> None:
    cast = invite_cast()
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
