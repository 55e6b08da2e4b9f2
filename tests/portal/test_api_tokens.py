"""Olivia makes keys for programs, and takes them away."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from callmark.portal.forms.api_tokens import LASTS, SCOPES
from callmark.sign_in.api_tokens import MAX_DAYS, Scope, find_token, revoke_token
from callmark.sign_in.models import ApiToken
from tests.cast import LawFirm
from tests.portal.pages import url
from tests.portal.programs import token
from tests.rows import every

PAGE = "api-tokens/"
FILLED = {"name": "Billing export", "scopes": ["read", "write"], "days": "30"}


def listed(client: Client, cast: LawFirm) -> str:
    return client.get(url(cast, PAGE)).content.decode()


def test_make_one_and_see_it_once(olivia: Client, cast: LawFirm) -> None:
    assert "No tokens yet" in listed(olivia, cast)
    answer = olivia.post(url(cast, "api-tokens/add/"), FILLED)
    assert "no-store" in answer.headers["Cache-Control"]
    made = every(ApiToken).get(account=cast.account)
    page = answer.content.decode()
    secret = page[page.index(made.hint) :].split('"', 1)[0]
    assert (made.scopes, made.created_by) == (["read", "write"], cast.olivia)
    left = made.expires_at - timezone.now()
    assert timedelta(days=29) < left <= timedelta(days=30)
    page = listed(olivia, cast)
    assert secret not in page
    for seen in (made.hint, "Billing export", "Read, Change", "Olivia", "Never", "/api/docs"):
        assert seen in page
    assert find_token(secret) == made


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Enter what the token is for."),
        ({"scopes": []}, "Choose at least one."),
        ({"scopes": ["everything"]}, "is not one of the available choices"),
        ({"days": "10000"}, "is not one of the available choices"),
    ],
)
def test_what_cannot_be_is_said(
    olivia: Client, cast: LawFirm, wrong: dict[str, object], said: str
) -> None:
    page = olivia.post(url(cast, "api-tokens/add/"), {**FILLED, **wrong}).content.decode()
    assert said in page
    assert not every(ApiToken).filter(account=cast.account).exists()


def test_revoke_after_asking(olivia: Client, cast: LawFirm) -> None:
    made = token(cast)
    where = url(cast, f"api-tokens/{made.token.pk}/revoke/")
    assert "loses access at once" in olivia.get(where).content.decode()
    assert find_token(made.secret)
    olivia.post(where)
    assert find_token(made.secret) is None
    assert "Revoked" in listed(olivia, cast)
    # Twice is no mistake.
    assert olivia.post(where).status_code == 302


def test_the_last_use_is_shown(olivia: Client, cast: LawFirm) -> None:
    made = token(cast)
    assert find_token(made.secret)
    used = every(ApiToken).get(pk=made.token.pk).last_used_at
    assert used is not None
    assert f"{used.astimezone(cast.account.zone):%H:%M}" in listed(olivia, cast)


def test_why_one_no_longer_works(olivia: Client, cast: LawFirm) -> None:
    expired = token(cast).token
    expired.expires_at = timezone.now() - timedelta(days=1)
    expired.save()
    assert "Expired" in listed(olivia, cast)
    revoke_token(expired, actor=cast.olivia)
    assert "Expired" not in listed(olivia, cast)


def test_tokens_of_the_operator_for_all_accounts_are_not_the_accounts(
    olivia: Client, cast: LawFirm
) -> None:
    mine = token(cast, "Of the firm").token
    mine.account = None
    mine.save()
    assert "Of the firm" not in listed(olivia, cast)


def test_the_portal_offers_what_the_api_knows() -> None:
    assert {value for value, _, _ in SCOPES} == set(Scope)
    assert max(days for days, _ in LASTS) <= MAX_DAYS
