"""docs/glossary.md holds the words; nothing that people or programmers read says it otherwise."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.messages import TRANSLATED

pytestmark = pytest.mark.sqlite

PROJECT = Path(__file__).parents[2]
GLOSSARY = PROJECT / "docs" / "glossary.md"

NOT_SAID = {
    "dialed, dialing": r"\bdiall(?:ed|ing)\b",
    "learned": r"\blearnt\b",
    "separated by": r"\bapart by\b",
    "they, their": r"\b(?:he|his|him|himself|he/she)\b",
    "the person who, anyone who": r"\bwho(?:m|so)?ever\b",
    "turn on, turn off; rule": (
        r"\bswitch(?:ed|es|ing)? (?:it |them |that |this |\*[^*]+\* )?(?:on|off)\b"
        r"|\bswitch(?:ed|es|ing)? (?:the |a |this )?(?:webhook|rule|account code)s? (?:on|off)\b"
        r"|\b(?:master|own|dead) switch(?:es)?\b"
    ),
    "color, organization, license: American spelling": (
        r"\b(?:colour(?:s|ed|ing)?|behaviours?|organis(?:e|ed|ation|ations)|recogni(?:se[sd]?|sing)"
        r"|synchronised|cancelled|centres?|defences?|licences?|honours?|greyed|for ever)"
        r"\b(?![_.]\w)"
    ),
    "is recorded": r"\b(?:has been|was|is|are|were) noted\b",
    "entries are deleted automatically": r"\b(?:deleted|removed|done) by itself\b",
    "is not a number": (
        r"(?<!there[ ])\bis no (?:number|host|pattern|port|URL|provider|superuser|emergency"
        r"|extension|administrator|FastAGI|web address)\b"
    ),
}

# Where a word stands that looks like one of these and is not, or that must not be changed.
EXCEPTIONS = {
    # The table of what we do not say.
    ("docs/glossary.md", "*"),
    # "A URL taken apart by the only parser": taken to pieces.
    ("src/callmark/webhooks/addresses.py", "apart by"),
    # A name of allauth's.
    ("src/callmark/portal/sign_in_urls.py", "cancelled"),
}


def documents() -> list[Path]:
    """Everything in English that ships, except landed migrations and the history of changes."""
    found = [
        *PROJECT.glob("*.md"),
        *PROJECT.glob("docs/**/*.md"),
        *PROJECT.glob("prompts/*.md"),
        *PROJECT.glob(".github/**/*.*"),
        *PROJECT.glob("frontend/src/**/*.js"),
        *(
            path
            for kind in ("py", "html", "txt", "js")
            for path in PROJECT.glob(f"src/**/*.{kind}")
        ),
    ]
    built = PROJECT / "src/callmark/portal/static"
    others = {built, *(PROJECT / "docs" / language for language in TRANSLATED)}
    return sorted(
        path
        for path in found
        if "migrations" not in path.parts and not others.intersection(path.parents)
    )


def said_otherwise(name: str, text: str) -> Iterator[str]:
    """Each place with the line's number, what stands there and what to say."""
    for instead, pattern in NOT_SAID.items():
        # A line's end is a space like another.
        for found in re.finditer(re.sub(r"(?<!\[) ", r"[\\s#\"]+", pattern), text, re.IGNORECASE):
            words = " ".join(found[0].split())
            if (name, "*") not in EXCEPTIONS and (name, words) not in EXCEPTIONS:
                line = text.count("\n", 0, found.start()) + 1
                yield f"{name}:{line}: '{words}': say {instead}"


def test_nothing_says_what_we_do_not_say() -> None:
    paths = documents()
    assert len(paths) > 300
    found = [
        one
        for path in paths
        for one in said_otherwise(path.relative_to(PROJECT).as_posix(), path.read_text())
    ]
    assert not found, "\n".join(found)


SAY_NOTHING = {
    "building", "driver", "following", "handlers", "leaving", "loading", "policies", "process",
}  # fmt: skip
"""Names of modules that say only that something is done: name what is in them."""


def test_modules_are_called_what_they_are() -> None:
    modules = {path.stem for path in PROJECT.glob("src/callmark/**/*.py")}
    assert len(modules) > 200
    assert not modules & SAY_NOTHING


def test_pages_and_mails_speak_of_activity() -> None:
    pages = [*PROJECT.glob("src/**/*.html"), *PROJECT.glob("src/**/*.txt")]
    assert len(pages) > 100
    assert [path for path in pages if re.search(r"\baudit\b", path.read_text(), re.I)] == []


@pytest.mark.parametrize(
    "text",
    [
        "the number as dialled",
        "hosts apart\n    # by commas",
        "Who is no administrator may read himself.",
        "Whoever reads it",
        "Switch it on first",
        "Callmark switches the webhook\noff",
        "each with its own switch",
        "*Validate* can be switched on",
        "600 is no number",
        "Enter the organisation's name",
        "kept for ever",
        "You cancelled it",
        "It has been noted for the operator",
    ],
)
def test_each_such_word_is_found(text: str) -> None:
    assert list(said_otherwise("a page", text))


@pytest.mark.parametrize(
    "text",
    [
        "Endpoint 101 on switch main, the one in the cellar",
        "There is no number of that name",
        "this switch is on the network",
        "Action.WEBHOOK_SWITCHED_OFF",
        "The phone is theirs; the hiss of a line",
    ],
)
def test_other_words_are_left_alone(text: str) -> None:
    assert not list(said_otherwise("a page", text))


def test_every_exception_still_stands_where_it_is_named() -> None:
    for name, words in EXCEPTIONS:
        text = " ".join((PROJECT / name).read_text().split())
        assert words in text or words == "*", f"{name} no longer says {words!r}"


def test_the_glossary_says_each_word_once_and_what_to_say_instead() -> None:
    text = GLOSSARY.read_text()
    words = re.findall(r"^\| \*\*(.+?)\*\*", text, re.MULTILINE)
    assert len(words) == len(set(words)) > 30
    last = text[text.index("\n## Say, and do not say") :]
    for instead in NOT_SAID:
        assert instead.split(",")[0].split(";")[0] in last, instead
