"""Who came once with the company is known by subject: addresses change and are given away."""

import json
from collections.abc import Iterator

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from callmark.accounts.refused import Refused
from callmark.accounts.services import change_person
from callmark.sign_in.company_links import release
from tests.cast import LawFirm
from tests.sign_in.company import company, sign_in_as
from tests.sign_in.doors import Door, entries, text, where

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib")

UMA, RICK = "uma@firm.example", "rick@firm.example"


@pytest.fixture
def provider(cast: LawFirm, settings: Settings) -> Iterator[str]:
    """The company's sign-in runs."""
    with company(settings) as issuer:
        yield issuer


def at_the_company(provider: str, sub: str, email: str) -> None:
    """Somebody there has this verified address now."""
    claims = json.dumps({"email": email, "email_verified": True})
    headers = {"Content-Type": "application/json"}
    address = f"{provider}/users/{sub}"
    requests.put(address, data=claims, headers=headers, timeout=10).raise_for_status()


def who_is_in(sub: str) -> str:
    """The name that somebody who comes with the company is signed in under; '' for nobody."""
    browser = Client()
    sign_in_as(browser, sub)
    page = browser.get("/sign-in/")
    return page.context["request"].user.name if page.status_code == 200 else ""


def test_a_person_whose_address_changes_at_the_company_still_gets_in(provider: str) -> None:
    assert who_is_in("uma") == "Uma"
    at_the_company(provider, "uma", "uma.married@firm.example")
    assert who_is_in("uma") == "Uma"


def test_also_when_it_is_now_the_address_of_somebody_else_here(provider: str) -> None:
    assert who_is_in("uma") == "Uma"
    at_the_company(provider, "uma", RICK)
    assert who_is_in("uma") == "Uma"


def test_somebody_else_with_the_address_does_not_get_in(client: Client, provider: str) -> None:
    assert who_is_in("uma") == "Uma"
    at_the_company(provider, "uma", "gone@firm.example")
    at_the_company(provider, "newcomer", UMA)
    answer = sign_in_as(client, "newcomer")
    assert answer.status_code == 403
    assert "belongs to somebody who Harper &amp; Partners knows as another person" in text(answer)
    assert client.get("/sign-in/").status_code == 302
    assert entries("sign_in.failed")[-1].after == {
        "why": "another person's identity at the company"
    }
    assert who_is_in("uma") == "Uma"


def test_what_is_kept_is_the_identity_and_nothing_else(provider: str, cast: LawFirm) -> None:
    assert who_is_in("uma") == "Uma"
    assert who_is_in("uma") == "Uma"
    kept = SocialAccount.objects.get()
    assert kept.user == cast.uma
    assert kept.extra_data == {"iss": provider, "sub": "uma"}
    assert len(entries("sign_in.company_linked")) == 1


def test_whoever_fails_at_the_second_factor_is_not_remembered(uma: Door, provider: str) -> None:
    uma.sign_in()
    uma.set_up_app()
    at_the_company(provider, "attacker", UMA)
    assert where(sign_in_as(Client(), "attacker")) == "/login/second-factor/"
    browser = Client()
    sign_in_as(browser, "uma")
    browser.post("/login/second-factor/", {"code": uma.next_code()})
    assert SocialAccount.objects.get().extra_data["sub"] == "uma"


def test_the_same_subject_of_another_issuer_is_another_person(
    cast: LawFirm, settings: Settings
) -> None:
    with company(settings):
        assert who_is_in("uma") == "Uma"
    with company(settings) as other:
        at_the_company(other, "uma", RICK)
        assert who_is_in("uma") == "Rick"
        at_the_company(other, "also uma", UMA)
        assert who_is_in("also uma") == "Uma"


def test_another_address_here_means_that_who_came_before_is_forgotten(
    provider: str, cast: LawFirm
) -> None:
    assert who_is_in("uma") == "Uma"
    change_person(cast.uma, {"email": "nora@firm.example"}, actor=cast.olivia)
    assert who_is_in("uma") == ""
    at_the_company(provider, "nora", "nora@firm.example")
    assert who_is_in("nora") == "Uma"


def test_an_administrator_lets_callmark_forget_an_identity(
    provider: str, cast: LawFirm, olivia: Client
) -> None:
    browser = Client()
    sign_in_as(browser, "uma")
    at_the_company(provider, "uma anew", UMA)
    assert who_is_in("uma anew") == ""
    page = f"/accounts/firm/people/{cast.uma.pk}/"
    assert "Forget the company identity" in text(olivia.get(page))
    answer = olivia.post(f"{page}forget-company-identity/", follow=True)
    assert "Forget the company identity" not in text(answer)
    assert browser.get("/sign-in/").status_code == 302, "the former identity's session has ended"
    assert who_is_in("uma anew") == "Uma"
    assert who_is_in("uma") == ""
    (entry,) = entries("sign_in.company_released")
    assert (entry.actor_name, entry.target_name) == ("Olivia", "Uma")


def test_there_must_be_something_to_forget(cast: LawFirm) -> None:
    with pytest.raises(Refused, match="has not signed in with the company"):
        release(cast.uma, actor=cast.olivia)


def test_nobody_else_may(provider: str, cast: LawFirm) -> None:
    assert who_is_in("uma") == "Uma"
    for actor in (cast.fay, cast.rick, cast.uma):
        with pytest.raises(Refused):
            release(cast.uma, actor=actor)
    assert SocialAccount.objects.exists()


def test_at_the_server_for_one_or_for_everybody(
    provider: str, cast: LawFirm, capsys: pytest.CaptureFixture[str]
) -> None:
    """For a provider that was set up anew and knows everybody by another subject."""
    for sub in ("uma", "otto"):
        sign_in_as(Client(), sub)
    call_command("forget_company_identities", UMA.upper())
    assert SocialAccount.objects.get().user == cast.otto
    call_command("forget_company_identities", everybody=True)
    assert not SocialAccount.objects.exists()
    assert "1 person" in capsys.readouterr().out
    for wrong in ({"everybody": True}, {}):
        with pytest.raises(CommandError):
            call_command("forget_company_identities", **wrong)
    with pytest.raises(CommandError, match="Nobody"):
        call_command("forget_company_identities", "nobody@firm.example")
