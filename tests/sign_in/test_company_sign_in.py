"""Signing in with the company's OpenID Connect provider, a real one that the test starts."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import Settings

from callmark.accounts.models import User
from callmark.sign_in.oidc import BadOidcSettings, providers_from
from tests.cast import LawFirm
from tests.rows import every
from tests.sign_in.company import company, led_to, sign_in_as
from tests.sign_in.doors import Door, entries, text, where

# The provider's own business, not ours.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib")

SET_UP = {
    "CALLMARK_OIDC_ISSUER": "https://id.example",
    "CALLMARK_OIDC_CLIENT_ID": "callmark",
    "CALLMARK_OIDC_CLIENT_SECRET": "secret",
}


@pytest.fixture
def provider(cast: LawFirm, settings: Settings) -> Iterator[str]:
    """The company's sign-in runs."""
    with company(settings) as issuer:
        yield issuer


def is_in(browser: Client) -> bool:
    return browser.get("/sign-in/").status_code == 200


def test_the_sign_in_page_offers_it_by_name(client: Client, provider: str) -> None:
    assert "Sign in with Harper &amp; Partners" in text(client.get("/login/"))


def test_without_a_provider_nothing_is_offered(client: Client, cast: LawFirm) -> None:
    assert "/login/with/" not in text(client.get("/login/"))
    assert client.get("/login/with/company/").status_code == 404


def test_a_link_alone_signs_nobody_in(client: Client, provider: str) -> None:
    """Nor does a form on another site: it has no CSRF token."""
    page = client.get("/login/with/company/?next=/accounts/firm/calls/")
    assert "http-equiv" not in text(page)
    assert 'method="post"' in text(page)
    assert 'name="next" value="/accounts/firm/calls/"' in text(page)
    assert "socialaccount_states" not in client.session
    careful = Client(enforce_csrf_checks=True)
    assert careful.post("/login/with/company/").status_code == 403


def test_a_person_with_that_verified_address_is_in(client: Client, provider: str) -> None:
    assert where(sign_in_as(client, "uma")) == "/"
    assert is_in(client)
    (entry,) = entries("sign_in.signed_in")
    assert entry.actor_name == "Uma"
    assert entry.after == {"with": ["socialaccount"]}


def test_one_lands_where_one_wanted_to_go(client: Client, provider: str) -> None:
    answer = sign_in_as(client, "uma", next="/accounts/firm/calls/")
    assert where(answer) == "/accounts/firm/calls/"


def test_never_on_another_site(client: Client, provider: str) -> None:
    assert where(sign_in_as(client, "uma", next="https://evil.example/")) == "/"
    client.post("/logout/")
    assert where(sign_in_as(client, "uma", next="//evil.example/")) == "/"


@pytest.mark.parametrize("sub", ["liar", "liar in words", "silent", "stranger", "nameless"])
def test_nobody_else_is_let_in_and_nobody_is_made(client: Client, provider: str, sub: str) -> None:
    before = every(User).count()
    page = text(sign_in_as(client, sub))
    assert "You have no access yet" in page
    assert not is_in(client)
    assert every(User).count() == before
    assert not SocialAccount.objects.exists()


def test_the_password_of_before_goes_on_working(
    client: Client, provider: str, cast: LawFirm, uma: Door
) -> None:
    sign_in_as(client, "uma")
    uma.sign_out()
    assert uma.sign_in() == "/"


def test_a_deactivated_person_stays_out(client: Client, provider: str, cast: LawFirm) -> None:
    cast.uma.is_active = False
    cast.uma.save()
    assert where(sign_in_as(client, "uma")) == "/inactive/"
    assert not is_in(client)


def test_another_address_of_the_person_means_no_more_access(
    client: Client, provider: str, cast: LawFirm
) -> None:
    sign_in_as(client, "uma")
    client.post("/logout/")
    cast.uma.email = "uma.new@firm.example"
    cast.uma.save()
    assert "You have no access yet" in text(sign_in_as(client, "uma"))


def test_a_second_factor_is_asked_for_here_too(uma: Door, provider: str) -> None:
    uma.sign_in()
    uma.set_up_app()
    uma.sign_out()
    assert where(sign_in_as(uma.browser, "uma")) == "/login/second-factor/"
    assert not uma.is_in
    uma.second_step(uma.next_code())
    assert uma.is_in


def test_nobody_connects_another_identity(uma: Door, provider: str) -> None:
    uma.sign_in()
    answer = uma.browser.post("/login/with/company/", {"process": "connect"})
    assert where(answer) == "/"
    assert not SocialAccount.objects.exists()


def test_addresses_of_a_domain_that_the_operator_vouches_for(
    client: Client, cast: LawFirm, settings: Settings
) -> None:
    with company(settings, CALLMARK_OIDC_TRUSTED_DOMAINS="other.example, firm.example"):
        assert where(sign_in_as(client, "silent")) == "/"


def test_an_answer_nobody_asked_for_is_refused(client: Client, provider: str) -> None:
    """Somebody else's answer, smuggled into this browser, must not sign it in."""
    attacker = Client()
    attacker.post("/login/with/company/")
    answer = client.get("/login/with/company/back/?code=smuggled&state=made-up")
    assert "That did not work" in text(answer)
    assert not is_in(client)


def test_the_request_is_bound_to_this_browser(client: Client, provider: str) -> None:
    start = "/login/with/company/?scope=admin&auth_params=prompt%3Dnone"
    query = parse_qs(urlsplit(led_to(client.post(start))).query)
    assert "prompt" not in query
    assert query["nonce"][0]
    assert query["code_challenge_method"] == ["S256"]
    assert query["state"][0]
    assert query["response_type"] == ["code"]
    assert set(query["scope"][0].split()) == {"openid", "profile", "email"}


def test_a_provider_that_is_down_leaves_the_password(
    client: Client, cast: LawFirm, settings: Settings
) -> None:
    with company(settings):
        pass
    answer = client.post("/login/with/company/", follow=True)
    assert "cannot be reached" in text(answer)
    assert "Password" in text(answer)


def test_cancelled_on_the_companys_page(client: Client, provider: str) -> None:
    state = parse_qs(urlsplit(led_to(client.post("/login/with/company/"))).query)["state"][0]
    answer = client.get(f"/login/with/company/back/?error=access_denied&state={state}", follow=True)
    assert "You are not signed in" in text(answer)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"CALLMARK_OIDC_CLIENT_ID": ""}, "CALLMARK_OIDC_CLIENT_ID"),
        ({"CALLMARK_OIDC_CLIENT_SECRET": ""}, "CALLMARK_OIDC_CLIENT_SECRET"),
        ({"CALLMARK_OIDC_ISSUER": "http://id.example"}, "https://"),
        ({"CALLMARK_OIDC_ISSUER": "http://localhost.evil.example"}, "https://"),
        ({"CALLMARK_OIDC_ISSUER": "https://id.example/.well-known/openid-configuration"}, "issuer"),
    ],
)
def test_half_a_set_up_is_refused_at_the_start(wrong: dict[str, str], complaint: str) -> None:
    with pytest.raises(BadOidcSettings, match=complaint):
        providers_from(SET_UP | wrong)


def test_the_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    environment = SET_UP | {"CALLMARK_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret")}
    (app,) = providers_from(environment)["openid_connect"]["APPS"]
    assert app["secret"] == "from a file"
