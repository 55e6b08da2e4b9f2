"""Where one is signed in, for how long, and how it ends."""

import time
from datetime import UTC, datetime

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from pytest_django import Settings

from tests.cast import PASSWORD, LawFirm
from tests.sign_in.company import company, led_to, sign_in_as
from tests.sign_in.doors import Door, entries, text, where

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib")

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def phone(cast: LawFirm) -> Door:
    """Uma's phone, signed in, too."""
    door = Door(Client(HTTP_USER_AGENT=IPHONE), cast.uma)
    door.sign_in()
    return door


def age(door: Door, **seconds: int) -> None:
    """As if the session had begun, or been used, so long ago."""
    session = door.browser.session
    for name, ago in seconds.items():
        session[f"callmark.{name}"] = int(time.time()) - ago
    session.save()


def test_the_list_names_the_devices(phone: Door, cast: LawFirm) -> None:
    desk = Client(HTTP_USER_AGENT=FIREFOX)
    Door(desk, cast.uma).sign_in()
    page = text(desk.get("/sign-in/sessions/"))
    assert "Firefox on Windows <span" in page
    assert "Safari on iPhone" in page
    assert page.count("This device") == 1


def test_signing_out_elsewhere(uma: Door, phone: Door) -> None:
    uma.sign_in()
    uma.browser.post("/sign-in/sessions/")
    assert uma.is_in
    assert not phone.is_in


def test_the_list_is_ones_own(uma: Door, olivia: Client) -> None:
    uma.sign_in()
    uma.browser.post("/sign-in/sessions/")
    assert olivia.get("/sign-in/").status_code == 200


def test_another_password_signs_out_the_other_devices(uma: Door, phone: Door) -> None:
    uma.sign_in()
    sent = {
        "oldpassword": PASSWORD,
        "password1": "seven green lanterns",
        "password2": "seven green lanterns",
    }
    assert uma.browser.post("/password/change/", sent).headers["Location"] == "/sign-in/"
    assert uma.is_in
    assert not phone.is_in
    assert len(entries("sign_in.password_changed")) == 1


def test_an_idle_session_ends(uma: Door, settings: Settings) -> None:
    uma.sign_in()
    age(uma, seen_at=settings.SESSION_IDLE_SECONDS + 1)
    answer = uma.browser.get("/accounts/firm/calls/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/login/?next=")
    assert "without activity" in text(answer)
    (entry,) = entries("sign_in.signed_out")
    assert entry.after == {"why": "some time without activity"}


def test_a_used_session_does_not_end(uma: Door, settings: Settings) -> None:
    uma.sign_in()
    for _ in range(3):
        age(uma, seen_at=settings.SESSION_IDLE_SECONDS - 5)
        assert uma.is_in


def test_kept_signed_in_it_may_be_idle_but_not_for_ever(uma: Door, settings: Settings) -> None:
    uma.sign_in(remember="on")
    age(uma, seen_at=settings.SESSION_IDLE_SECONDS + 1)
    assert uma.is_in
    age(uma, signed_in_at=settings.SESSION_COOKIE_AGE + 1)
    assert not uma.is_in


def test_without_keep_me_signed_in_the_cookie_ends_with_the_browser(uma: Door) -> None:
    uma.sign_in()
    assert uma.browser.cookies["sessionid"]["max-age"] == ""
    uma.sign_out()
    uma.sign_in(remember="on")
    assert uma.browser.cookies["sessionid"]["max-age"] > 0


def test_the_operator_can_take_keep_me_signed_in_away(client: Client, settings: Settings) -> None:
    settings.ACCOUNT_SESSION_REMEMBER = False
    assert "Keep me signed in" not in text(client.get("/login/"))


def test_being_seen_is_noted_at_most_once_a_minute(uma: Door, cast: LawFirm) -> None:
    uma.sign_in()
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    sessions = UserSession.objects.filter(user=cast.uma)
    sessions.update(last_seen_at=long_ago)
    uma.browser.get("/sign-in/")
    assert sessions.get().last_seen_at == long_ago
    age(uma, seen_at=61)
    uma.browser.get("/sign-in/")
    assert sessions.get().last_seen_at > long_ago


def test_the_session_gets_another_name_on_signing_in(uma: Door) -> None:
    """Who planted a session's name in a browser must not be signed in with it."""
    uma.browser.get("/login/")
    session = uma.browser.session
    session["planted"] = True
    session.save()
    before = session.session_key
    uma.sign_in()
    assert uma.browser.session.session_key != before


def test_after_signing_out_the_session_is_gone(uma: Door) -> None:
    uma.sign_in()
    stolen = uma.browser.cookies["sessionid"].value
    uma.sign_out()
    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert thief.get("/sign-in/").status_code == 302


def later(door: Door, seconds: int) -> None:
    """As if the last sign-in, and every proof since, had been so long ago."""
    session = door.browser.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [
        {**record, "at": record["at"] - seconds} for record in records
    ]
    session.save()


