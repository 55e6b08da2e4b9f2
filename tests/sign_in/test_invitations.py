"""Inviting people: a link to choose a password."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.sign_in.invitations import accept, invite, open_invitation, send_again
from callmark.sign_in.models import Invitation
from tests.cast import LawFirm
from tests.rows import every
from tests.sign_in.doors import Door, entries, text, where

PEOPLE = "/accounts/firm/people/"
CHOSEN = "seven green lanterns"
IDA = {"name": "Ida", "email": "ida@firm.example", "role": "reporter"}


def link_on(page: str) -> str:
    """The path of the link that a page or a mail shows."""
    return "/invitation/" + page.partition("/invitation/")[2].partition("/")[0] + "/"


def follow(link: str, password: str = CHOSEN) -> Client:
    """A new browser that opens the link and chooses a password."""
    browser = Client()
    browser.get(link, follow=True)
    browser.post("/invitation/", {"password1": password, "password2": password})
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/sign-in/").status_code == 200


def test_invited_by_mail_one_chooses_a_password_and_is_in(
    olivia: Client, cast: LawFirm, mail_works: None
) -> None:
    page = text(olivia.post(PEOPLE + "invite/", IDA))
    assert "It is on its way to" in page
    (letter,) = mail.outbox
    assert letter.to == ["ida@firm.example"]
    assert letter.subject == "[Callmark] Your access to Callmark"
    ida = follow(link_on(str(letter.body)))
    assert ida.get("/", follow=True).redirect_chain[-1][0] == "/accounts/firm/"
    ida.post("/logout/")
    assert Door(ida, every(User).get(name="Ida")).sign_in(CHOSEN) == "/"


def test_without_a_mail_server_the_link_is_handed_over(olivia: Client, cast: LawFirm) -> None:
    page = text(olivia.post(PEOPLE + "invite/", IDA))
    assert "Hand this link to" in page
    assert not mail.outbox
    assert is_in(follow(link_on(page)))


def test_the_link_is_nowhere_to_be_read_again(olivia: Client, cast: LawFirm) -> None:
    token = link_on(text(olivia.post(PEOPLE + "invite/", IDA))).split("/")[2]
    ida = every(User).get(name="Ida")
    assert token not in text(olivia.get(f"{PEOPLE}{ida.pk}/"))
    stored = every(Invitation).get(user=ida)
    assert token not in str(stored.__dict__)


def test_a_link_works_once(olivia: Client, cast: LawFirm) -> None:
    link = link_on(text(olivia.post(PEOPLE + "invite/", IDA)))
    assert is_in(follow(link))
    page = Client().get(link)
    assert page.status_code == 410
    assert "This link no longer works" in text(page)
    assert not is_in(follow(link))


def test_opening_a_link_uses_nothing_up(olivia: Client, cast: LawFirm) -> None:
    """Mail servers open links before people do."""
    link = link_on(text(olivia.post(PEOPLE + "invite/", IDA)))
    for _ in range(3):
        Client().get(link, follow=True)
    assert is_in(follow(link))


def test_of_two_who_choose_at_the_same_time_one_wins(cast: LawFirm) -> None:
    invited = invite(cast.account, **IDA, actor=cast.olivia)
    once, twice = open_invitation(invited.token), open_invitation(invited.token)
    assert once
    assert twice
    accept(once, password=CHOSEN)
    with pytest.raises(Refused, match="no longer works"):
        accept(twice, password="another good one")
    assert every(User).get(name="Ida").check_password(CHOSEN)


def test_a_link_ends_after_some_days(olivia: Client, cast: LawFirm) -> None:
    link = link_on(text(olivia.post(PEOPLE + "invite/", IDA)))
    every(Invitation).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(link).status_code == 410
    ida = every(User).get(name="Ida")
    assert "Invitation expired" in text(olivia.get(f"{PEOPLE}{ida.pk}/"))


def test_the_form_dies_with_the_link(olivia: Client, cast: LawFirm) -> None:
    link = link_on(text(olivia.post(PEOPLE + "invite/", IDA)))
    ida = every(User).get(name="Ida")
    browser = Client()
    browser.get(link, follow=True)
    olivia.post(f"{PEOPLE}{ida.pk}/revoke/")
    answer = browser.post("/invitation/", {"password1": CHOSEN, "password2": CHOSEN})
    assert answer.status_code == 410
    ida.refresh_from_db()
    assert not ida.has_usable_password()


def test_sent_again_only_the_newest_link_works(olivia: Client, cast: LawFirm) -> None:
    first = link_on(text(olivia.post(PEOPLE + "invite/", IDA)))
    ida = every(User).get(name="Ida")
    second = link_on(text(olivia.post(f"{PEOPLE}{ida.pk}/link/")))
    assert Client().get(first).status_code == 410
    assert is_in(follow(second))


def test_a_weak_password_is_refused_and_the_link_goes_on_working(
    olivia: Client, cast: LawFirm
) -> None:
    link = link_on(text(olivia.post(PEOPLE + "invite/", IDA)))
    assert not is_in(follow(link, password="12345"))
    assert not is_in(follow(link, password="password1"))
    assert is_in(follow(link))


def test_a_phone_user_gets_a_sign_in_and_stays_the_same_user(olivia: Client, cast: LawFirm) -> None:
    sent = {"user": str(cast.ben.pk), "email": "ben@firm.example", "role": "user"}
    ben = follow(link_on(text(olivia.post(PEOPLE + "invite/", sent))))
    assert ben.get("/", follow=True).redirect_chain[-1][0] == (
        f"/accounts/firm/users/{cast.ben.pk}/settings/"
    )
    assert every(User).filter(account=cast.account, name="Ben").count() == 1


def test_a_forgotten_password_without_mail(olivia: Client, cast: LawFirm, uma: Door) -> None:
    uma.sign_in()
    link = link_on(text(olivia.post(f"{PEOPLE}{cast.uma.pk}/link/")))
    assert uma.is_in, "until the link is used, nothing changes"
    follow(link)
    assert not uma.is_in
    assert uma.sign_in() == ""
    assert uma.sign_in(CHOSEN) == "/"


def test_a_new_password_does_not_pass_by_the_second_factor(cast: LawFirm, uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    link = f"/invitation/{send_again(cast.uma, actor=cast.olivia).token}/"
    browser = Client()
    browser.get(link, follow=True)
    answer = browser.post("/invitation/", {"password1": CHOSEN, "password2": CHOSEN})
    assert where(answer) == "/login/second-factor/"
    assert not is_in(browser)
    browser.post("/login/second-factor/", {"code": uma.next_code()})
    assert is_in(browser)


def test_the_token_leaves_the_address_at_once(cast: LawFirm) -> None:
    link = f"/invitation/{send_again(cast.uma, actor=None).token}/"
    answer = Client().get(link)
    assert where(answer) == "/invitation/"
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"email": ""}, "Enter the e-mail address"),
        ({"email": "nonsense"}, "valid email address"),
        ({"name": ""}, "Enter the name"),
        ({"role": "operator"}, "Select a valid choice"),
        ({"email": "UMA@firm.example"}, "already signs in with this address"),
    ],
)
def test_what_is_wrong_with_an_invitation_is_said(
    olivia: Client, cast: LawFirm, change: dict[str, str], complaint: str
) -> None:
    before = every(User).count()
    assert complaint in text(olivia.post(PEOPLE + "invite/", IDA | change))
    assert every(User).count() == before


def test_an_operator_invites_operators(otto: Client, cast: LawFirm) -> None:
    sent = {"name": "Oda", "email": "oda@callmark.example"}
    oda = follow(link_on(text(otto.post("/operators/invite/", sent))))
    assert "Accounts" in text(oda.get("/"))
    assert oda.get("/accounts/other/calls/").status_code == 200


def test_the_audit_knows_who_invited_and_who_came(olivia: Client, cast: LawFirm) -> None:
    follow(link_on(text(olivia.post(PEOPLE + "invite/", IDA))))
    (sent,) = entries("sign_in.invitation_sent")
    (accepted,) = entries("sign_in.invitation_accepted")
    assert (sent.actor_name, sent.target_name, sent.account_name) == ("Olivia", "Ida", "Firm Ltd")
    assert (accepted.actor_name, accepted.target_name) == ("Ida", "Ida")
