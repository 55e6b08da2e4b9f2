"""The person hears of every change to the way in, so that a thief's would be noticed."""

import pytest
from django.core import mail
from django.test import Client

from tests.cast import PASSWORD, LawFirm
from tests.sign_in.doors import Door, text
from tests.sign_in.test_invitations import follow, link_on

NEW = "seven green lanterns"


def subjects_to(person: str) -> list[str]:
    """Subjects of the mails to a person, oldest first."""
    letters = [one for one in mail.outbox if one.to == [f"{person}@firm.example"]]
    return [str(one.subject).removeprefix("[Callmark] ") for one in letters]


def test_second_factors_and_recovery_codes(uma: Door) -> None:
    uma.browser.defaults["REMOTE_ADDR"] = "192.0.2.5"
    uma.sign_in()
    uma.set_up_app()
    uma.browser.post("/sign-in/recovery-codes/new/")
    uma.browser.post("/sign-in/app/remove/")
    assert subjects_to("uma") == [
        "Authenticator App Activated",
        "New Recovery Codes Generated",
        "Authenticator App Deactivated",
    ]
    assert "192.0.2.5" in mail.outbox[0].body
    assert "change your password at once" in mail.outbox[0].body


def test_another_password(uma: Door) -> None:
    uma.sign_in()
    sent = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    uma.browser.post("/password/change/", sent)
    assert subjects_to("uma") == ["Password Changed"]


@pytest.mark.parametrize("been_here", [True, False])
def test_a_password_by_a_link_that_the_administrator_made(
    olivia: Client, cast: LawFirm, uma: Door, been_here: bool
) -> None:
    if been_here:
        uma.sign_in()
    follow(link_on(text(olivia.post(f"/accounts/firm/people/{cast.uma.pk}/link/"))))
    assert subjects_to("uma") == (["Password Changed"] if been_here else [])


def test_second_factors_removed_by_the_administrator(
    olivia: Client, cast: LawFirm, uma: Door
) -> None:
    uma.sign_in()
    uma.set_up_app()
    olivia.post(f"/accounts/firm/people/{cast.uma.pk}/remove-second-factors/")
    assert subjects_to("uma")[-1] == "Your second factor was removed"
