"""The help page *Account Codes Setup*, and a month of calls, as Spanish and French readers do them.

Buttons and fields are found by what the catalogs call them, so that a better wording breaks
nothing; a few words stand here as they are read, so that a page left in English does.
"""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, expect

from callmark.accounts.services import change_account, change_person
from callmark.accounts.versions import STALE_MESSAGE
from callmark.calls.calendars import calendar_of
from callmark.calls.models import Call
from callmark.codes.models import AccountCode, UserCodeSettings
from callmark.policy.rules import CodeRules
from callmark.policy.texts import Text
from tests.browser.conftest import Arrive
from tests.browser.reader import Reader, read_by
from tests.browser.test_setting_up_word_for_word import enabled
from tests.browser.visitor import Size
from tests.cast import PASSWORD, LawFirm, code, first_time, stored
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


@in_both
def test_the_seed_from_the_first_visit_to_turning_it_off(
    arrive: Arrive, cast: LawFirm, language: str, locale: str, size: Size
) -> None:
    change_account(cast.account, {"language": language}, actor=cast.otto)
    olivia = read_by(arrive, language, locale, size)
    sign_in(olivia)
    enable_account_codes_on_the_account(olivia)
    add_a_code(olivia)
    choose_account_settings(olivia)
    save_account_codes(olivia, cast)
    customise_a_user(olivia, cast)
    turn_it_off_and_delete_custom_settings(olivia, cast)
    save_with_no_and_again_with_yes(olivia, cast)
    save_while_somebody_else_does(olivia, cast)
    enable_users_who_were_added_later(olivia, cast)
    rename_search_and_delete_a_code(olivia, cast)


def sign_in(olivia: Reader) -> None:
    """Nobody knows yet who it is: the browser says in which language."""
    olivia.visitor.go("/login/")
    olivia.reads(WORDS[olivia.language]["sign in"])
    olivia.fill("E-mail", "olivia@firm.example")
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


def save_account_codes(olivia: Reader, cast: LawFirm) -> None:
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


def customise_a_user(olivia: Reader, cast: LawFirm) -> None:
    """It can be disabled for a user and enabled again, and have settings of its own."""
    olivia.navigate("Users")
    olivia.look()
    olivia.visitor.click("link", "Uma")
    for on in (False, True):
        olivia.turn("Enable account codes", on)
        if on:
            olivia.turn("Override account level settings", True)
            olivia.turn("Toll-free", True)
        olivia.click("button", "Save")
        olivia.reads(olivia.say("Settings of {name} saved.", name="Uma"))
        assert every(UserCodeSettings).get(user=cast.uma).enabled == on
    olivia.navigate("Users")
    olivia.reads(olivia.say("On, custom settings"))


def turn_it_off_and_delete_custom_settings(olivia: Reader, cast: LawFirm) -> None:
    """Off for everybody; custom settings go, codes stay."""
    olivia.navigate("Account Codes")
    olivia.turn("Allow account codes", False)
    olivia.save()
    olivia.reads(WORDS[olivia.language]["off"], "dialog[open]")
    olivia.turn("Delete custom user settings", True)
    olivia.click("button", "Save")
    olivia.reads(olivia.say("Account codes are off for every user of this account."))
    settings = every(UserCodeSettings).filter(user__account=cast.account)
    assert not settings.filter(enabled=True).exists()
    assert not settings.filter(override=True).exists()
    assert every(AccountCode).filter(account=cast.account).count() == 1


def answer(olivia: Reader, choice: str) -> None:
    """Save the account's settings, and answer the dialog with *Yes* or *No*."""
    olivia.save()
    olivia.look()
    olivia.find("radio", choice).check()
    olivia.click("button", "Save")


def turned_on_for(olivia: Reader, count: int) -> str:
    """What the page says after *Yes*."""
    return olivia.say(
        "Account Codes Settings saved, and account codes turned on for {count} user.",
        "Account Codes Settings saved, and account codes turned on for {count} users.",
        count,
    )


def save_with_no_and_again_with_yes(olivia: Reader, cast: LawFirm) -> None:
    """*No* leaves everybody as they are; they are saved again without a change, with *Yes*."""
    olivia.turn("Allow account codes", True)
    olivia.turn("Allow call to proceed after max retries", False)
    answer(olivia, "No")
    olivia.reads(olivia.say("Account Codes Settings saved."))
    assert stored(cast).allowed
    assert enabled(cast) == set()
    answer(olivia, "Yes")
    olivia.reads(turned_on_for(olivia, 4))
    assert len(enabled(cast)) == 4


