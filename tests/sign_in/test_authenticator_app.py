"""An authenticator app as the second factor."""

import time
from datetime import UTC, datetime

import pytest
from time_machine import Traveller

from tests.sign_in.authenticator import code_of, key_on
from tests.sign_in.doors import Door, entries, text


def test_setting_up_asks_for_the_password_again(uma: Door) -> None:
    uma.sign_in()
    time_passes = uma.browser.session
    time_passes["account_authentication_methods"] = []
    time_passes.save()
    answer = uma.browser.get("/sign-in/app/set-up/")
    assert answer.headers["Location"].startswith("/reauthenticate/")
    assert "Is it still you?" in text(uma.browser.get(answer.headers["Location"]))


def test_the_qr_code_is_an_image_that_the_policy_allows(uma: Door) -> None:
    uma.sign_in()
    answer = uma.browser.get("/sign-in/app/set-up/")
    assert 'src="data:image/svg+xml;base64,' in text(answer)
    assert "img-src 'self' data:" in answer.headers["Content-Security-Policy"]


def test_from_then_on_the_password_alone_does_not_sign_in(uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    uma.sign_out()
    assert uma.sign_in() == "/login/second-factor/"
    assert not uma.is_in
    assert uma.second_step(uma.next_code()) == "/"
    assert uma.is_in


def after_the_password(uma: Door) -> None:
    """The app is set up, some time ago, and the password typed."""
    uma.sign_in()
    uma.set_up_app()
    uma.sign_out()
    uma.next_code()
    uma.next_code()
    uma.sign_in()


@pytest.mark.parametrize("seconds", [-3600, -60, 60, 3600])
def test_a_code_of_another_time_is_refused(uma: Door, seconds: int) -> None:
    after_the_password(uma)
    assert uma.second_step(code_of(uma.key, time.time() + seconds)) == ""
    assert not uma.is_in


@pytest.mark.parametrize("seconds", [-30, 0, 30])
def test_slow_fingers_and_a_clock_that_differs_a_little_sign_in(uma: Door, seconds: int) -> None:
    after_the_password(uma)
    assert uma.second_step(code_of(uma.key, time.time() + seconds)) == "/"
    assert uma.is_in


@pytest.mark.parametrize("seconds", range(0, 90, 15))
def test_a_code_works_once_for_as_long_as_it_would_be_right(
    uma: Door, clock: Traveller, seconds: int
) -> None:
    after_the_password(uma)
    # The first moment at which this code is right, and its last.
    clock.move_to(datetime(2026, 11, 23, 9, 32, tzinfo=UTC))
    code = code_of(uma.key, time.time() + 30)
    assert uma.second_step(code) == "/"
    uma.sign_out()
    uma.sign_in()
    clock.shift(seconds + 14.9)
    answer = uma.browser.post("/login/second-factor/", {"code": f"{code[:3]} {code[3:]}"})
    assert "This code has been used: wait for the next one." in text(answer)
    assert not uma.is_in
    assert entries("sign_in.failed")[-1].after == {"why": "a code that had been used"}


def test_the_code_that_set_the_app_up_does_not_sign_in(uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    uma.sign_out()
    uma.sign_in()
    assert uma.second_step(code_of(uma.key)) == ""
    assert uma.second_step(uma.next_code()) == "/"


def test_a_used_code_is_no_guess(uma: Door) -> None:
    """Who is too quick waits for the next code, and for nothing else."""
    after_the_password(uma)
    used = uma.next_code()
    assert uma.second_step(used) == "/"
    uma.sign_out()
    uma.sign_in()
    for _ in range(6):
        assert uma.second_step(used) == ""
    assert uma.second_step(uma.next_code()) == "/"


def test_who_has_confirmed_with_a_code_does_not_sign_in_with_it(uma: Door) -> None:
    after_the_password(uma)
    uma.second_step(uma.next_code())
    code = uma.next_code()
    uma.browser.post("/reauthenticate/code/", {"code": code})
    uma.sign_out()
    uma.sign_in()
    assert uma.second_step(code) == ""


def test_a_wrong_first_code_turns_nothing_on_and_keeps_the_key(uma: Door) -> None:
    uma.sign_in()
    key = key_on(text(uma.browser.get("/sign-in/app/set-up/")))
    page = text(uma.browser.post("/sign-in/app/set-up/", {"code": "000000"}))
    assert "Incorrect code" in page
    assert key_on(page) == key
    uma.sign_out()
    assert uma.sign_in() == "/"


def test_removing_it(uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    assert "Remove the authenticator app?" in text(uma.browser.get("/sign-in/app/remove/"))
    uma.browser.post("/sign-in/app/remove/")
    uma.sign_out()
    assert uma.sign_in() == "/"


def test_nobody_removes_it_without_proving_who_he_is(uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    uma.sign_out()
    uma.sign_in()
    uma.second_step(uma.next_code())
    answer = uma.browser.post("/sign-in/app/remove/")
    assert answer.headers["Location"].startswith("/reauthenticate/")
    uma.sign_out()
    assert uma.sign_in() == "/login/second-factor/"


def test_a_passkey_is_offered_only_to_those_who_have_one(uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    uma.sign_out()
    uma.sign_in()
    page = text(uma.browser.get("/login/second-factor/", headers={"host": "localhost"}))
    assert "Use a passkey" not in page
