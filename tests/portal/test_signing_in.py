"""Signing in and out, and the pages around it."""

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from tests.cast import PASSWORD, LawFirm


def test_sign_in_and_out(client: Client, cast: LawFirm) -> None:
    sent = {"login": "olivia@firm.example", "password": PASSWORD}
    answer = client.post("/login/", sent, follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/firm/"
    client.post("/logout/")
    assert client.get("/").headers["Location"].startswith("/login/")


def test_a_wrong_password_says_so_and_not_which_part(client: Client, cast: LawFirm) -> None:
    for login in ("olivia@firm.example", "nobody@firm.example"):
        page = client.post("/login/", {"login": login, "password": "wrong"}).content.decode()
        assert "not correct" in page


def test_one_lands_where_one_wanted_to_go(client: Client, cast: LawFirm) -> None:
    sent = {"login": "olivia@firm.example", "password": PASSWORD}
    answer = client.post("/login/?next=/accounts/firm/users/", sent)
    assert answer.headers["Location"] == "/accounts/firm/users/"


def test_a_new_password_by_mail(client: Client, cast: LawFirm) -> None:
    client.post("/password/reset/", {"email": "olivia@firm.example"})
    text = mail.outbox[0].body
    link = next(word for word in text.split() if "/password/reset/key/" in word)
    page = client.get(link.removeprefix("http://testserver"), follow=True)
    assert "New password" in page.content.decode()
    form = page.redirect_chain[-1][0]
    client.post(form, {"password1": "quite another secret", "password2": "quite another secret"})
    cast.olivia.refresh_from_db()
    assert cast.olivia.check_password("quite another secret")


@pytest.mark.parametrize("page", ["/login/", "/password/reset/", "/password/reset/done/"])
def test_the_pages_around_signing_in_have_our_look(
    client: Client, cast: LawFirm, page: str
) -> None:
    assert "plain-card" in client.get(page).content.decode()


def test_changing_the_password_has_our_look(client: Client, cast: LawFirm) -> None:
    client.force_login(cast.uma)
    for page in ("/password/change/", "/logout/"):
        assert "plain-card" in client.get(page).content.decode()


@pytest.mark.parametrize(
    "page", ["/signup/", "/email/", "/confirm-email/", "/confirm-email/x/", "/password/set/"]
)
def test_what_is_not_offered_is_not_there(client: Client, cast: LawFirm, page: str) -> None:
    for person in (None, cast.olivia):
        if person:
            client.force_login(person)
        assert client.get(page).status_code == 404
        assert client.post(page).status_code == 404


def test_signing_in_again_leads_back_to_a_page(client: Client, cast: LawFirm) -> None:
    page = "http://testserver/accounts/firm/account-codes/"
    sent_from = {"referer": page + "?x=1"}
    answer = client.post("/accounts/firm/account-codes/save/", headers=sent_from)
    assert answer["Location"] == "/login/?next=/accounts/firm/account-codes/%3Fx%3D1"
    for stranger in ("https://elsewhere.example/trap/", ""):
        answer = client.post("/accounts/firm/account-codes/save/", headers={"referer": stranger})
        assert answer["Location"] == "/login/?next=/"


def test_sign_in_says_that_the_session_has_ended(olivia: Client) -> None:
    Session.objects.all().delete()
    page = olivia.get("/accounts/firm/calls/", follow=True).text
    assert "You are no longer signed in: the session has ended." in page


def test_who_just_comes_is_told_nothing(client: Client, cast: LawFirm) -> None:
    page = client.get("/accounts/firm/calls/", follow=True).text
    assert "You are no longer" in page
    assert "data-session-ended hidden>" in page, "only the script knows whether it is so"
    assert "alert" not in page
