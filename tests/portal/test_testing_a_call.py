"""Olivia tests a call in the portal, without a switch."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from callmark.accounts.models import User
from callmark.calls.models import Call
from callmark.policy.rules import CodeRules
from callmark.portal.forms import calls as forms
from callmark.portal.views.test_call import SESSION_KEY
from tests.cast import LawFirm, code, first_time
from tests.leaks import shows
from tests.portal.pages import turn_on, url
from tests.rows import every

PAGE = "test-call/"
ABROAD = "011442079460000"


@pytest.fixture
def ready(client: Client, cast: LawFirm) -> Client:
    """International calls need a known code; Olivia is signed in."""
    first_time(cast)
    code(cast)
    turn_on(client, cast, CodeRules(validate=True, international=True))
    return client


def dial(client: Client, cast: LawFirm, number: str = ABROAD) -> str:
    sent = {"action": "dial", "user": str(cast.uma.pk), "dialed": number}
    return client.post(url(cast, PAGE), sent).content.decode()


def press(client: Client, cast: LawFirm, keys: str = "", action: str = "keys") -> str:
    return client.post(url(cast, PAGE), {"action": action, "keys": keys}).content.decode()


def test_number_and_code_in_one_go_leave_no_digits_behind(client: Client, cast: LawFirm) -> None:
    first_time(cast)
    code(cast)
    turn_on(client, cast, CodeRules(international=True), decline="true", separator="*")
    pages = [dial(client, cast, f"{ABROAD}*80")]
    assert "Account codes must be four digits." in pages[0]
    assert not shows("*80", [session.session_data for session in Session.objects.all()])
    assert not shows("*80", [repr(client.session[SESSION_KEY])])
    pages.append(press(client, cast, "#"))
    assert "Presses <b>#</b>" in pages[1]
    assert "without a code" in pages[1]
    pages.append(dial(client, cast, f"{ABROAD}*8086"))
    assert "tagged with the code entered" in pages[2]
    for page in pages:
        assert f'value="{ABROAD}"' in page or f">{ABROAD}<" in page
        assert "*80" not in page
    first, second = every(Call).order_by("started_at")
    assert (first.outcome, second.account_code) == ("declined", "8086")


def test_wrong_then_right(ready: Client, cast: LawFirm) -> None:
    page = dial(ready, cast)
    assert "“Please enter a valid account code.”" in page
    assert "callmark/prompts/en/enter-code." in page
    assert "+44" in page
    assert "&#x27;International&#x27; is on" in page
    page = press(ready, cast, "9999")
    assert "Invalid entry. Please enter a four-digit account code." in page
    assert "wrong entry 1 of 3" in page
    page = press(ready, cast, "1234")
    assert "The call goes through" in page
    assert "Harper v. Castellan" in page
    assert every(Call).get(account=cast.account).simulated


def test_afterwards_its_record_is_one_click_away(ready: Client, cast: LawFirm) -> None:
    page = dial(ready, cast)
    assert "Its record in the call history" not in page
    page = press(ready, cast, "1234")
    record = url(cast, f"calls/{every(Call).get(account=cast.account).pk}/")
    assert record in page
    assert ready.get(record).status_code == 200


def test_of_too_many_users_one_is_written_by_extension_or_name(
    ready: Client, cast: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "IN_A_LIST", 1)
    page = ready.get(url(cast, PAGE), {"user": str(cast.uma.pk)}).text
    assert "<select" not in page
    extension = cast.uma.extensions.get().number
    whole = f"{cast.uma.name} ({extension})"
    assert f'value="{whole}"' in page
    for user in (extension, cast.uma.name.upper(), whole):
        sent = {"action": "dial", "user": user, "dialed": ABROAD}
        page = ready.post(url(cast, PAGE), sent).text
        assert "“Please enter a valid account code.”" in page
        press(ready, cast, action="hang_up")
    sent = {"action": "dial", "user": "Nobody", "dialed": ABROAD}
    assert "No user of this account has this" in ready.post(url(cast, PAGE), sent).text


@pytest.mark.parametrize("typed", ["um", "UMA", "201", ""])
def test_users_are_offered_as_one_types_a_name_or_an_extension(
    ready: Client, cast: LawFirm, typed: str
) -> None:
    User.objects.create(account=cast.account, name="Umberto, who left", is_active=False)
    offered = ready.post(url(cast, f"{PAGE}choose/"), {"q": typed}).text
    assert "<bdi>Uma (201)</bdi>" in offered
    assert "Umberto" not in offered
    assert ("Ben" in offered) is (typed == "")


def test_three_wrong_entries_end_the_call(ready: Client, cast: LawFirm) -> None:
    dial(ready, cast)
    press(ready, cast, "12#")
    press(ready, cast, action="silence")
    page = press(ready, cast, "9999")
    assert "You have reached the maximum number of attempts." in page
    assert "The call ends." in page
    assert "Ended after max retries" in page


def test_hanging_up_is_abandoning(ready: Client, cast: LawFirm) -> None:
    dial(ready, cast)
    assert "Abandoned at the prompt" in press(ready, cast, action="hang_up")


def test_a_call_that_needs_no_code(ready: Client, cast: LawFirm) -> None:
    page = dial(ready, cast, "2125550199")
    assert "The call goes through" in page
    assert "do not require one for this call type" in page


def test_the_digits_are_kept_encrypted_only_while_the_call_lasts(
    ready: Client, cast: LawFirm
) -> None:
    dial(ready, cast)
    page = press(ready, cast, "9876")
    assert not shows("9876", page)
    assert ready.session[SESSION_KEY]
    stored = " ".join(str(row.get_decoded()) for row in Session.objects.all())
    assert not shows("9876", stored)
    press(ready, cast, "1234")
    assert SESSION_KEY not in ready.session


def test_looking_at_the_page_again_starts_over(ready: Client, cast: LawFirm) -> None:
    dial(ready, cast)
    assert "Nothing dialed yet" in ready.get(url(cast, PAGE)).content.decode()
    assert "That call is over" in press(ready, cast, "1234")


def test_nothing_to_dial_or_nobody_to_call_as(ready: Client, cast: LawFirm) -> None:
    page = ready.post(url(cast, PAGE), {"action": "dial"}).content.decode()
    assert "Choose the user who makes the call." in page
    assert "Enter the number to dial." in page
    sent = {"action": "dial", "user": str(cast.fay.pk), "dialed": ABROAD}
    page = ready.post(url(cast, PAGE), sent).content.decode()
    assert "Choose a user of this account." in page


def test_a_test_call_never_locks_the_user_out(ready: Client, cast: LawFirm) -> None:
    for _ in range(4):
        dial(ready, cast)
        for _ in range(3):
            press(ready, cast, "9999")
    assert "Please enter a valid account code." in dial(ready, cast)


@pytest.mark.parametrize("number", ["911", "112", "9911"])
def test_an_emergency_call_is_never_asked_for_anything(
    ready: Client, cast: LawFirm, number: str
) -> None:
    page = dial(ready, cast, number)
    assert "The call goes through" in page
    assert "emergency calls are never asked for anything" in page


@pytest.mark.parametrize("number", ["", "9" * 80, "<b>x</b>", "☎", "*50", "#", "0" * 30])
def test_strange_numbers_break_nothing(ready: Client, cast: LawFirm, number: str) -> None:
    page = dial(ready, cast, number)
    assert "<b>x</b>" not in page
