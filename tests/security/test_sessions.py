"""Sessions: new at sign-in, dead after sign-out, not fixed, not guessed."""

from http.cookies import SimpleCookie

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from tests.cast import PASSWORD, LawFirm
from tests.portal.pages import url

CHOSEN = "a" * 32


def sign_in(client: Client, who: str = "olivia") -> object:
    return client.post("/login/", {"login": f"{who}@firm.example", "password": PASSWORD})


def session_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def test_a_session_chosen_by_somebody_else_is_not_used(client: Client, cast: LawFirm) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = CHOSEN
    sign_in(client)
    assert session_of(client) != CHOSEN
    assert len(session_of(client)) == 32


def test_nor_is_one_that_existed_before_signing_in(client: Client, cast: LawFirm) -> None:
    session = client.session
    session["planted"] = "before"
    session.save()
    before = session.session_key
    sign_in(client)
    assert session_of(client) != before
    assert not Session.objects.filter(session_key=before).exists()


def test_signing_out_ends_it_on_the_server(client: Client, cast: LawFirm) -> None:
    sign_in(client)
    stolen = SimpleCookie({settings.SESSION_COOKIE_NAME: session_of(client)})
    client.post("/logout/")
    thief = Client()
    thief.cookies = stolen
    assert thief.get(url(cast, "users/")).status_code == 302


def test_a_link_does_not_sign_anybody_out(olivia: Client, cast: LawFirm) -> None:
    olivia.get("/logout/")
    assert olivia.get(url(cast, "users/")).status_code == 200


def test_a_new_password_ends_the_other_sessions(client: Client, cast: LawFirm) -> None:
    other = Client()
    sign_in(other)
    sign_in(client)
    new = "quite another secret"
    sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client.post("/password/change/", sent)
    cast.olivia.refresh_from_db()
    assert cast.olivia.check_password(new)
    assert other.get(url(cast, "users/")).status_code == 302
    assert client.get(url(cast, "users/")).status_code == 200


def test_a_deactivated_person_is_out_at_once(olivia: Client, cast: LawFirm) -> None:
    cast.olivia.is_active = False
    cast.olivia.save(update_fields=["is_active"])
    assert olivia.get(url(cast, "users/")).status_code == 302


def test_cookies_of_sign_in_cannot_be_read_by_scripts(client: Client, cast: LawFirm) -> None:
    client.get("/login/")
    sign_in(client)
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = client.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]


@pytest.mark.parametrize("path", ["/", "/accounts/firm/users/", "/operators/", "/sign-in/"])
def test_a_made_up_session_is_nobody(client: Client, cast: LawFirm, path: str) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "b" * 32
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login/")
