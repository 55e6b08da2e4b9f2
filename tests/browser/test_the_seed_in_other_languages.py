"""The help page *Account Codes Setup*, and a month of calls, as Spanish and French readers do them.

Buttons and fields are found by what the catalogs call them, so that a better wording breaks
nothing; a few words stand here as they are read, so that a page left in English does.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Literal

import pytest
from django.utils import timezone
from django.utils.translation import gettext, ngettext, override
from playwright.sync_api import Locator, expect

from callmark.accounts.services import change_account, change_person
from callmark.calls.calendars import calendar_of
from callmark.calls.models import Call
from callmark.codes.models import AccountCode, UserCodeSettings
from callmark.policy.rules import CodeRules
from callmark.policy.texts import Text
from scripts.messages import path_of, read
from tests.browser.conftest import Arrive
from tests.browser.visitor import VIEWPORTS, Size, Visitor
from tests.portal.cast import PASSWORD, Cast, code, first_time, stored
from tests.portal.test_call_history import place
from tests.rows import every

pytestmark = pytest.mark.browser

LANGUAGES: list[tuple[str, str, Size]] = [("es", "es-MX", "desktop"), ("fr", "fr-FR", "phone")]
in_both = pytest.mark.parametrize(("language", "locale", "size"), LANGUAGES)

# What is read on the way, word for word.
WORDS = {
    "es": {
        "sign in": "Iniciar sesión",
        "first": "Longitud de los códigos de cuenta",
        "settings": "Configuración de los códigos de cuenta",
        "dialog": "salvo a los que tienen configuración propia",
        "off": "Eliminar la configuración propia de los usuarios",
        "story": "Qué pasó y por qué",
        "month": "Por código",
    },
    "fr": {
        "sign in": "Se connecter",
        "first": "Longueur des codes de compte",
        "settings": "Réglages des codes de compte",
        "dialog": "sauf à ceux qui ont des réglages personnalisés",
        "off": "Supprimer les réglages personnalisés",
        "story": "Ce qui s'est passé, et pourquoi",
        "month": "Par code",
    },
}

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


@in_both
def test_the_seed_from_the_first_visit_to_turning_it_off(
    arrive: Arrive, cast: Cast, language: str, locale: str, size: Size
) -> None:
    change_account(cast.firm, {"language": language}, actor=cast.otto)
    olivia = read_by(arrive, language, locale, size)
    sign_in(olivia)
    enable_account_codes_on_the_account(olivia)
    add_a_code(olivia)
    choose_account_settings(olivia)
    save_account_codes(olivia, cast)
    customise_a_user(olivia, cast)
    turn_it_off_and_delete_custom_settings(olivia, cast)


def sign_in(olivia: Reader) -> None:
    """Nobody knows yet who it is: the browser says in which language."""
    olivia.visitor.go("/login/")
    olivia.reads(WORDS[olivia.language]["sign in"])
    olivia.fill("E-mail", "olivia@callmark.example")
    olivia.fill("Password", PASSWORD)
    olivia.visitor.click("button", olivia.say("Sign in"))
    olivia.look()


def enable_account_codes_on_the_account(olivia: Reader) -> None:
    """The following steps are only required the very first time."""
    olivia.navigate("Account Codes")
    olivia.reads(WORDS[olivia.language]["first"])
    olivia.fill("Account code length", "4")
    olivia.fill("Max retries to validate code", "3")
    olivia.click("button", "Save")
    olivia.reads(WORDS[olivia.language]["settings"], "main")


def add_a_code(olivia: Reader) -> None:
    """At least one account code must be added before enabling Validate."""
    olivia.turn("Allow account codes", True)
    assert olivia.find("switch", "Validate account codes when dialed").is_disabled()
    olivia.visitor.page.once("dialog", lambda dialog: dialog.accept())  # Allow is not saved yet.
    olivia.click("link", "Add account codes")
    olivia.fill("Name or short description", "Nordby Shipping")
    olivia.fill("Account code", "0417")
    olivia.click("button", "Add code")
    olivia.reads(olivia.say("Account code “{name}” added.", name="Nordby Shipping"))


def choose_account_settings(olivia: Reader) -> None:
    """Under Account Codes Settings, switch on Allow account codes; choose the defaults."""
    olivia.click("link", "Settings")
    for setting in (
        "Allow account codes",
        "Require account codes for internal calls",
        "Validate account codes when dialed",
        "Allow call to proceed after max retries",
        "International",
        "Directory assistance",
        "Premium toll",
    ):
        olivia.turn(setting, True)
    olivia.look()


def save_account_codes(olivia: Reader, cast: Cast) -> None:
    """A pop-up says to whom the settings are applied, and asks whether to enable everybody."""
    olivia.save()
    olivia.reads(WORDS[olivia.language]["dialog"], "dialog[open]")
    dialog = olivia.visitor.page.locator("dialog[open]")
    counts = [text.split()[0] for text in dialog.locator("p strong").all_inner_texts()]
    assert counts == ["0", "0"]
    assert dialog.locator("b").all_inner_texts()[0].startswith("4 ")
    olivia.find("radio", "Yes").check()
    olivia.click("button", "Save")
    olivia.reads(
        olivia.say(
            "Account Codes Settings saved, and account codes turned on for {count} user.",
            "Account Codes Settings saved, and account codes turned on for {count} users.",
            4,
        )
    )
    assert stored(cast).rules == CodeRules(
        require_internal=True,
        validate=True,
        proceed_after_max_retries=True,
        international=True,
        directory_assistance=True,
        premium=True,
    )


def customise_a_user(olivia: Reader, cast: Cast) -> None:
    """It can be disabled for a user and enabled again, and have settings of its own."""
    olivia.navigate("Users")
    olivia.look()
    olivia.visitor.click("link", "Uma")
    for enabled in (False, True):
        olivia.turn("Enable account codes", enabled)
        if enabled:
            olivia.turn("Override account level settings", True)
            olivia.turn("Toll-free", True)
        olivia.click("button", "Save")
        olivia.reads(olivia.say("Settings of {name} saved.", name="Uma"))
        assert every(UserCodeSettings).get(user=cast.uma).enabled == enabled
    olivia.navigate("Users")
    olivia.reads(olivia.say("On, custom settings"))


def turn_it_off_and_delete_custom_settings(olivia: Reader, cast: Cast) -> None:
    """Off for everybody; custom settings go, codes stay."""
    olivia.navigate("Account Codes")
    olivia.turn("Allow account codes", False)
    olivia.save()
    olivia.reads(WORDS[olivia.language]["off"], "dialog[open]")
    olivia.turn("Delete custom user settings", True)
    olivia.click("button", "Save")
    olivia.reads(olivia.say("Account codes are off for every user of this account."))
    settings = every(UserCodeSettings).filter(user__account=cast.firm)
    assert not settings.filter(enabled=True).exists()
    assert not settings.filter(override=True).exists()
    assert every(AccountCode).filter(account=cast.firm).count() == 1


@pytest.fixture
def call(cast: Cast) -> Call:
    """Of this month, without a code and with a reason as the policy gives it."""
    first_time(cast)
    code(cast, "0417", "Harper v. Castellan")
    calendar = calendar_of(cast.firm)
    begins = calendar.begins(calendar.month_of(calendar.day_of(timezone.now())).first)
    whose = Text("the account's settings")
    why = str(Text("no code: {whose} do not require one for this call type", whose=whose))
    return place(
        cast, cast.ben, "011442079460138", e164="+442079460138", outcome="not_gated",
        started_at=begins + timedelta(seconds=1), seconds=605, disposition="ANSWERED", why=[why],
    )  # fmt: skip


@in_both
def test_a_call_gets_its_code_and_is_in_the_months_report(
    arrive: Arrive, cast: Cast, call: Call, language: str, locale: str, size: Size
) -> None:
    change_person(cast.olivia, {"language": language}, actor=cast.olivia)
    olivia = read_by(arrive, language, locale, size, person=cast.olivia)
    page = olivia.visitor.page
    olivia.visitor.go("/")
    olivia.navigate("Calls")
    olivia.look()
    if size == "desktop":
        assert page.locator("#list tbody tr").first.evaluate("row => row.offsetHeight") == 40
        assert page.locator("#list thead th").evaluate_all(
            "cells => cells.every((one) => one.scrollWidth <= one.clientWidth)"
        ), "no heading is cut off"
    page.locator("#list a[href*='/calls/']", has_text=re.compile(r"\d")).first.click()
    olivia.reads(WORDS[language]["story"])
    olivia.fill("Account code: its name or its digits", "0417")
    olivia.click("button", "Assign")
    olivia.reads("Harper v. Castellan")
    call.refresh_from_db()
    assert call.account_code_name == "Harper v. Castellan"
    olivia.navigate("Reports")
    page.get_by_label(olivia.say("Period"), exact=True).select_option("this_month")
    olivia.click("button", "Run")
    expect(page.locator(".report")).to_contain_text("Harper v. Castellan")
    olivia.look()
    olivia.navigate("Months")
    olivia.look()
    page.locator(f"main a[href*='/months/{call.billing_month}/']").first.click()
    olivia.reads(WORDS[language]["month"])
    expect(page.get_by_role("main")).to_contain_text("0:10:05")