def save_while_somebody_else_does(olivia: Reader, cast: LawFirm) -> None:
    """Two administrators at once: the second is told, and what they chose is still there."""
    olivia.turn("Toll-free", True)
    olivia.save()
    settings = stored(cast)
    settings.version += 1
    settings.save()
    olivia.find("radio", "Yes").check()
    olivia.click("button", "Save")
    olivia.reads(olivia.say(str(STALE_MESSAGE)))
    now = olivia.say("{label}: stored now is {theirs}.", label="{label}", theirs=olivia.say("off"))
    olivia.reads(now.format(label=olivia.say("Toll-free")))
    assert not stored(cast).rules.toll_free
    assert olivia.find("switch", "Toll-free").is_checked()
    olivia.visitor.page.once("dialog", lambda dialog: dialog.accept())  # It is not saved.


def enable_users_who_were_added_later(olivia: Reader, cast: LawFirm) -> None:
    """About User Settings: there are two ways to enable it after this point."""
    for name in ("Nina", "Nora"):
        olivia.navigate("Users")
        olivia.click("link", "Add a user")
        olivia.look()
        olivia.fill("Name", name)
        olivia.click("button", "Add")
        olivia.reads(olivia.say("{name} is added.", name=name))
    assert not {"Nina", "Nora"} & enabled(cast)

    # 2. Go to their Settings tab and turn it on.
    olivia.navigate("Users")
    olivia.visitor.click("link", "Nora")
    olivia.turn("Enable account codes", True)
    olivia.turn("Override account level settings", True)
    assert olivia.find("switch", "Allow call to proceed after max retries").is_disabled()
    olivia.turn("Override account level settings", False)
    olivia.click("button", "Save")
    olivia.reads(olivia.say("Settings of {name} saved.", name="Nora"))
    assert {"Nina", "Nora"} & enabled(cast) == {"Nora"}

    # 1. Re-save the settings, even without a change, and choose Yes.
    olivia.navigate("Account Codes")
    answer(olivia, "Yes")
    olivia.reads(turned_on_for(olivia, 1))
    assert "Nina" in enabled(cast)


def rename_search_and_delete_a_code(olivia: Reader, cast: LawFirm) -> None:
    """From the third page of the list, which is still there afterwards."""
    page = olivia.visitor.page
    code(cast, "1234", "General office")
    for number in range(60):
        code(cast, f"{number:04}", f"Client {number:02}")
    olivia.visitor.go("/accounts/firm/account-codes/codes/")
    olivia.click("link", "Next")
    olivia.click("link", "Next")
    here = page.url
    of_a_row(olivia, "Edit <bdi>{name}</bdi>", "General office").click()
    olivia.reads(olivia.say("Edit account code %(code)s") % {"code": "1234"}, "dialog[open]")
    olivia.fill("Name or short description", "Front office")
    olivia.click("button", "Save")
    olivia.reads(olivia.say("Account code renamed to “{name}”.", name="Front office"))
    assert page.url == here

    search = page.get_by_role("searchbox")
    search.fill("client")
    olivia.reads(olivia.say("{count} account code", "{count} account codes", 60))
    olivia.click("button", "Next")
    olivia.reads("Client 49")
    search.fill("0042")
    page.get_by_text("Client 43").first.wait_for(state="detached")
    olivia.reads("Client 42")
    assert "0042" not in page.url
    of_a_row(olivia, "Delete <bdi>{name}</bdi>", "Client 42").click()
    olivia.reads(olivia.say("Delete account code"), "dialog[open]")
    olivia.click("button", "Delete")
    olivia.reads(olivia.say("Account code “{name}” deleted.", name="Client 42"))
    assert not every(AccountCode).filter(account=cast.account, name="Client 42").exists()


def of_a_row(olivia: Reader, english: str, name: str) -> Locator:
    """A link of the list that has the name of its row in its own."""
    said = olivia.say(english, name=name).replace("<bdi>", "").replace("</bdi>", "")
    return olivia.visitor.page.get_by_role("link", name=said, exact=True)


@pytest.fixture
def call(cast: LawFirm) -> Call:
    """Of this month, without a code and with a reason as the policy gives it."""
    first_time(cast)
    code(cast, "0417", "Harper v. Castellan")
    calendar = calendar_of(cast.account)
    begins = calendar.begins(calendar.month_of(calendar.day_of(timezone.now())).first)
    whose = Text("the account's settings")
    why = str(Text("no code: {whose} do not require one for this call type", whose=whose))
    return place(
        cast, cast.ben, "011442079460138", e164="+442079460138", outcome="not_gated",
        started_at=begins + timedelta(seconds=1), seconds=605, disposition="ANSWERED", why=[why],
    )  # fmt: skip


@in_both
def test_a_call_gets_its_code_and_is_in_the_months_report(
    arrive: Arrive, cast: LawFirm, call: Call, language: str, locale: str, size: Size
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
