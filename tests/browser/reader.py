"""Somebody at a browser who reads Spanish or French, and notices what is left in English."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from django.utils.translation import gettext, ngettext, override
from playwright.sync_api import Locator

from scripts.messages import path_of, read
from tests.browser.conftest import Arrive
from tests.browser.visitor import VIEWPORTS, Size, Visitor

VALUE = re.compile(r"%\(\w+\)s|\{\w*\}|</?\w[^>]*>")
SEEN = """() => [document.body.innerText, document.title, ...[...document.querySelectorAll(
    '[aria-label], [title], [placeholder], [alt]')].flatMap(it => ['aria-label', 'title',
    'placeholder', 'alt'].map(name => it.getAttribute(name) || ''))].join('\\n')"""


@cache
def only_english(language: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Texts that this language says in other words: whole lines, and parts of sentences."""
    lines, parts = set[str](), set[str]()
    other = set[str]()
    for message in read(path_of(language), language):
        texts = [message.id] if isinstance(message.id, str) else list(message.id)
        said = [message.string] if isinstance(message.string, str) else list(message.string or ())
        other.update(said)
        lines.update(text for text in texts if not VALUE.search(text))
        parts.update(
            part
            for text in texts
            for one in VALUE.split(text)
            if len(part := " ".join(one.split())) > 15 and part.count(" ") > 2
        )
    all_said = "\n".join(" ".join(one.split()) for one in other)
    return frozenset(lines - other - {""}), tuple(part for part in parts if part not in all_said)


@dataclass
class Reader:
    """Somebody at a browser who reads Spanish or French."""

    visitor: Visitor
    language: str

    def say(self, english: str, many: str = "", count: int = 1, **values: object) -> str:
        """The text as the catalog of the reader's language has it."""
        with override(self.language):
            said = ngettext(english, many, count) if many else gettext(english)
        return said.format(count=count, **values)

    def reads(self, text: str, inside: str = "body") -> None:
        """This is to be seen, and nothing of the page is English or sticks out to the right."""
        self.visitor.page.locator(inside).get_by_text(text).first.wait_for()
        self.look()

    def look(self) -> None:
        """The page is in the language, all of it, and fits the screen."""
        page = self.visitor.page
        page.wait_for_load_state()
        assert page.locator("html").get_attribute("lang") == self.language
        seen = page.evaluate(SEEN)
        lines, parts = only_english(self.language)
        english = {line.strip() for line in seen.splitlines()} & lines
        whole = " ".join(seen.split())
        assert sorted(english | {part for part in parts if part in whole}) == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url

    def find(self, role: Literal["button", "link", "switch", "radio"], english: str) -> Locator:
        """What has this role, and the name that the English text has in the language."""
        page = self.visitor.page
        dialog = page.locator("dialog[open]")
        inside = dialog if dialog.count() else page.locator("main")
        return inside.get_by_role(role, name=self.say(english), exact=role not in {"radio"})

    def click(self, role: Literal["button", "link"], english: str) -> None:
        """Click it."""
        self.find(role, english).first.click()
        self.visitor.page.wait_for_load_state()

    def turn(self, english: str, on: bool) -> None:
        """Set this switch."""
        self.find("switch", english).set_checked(on)

    def fill(self, english: str, value: str) -> None:
        """Type into the field with this label."""
        self.visitor.page.get_by_label(self.say(english), exact=True).last.fill(value)

    def navigate(self, english: str) -> None:
        """Choose a page of the account; a phone's navigation opens by *Menu*."""
        page = self.visitor.page
        menu = page.get_by_role("button", name=self.say("Menu"), exact=True)
        if menu.is_visible():
            menu.click()
        navigation = page.get_by_role("navigation", name=self.say("Account"), exact=True)
        navigation.get_by_role("link", name=self.say(english)).first.click()
        page.wait_for_load_state()

    def save(self) -> None:
        """[Save] of the account's settings: a dialog asks."""
        self.visitor.page.locator("#settings-form").get_by_role(
            "button", name=self.say("Save"), exact=True
        ).click()
        self.visitor.page.locator("dialog[open]").wait_for()


def read_by(arrive: Arrive, language: str, locale: str, size: Size, **how: object) -> Reader:
    visitor = arrive(locale=locale, size=size, **how)
    if size == "phone":
        visitor.page.set_viewport_size({"width": 375, "height": VIEWPORTS["phone"]["height"]})
    return Reader(visitor, language)
