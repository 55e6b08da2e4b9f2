"""No redirect leads to another site because somebody wrote it into a link or a form."""

from urllib.parse import quote, urlsplit

import pytest
from django.test import Client

from tests.cast import PASSWORD, LawFirm, code, first_time
from tests.portal.pages import url

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "///evil.example",
    "https://127.0.0.1@evil.example/",
    "/%09/evil.example",
    "\t//evil.example",
    "/accounts/\r\nX-Injected: 1",
]


def assert_stays_here(answer: object) -> None:
    """The redirect is to a path of ours, and added no header."""
    headers = answer.headers  # type: ignore[attr-defined]
    target = headers["Location"]
    assert "X-Injected" not in headers
    assert target.startswith("/")
    assert not target.startswith(("//", "/\\"))
    assert not urlsplit(target).netloc


@pytest.mark.parametrize("target", ELSEWHERE)
def test_next_after_signing_in(client: Client, cast: LawFirm, target: str) -> None:
    sent = {"login": "olivia@firm.example", "password": PASSWORD, "next": target}
    assert_stays_here(client.post(f"/login/?next={quote(target)}", sent))


@pytest.mark.parametrize("target", ELSEWHERE)
def test_next_of_those_signed_in_already_and_signing_out(
    olivia: Client, cast: LawFirm, target: str
) -> None:
    assert_stays_here(olivia.get(f"/login/?next={quote(target)}"))
    assert_stays_here(olivia.post(f"/logout/?next={quote(target)}", {"next": target}))


@pytest.mark.parametrize("target", ELSEWHERE)
def test_the_page_a_form_came_from(olivia: Client, cast: LawFirm, target: str) -> None:
    first_time(cast)
    page = url(cast, f"account-codes/codes/{code(cast).pk}/rename/")
    assert_stays_here(olivia.post(page, {"name": "Other", "back": target}))


def test_an_address_without_its_slash(client: Client, cast: LawFirm) -> None:
    answer = client.get("//evil.example/accounts")
    assert answer.status_code == 404 or urlsplit(answer.headers["Location"]).netloc == ""
