"""Test a call: the phone on the page, by mouse and by keyboard, with its sounds."""

import pytest
from playwright.sync_api import Request

from callmark.calls.models import Call
from callmark.codes.models import UserCodeSettings
from callmark.policy.rules import CodeRules
from tests.browser.conftest import Arrive
from tests.browser.visitor import Size, Visitor
from tests.cast import LawFirm, code, first_time
from tests.portal.test_call_history import place
from tests.rows import every

pytestmark = pytest.mark.browser


def allow(cast: LawFirm) -> None:
    """International calls of everybody need a known code."""
    settings = first_time(cast)
    code(cast, "1234", "General office")
    settings.allowed = True
    settings.rules = CodeRules(validate=True, international=True)
    settings.save()
    UserCodeSettings.objects.create(user=cast.uma, enabled=True)


def dial(olivia: Visitor, number: str) -> None:
    olivia.go("/accounts/firm/test-call/")
    olivia.page.get_by_label("Call as").select_option("Uma (201)")
    olivia.page.get_by_label("Number to dial").fill(number)
    olivia.click("button", "Call")


def test_one_of_many_users_is_found_as_one_types(
    arrive: Arrive, cast: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callmark.portal.forms.calls.IN_A_LIST", 1)
    allow(cast)
    sizes: tuple[Size, ...] = ("desktop", "phone")
    for size in sizes:
        olivia = arrive(person=cast.olivia, size=size)
        olivia.go("/accounts/firm/test-call/")
        field = olivia.page.get_by_role("combobox", name="Call as")
        field.fill("um")
        olivia.page.get_by_role("option", name="Uma (201)").wait_for()
        olivia.examine("test-call-choosing-a-user")
        field.press("ArrowDown")
        field.press("Enter")
        assert field.input_value() == "Uma (201)"
        olivia.page.get_by_label("Number to dial").fill("011442079460000")
        olivia.page.keyboard.press("Enter")
        olivia.sees("Uma is calling")
        olivia.click("button", "Hang up")
        # What is typed may stay: an extension is enough.
        field.fill("201")
        olivia.page.get_by_label("Number to dial").fill("011442079460000")
        olivia.click("button", "Call")
        olivia.sees("Uma is calling")


def test_wrong_then_right_with_keys_and_keypad(arrive: Arrive, cast: LawFirm) -> None:
    allow(cast)
    olivia = arrive(person=cast.olivia)
    heard: list[str] = []
    sent: list[str] = []

    def watch(request: Request) -> None:
        sent.append(request.url)
        if request.url.endswith(".wav"):
            heard.append(request.url.rsplit("/", 1)[1])

    olivia.page.on("request", watch)
    dial(olivia, "011442079460000")
    assert olivia.sees("Please enter a valid account code.")
    assert olivia.sees("Uma is calling")
    olivia.page.keyboard.type("9999")
    assert olivia.sees("Invalid entry. Please enter a four-digit account code.")
    for key in "1234":
        olivia.page.locator(f"[data-key='{key}']").click()
    assert olivia.sees("The call goes through")
    assert olivia.sees("General office")
    olivia.page.wait_for_function("document.querySelectorAll('audio').length === 3")
    # A part of its contents stands in a file's name: enter-code.90bdfc43ca33.wav.
    names = {name.partition(".")[0] for name in heard}
    assert {"enter-code", "invalid-entry-4"} <= names
    assert not any("9999" in url or "1234" in url for url in sent)
    assert every(Call).get(account=cast.account).simulated


def test_pound_ends_an_entry_and_hanging_up_ends_the_call(arrive: Arrive, cast: LawFirm) -> None:
    allow(cast)
    olivia = arrive(person=cast.olivia)
    dial(olivia, "011442079460000")
    assert olivia.sees("Uma is calling")
    olivia.page.keyboard.type("12#")
    assert olivia.sees("Account codes must be four digits.")
    olivia.click("button", "Say nothing")
    assert olivia.sees("wrong entry 2 of 3")
    olivia.click("button", "Hang up")
    assert olivia.sees("Abandoned at the prompt")


def test_the_test_is_in_the_history_and_filters_work(arrive: Arrive, cast: LawFirm) -> None:
    place(cast, cast.uma, "011442079460000", "1234", account_code_name="General office")
    place(cast, cast.ben, "19005550123", outcome="ended_after_max_retries", simulated=True)
    olivia = arrive(person=cast.olivia)
    olivia.go("/accounts/firm/calls/")
    olivia.page.get_by_text("011442079460000", exact=True).wait_for()
    assert olivia.page.get_by_text("19005550123", exact=True).count() == 0
    olivia.page.get_by_text("More filters").click()
    olivia.page.get_by_label("Show test calls").check()
    olivia.page.get_by_text("19005550123", exact=True).wait_for()
    assert "tests=on" in olivia.page.url
    olivia.page.get_by_label("Outcome").select_option("Ended after max retries")
    olivia.page.get_by_text("011442079460000", exact=True).wait_for(state="detached")
    olivia.page.get_by_text("More filters").click()  # it covers the list while it is open
    olivia.page.get_by_role("link", name="Mar 2").click()
    assert olivia.sees("What happened, and why")
    olivia.page.locator("#list").get_by_text("19005550123", exact=True).wait_for()
    assert olivia.page.get_by_text("011442079460000", exact=True).count() == 0