def test_seeing_ones_devices_is_free_ending_them_asks_who_one_is(uma: Door, phone: Door) -> None:
    uma.sign_in()
    later(uma, 301)
    assert "Safari on iPhone" in text(uma.browser.get("/sign-in/sessions/"))
    answer = uma.browser.post("/sign-in/sessions/")
    assert where(answer) == "/reauthenticate/?next=%2Fsign-in%2Fsessions%2F"
    assert phone.is_in
    sent = {"password": PASSWORD, "next": "/sign-in/sessions/"}
    assert where(uma.browser.post("/reauthenticate/", sent)) == "/sign-in/sessions/"
    assert not phone.is_in, "what was asked for before is done now"
    assert "All other devices are signed out." in text(uma.browser.get("/sign-in/sessions/"))
    (entry,) = entries("sign_in.signed_out_elsewhere")
    assert (entry.actor_name, entry.after) == ("Uma", {"sessions": 1})


def test_a_wrong_password_ends_nothing(uma: Door, phone: Door) -> None:
    uma.sign_in()
    later(uma, 301)
    uma.browser.post("/sign-in/sessions/")
    sent = {"password": "wrong", "next": "/sign-in/sessions/"}
    uma.browser.post("/reauthenticate/", sent)
    assert phone.is_in


def test_one_device_alone_can_be_signed_out(uma: Door, phone: Door, cast: LawFirm) -> None:
    tablet = Door(Client(), cast.uma)
    tablet.sign_in()
    uma.sign_in()
    lost = UserSession.objects.get(session_key=phone.browser.session.session_key)
    uma.browser.post("/sign-in/sessions/", {"session": lost.pk})
    assert [door.is_in for door in (uma, tablet, phone)] == [True, True, False]
    again = uma.browser.post("/sign-in/sessions/", {"session": lost.pk}, follow=True)
    assert "signed out already" in text(again)


@pytest.mark.parametrize("number", ["olivia's", "own", "x", "", "9" * 30])
def test_of_ones_own_and_no_other(uma: Door, olivia: Client, number: str) -> None:
    uma.sign_in()
    keys = {"olivia's": olivia.session.session_key, "own": uma.browser.session.session_key}
    if number in keys:
        number = str(UserSession.objects.get(session_key=keys[number]).pk)
    uma.browser.post("/sign-in/sessions/", {"session": number})
    assert uma.is_in
    assert olivia.get("/sign-in/").status_code == 200


def test_who_has_neither_password_nor_second_factor_proves_it_at_the_company(
    client: Client, phone: Door, cast: LawFirm, settings: Settings
) -> None:
    with company(settings):
        uma = Door(client, cast.uma)
        sign_in_as(client, "uma")
        cast.uma.set_unusable_password()
        cast.uma.save()
        sign_in_as(client, "uma")
        sign_in_as(phone.browser, "uma")
        later(uma, 301)
        answer = client.post("/sign-in/sessions/")
        assert where(answer) == "/login/with/company/?again=1&next=%2Fsign-in%2Fsessions%2F"
        assert "Is it still you?" in text(client.get(where(answer)))
        assert phone.is_in
        page = client.post("/login/with/company/", {"again": "1"})
        assert "prompt=login" in led_to(page)
        back = sign_in_as(client, "uma", again="1", next="/sign-in/sessions/")
        assert where(back) == "/sign-in/sessions/"
        client.post("/sign-in/sessions/")
        assert uma.is_in
        assert not phone.is_in


def test_the_session_gets_another_name_when_one_proves_who_one_is_again(uma: Door) -> None:
    uma.sign_in()
    before = uma.browser.session.session_key
    uma.confirm()
    now = uma.browser.session.session_key
    assert now != before
    thief = Client()
    thief.cookies["sessionid"] = str(before)
    assert thief.get("/sign-in/").status_code == 302
    assert uma.is_in
    assert [session.session_key for session in UserSession.objects.all()] == [now]
    assert "This device" in text(uma.browser.get("/sign-in/sessions/"))


def test_a_page_asks_how_long_the_session_lasts_without_prolonging_it(
    uma: Door, settings: Settings
) -> None:
    uma.sign_in()
    age(uma, seen_at=600)
    for _ in range(2):
        told = uma.browser.get("/session/").json()
        left = settings.SESSION_IDLE_SECONDS - 600
        assert told["person"] == str(uma.person.pk)
        assert left - 10 <= told["seconds"] <= left
    age(uma, seen_at=settings.SESSION_IDLE_SECONDS + 1)
    assert uma.browser.get("/session/").json() == {"person": "", "seconds": 0}
    assert not uma.is_in


def test_kept_signed_in_it_lasts_to_its_longest(uma: Door, settings: Settings) -> None:
    uma.sign_in(remember="on")
    age(uma, seen_at=settings.SESSION_IDLE_SECONDS + 1, signed_in_at=1000)
    left = settings.SESSION_COOKIE_AGE - 1000
    assert left - 10 <= uma.browser.get("/session/").json()["seconds"] <= left
