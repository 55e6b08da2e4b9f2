"""Every text is said in every language, and says the same."""

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Message

from callmark.languages import LANGUAGES, in_language, speaking
from callmark.local_formats import with_decimal_points
from callmark.policy.texts import Amount, Text
from scripts.messages import TRANSLATED, missing, path_of, read, texts

pytestmark = pytest.mark.sqlite

PARTS = re.compile(r"\{\w*[^{}]*\}|%\(\w+\)s|%%|</?\w+[^>]*>")
"""What a translation must hold as it stands: values and markup."""


def messages(language: str) -> Iterator[Message]:
    """All of a catalog but its head."""
    return (one for one in read(path_of(language), language) if one.id)


def forms(said: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """One, or one and many."""
    return [said] if isinstance(said, str) else list(said or ())


def test_the_catalogs_are_of_the_languages_there_are() -> None:
    assert {"en", *TRANSLATED} == set(LANGUAGES)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalog_has_just_what_is_said(language: str) -> None:
    said = {(str(one.id), one.context) for one in texts() if one.id}
    have = {(str(one.id), one.context) for one in messages(language)}
    assert said - have == set(), "run 'make messages'"
    assert have - said == set(), "run 'make messages'"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    left = [one.id for one in missing(read(path_of(language), language), language) if one.id]
    assert left == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_values_and_the_markup_of_its_text(language: str) -> None:
    wrong = []
    for one in messages(language):
        english = forms(one.id)
        for position, said in enumerate(forms(one.string)):
            # In one, a number may be said by a word.
            wanted = sorted(PARTS.findall(english[min(position, len(english) - 1)]))
            also = sorted(PARTS.findall(english[-1]))
            if said and sorted(PARTS.findall(said)) not in (wanted, also):
                wrong.append((one.id, said))
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_begins_and_ends_as_its_text(language: str) -> None:
    """With the same blanks, lines and full stop: texts are put beside one another."""
    wrong = [
        (one.id, said)
        for one in messages(language)
        for english, said in zip(forms(one.id), forms(one.string), strict=False)
        if said and (_ends(english) != _ends(said))
    ]
    assert wrong == []


def _ends(text: str) -> tuple[bool, bool, bool]:
    return text[:1].isspace(), text[-1:].isspace(), text.endswith(".")


def test_a_text_of_the_policy_is_put_together_in_the_readers_language() -> None:
    inner = Text("No")
    text = Text("{who}: {what}", who="Ben", what=inner)
    assert text == "Ben: No"
    with speaking("en"):
        assert in_language(text) == "Ben: No"
    assert in_language("") == ""


def test_an_amount_in_a_text_has_the_readers_decimal_point() -> None:
    step = Text("At the start: {price}.", price=Amount("1.05"))
    text = Text("Then {step}", step=step)
    for language, point in (("en", "."), ("fr", ",")):
        with speaking(language):
            assert f"1{point}05" in in_language(with_decimal_points(text))
    assert str(text) == "Then At the start: 1.05."
