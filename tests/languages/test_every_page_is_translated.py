"""No page has a text that only English knows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import resolve
from django.utils import translation

from callmark.web.limits import counters
from tests.browser.every_page import Place, every_page
from tests.cast import before_the_first_visit
from tests.languages.marked import MARKED, mark_everything, not_translated, values_of_rows

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

# The guide is English so far, and so are the pages that tell programs of the API.
IN_ENGLISH = {"help", "switch_guide", "api_docs", "api_docs_group"}


@pytest.fixture
def marked(tmp_path: Path, settings: pytest.FixtureRequest) -> Iterator[None]:
    """Pages are in the language of brackets."""
    mark_everything(tmp_path)
    settings.LOCALE_PATHS = [tmp_path]  # type: ignore[attr-defined]
    settings.LANGUAGES = [(MARKED, "In brackets")]  # type: ignore[attr-defined]
    settings.LANGUAGE_CODE = MARKED  # type: ignore[attr-defined]
    with translation.override(MARKED):
        yield


def name_of(path: str) -> str:
    """Of the page at an address."""
    return str(resolve(path.partition("?")[0]).url_name)


def english_on(places: list[Place]) -> dict[str, set[str]]:
    """By the pages' names, what is not in brackets."""
    values = values_of_rows()
    found: dict[str, set[str]] = {}
    for place in places:
        counters.clear()
        client = Client(headers={"accept": "text/html"})
        if place.person:
            client.force_login(place.person)
        page = client.get(place.path).content.decode()
        found.setdefault(name_of(place.path), set()).update(not_translated(page, values))
    return {name: left for name, left in found.items() if left}


def test_every_text_of_every_page_can_be_translated(marked: None) -> None:
    found = english_on(every_page(before_the_first_visit()))
    english = {name: left for name, left in found.items() if name not in IN_ENGLISH}
    for name, left in english.items():
        print(f"{name}:", *sorted(left), sep="\n    ")  # noqa: T201
    assert sorted(english) == []


def test_the_check_finds_a_text_that_is_not(marked: None) -> None:
    page = '<p title="⟦A title⟧">⟦Calls of ⟦today⟧⟧: 3 Harper</p><input aria-label="Search">'
    assert not_translated(page, ["Harper"]) == ["Search"]
    assert not_translated(page, []) == [": Harper", "Search"]
