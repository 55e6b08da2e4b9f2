"""The headers that every kind of answer has: pages, errors, redirects, files, the API."""

from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.cast import LawFirm
from tests.portal.pages import url

# path, and the status that shows which kind of answer it is
ANSWERS = [
    ("/login/", HTTPStatus.OK),
    ("/", HTTPStatus.FOUND),
    ("/login", HTTPStatus.MOVED_PERMANENTLY),
    ("/no/such/page/", HTTPStatus.NOT_FOUND),
    ("/static/callmark/favicon.svg", HTTPStatus.OK),
    ("/static/no-such-file.js", HTTPStatus.NOT_FOUND),
    ("/api/docs", HTTPStatus.OK),
    ("/api/v1/openapi.json", HTTPStatus.OK),
    ("/api/v1/accounts", HTTPStatus.UNAUTHORIZED),
    ("/api/no/such/operation", HTTPStatus.NOT_FOUND),
]


def assert_safe_headers(headers: dict[str, str]) -> None:
    """What every answer has."""
    policy = dict(
        ([*part.strip().split(" ", 1), ""])[:2]
        for part in headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in str(policy)
    assert "http" not in str(policy)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


def lowered(answer: object) -> dict[str, str]:
    """Header names in small letters."""
    return {name.lower(): value for name, value in answer.headers.items()}  # type: ignore[attr-defined]


@pytest.mark.parametrize(("path", "status"), ANSWERS)
def test_every_kind_of_answer_has_them(
    client: Client, cast: LawFirm, path: str, status: HTTPStatus
) -> None:
    answer = client.get(path, headers={"origin": "https://evil.example"})
    assert answer.status_code == status
    assert_safe_headers(lowered(answer))


def test_refusals_have_them_too(cast: LawFirm) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(cast.olivia)
    assert_safe_headers(lowered(client.post("/logout/")))
    assert_safe_headers(lowered(client.get("/login/", headers={"host": "evil.example"})))
    assert_safe_headers(lowered(client.delete(url(cast, "users/"))))


def test_every_text_says_its_encoding(client: Client, cast: LawFirm) -> None:
    for path, _ in ANSWERS:
        kind = client.get(path).headers["Content-Type"]
        if kind.startswith("text/"):
            assert "charset" in kind
        else:
            assert kind in {"application/json", "application/problem+json", "image/svg+xml"}


@pytest.mark.parametrize(
    "page", ["account-codes/", "account-codes/codes/", "users/", "calls/", "test-call/", "people/"]
)
def test_nothing_signed_in_people_see_is_stored(olivia: Client, cast: LawFirm, page: str) -> None:
    assert "no-store" in olivia.get(url(cast, page), follow=True).headers["Cache-Control"]


def test_nor_errors_and_answers_of_the_api(olivia: Client, cast: LawFirm) -> None:
    for path in ("/accounts/other/users/", "/api/v1/accounts", "/nothing/"):
        assert "no-store" in olivia.get(path).headers["Cache-Control"]


def test_strict_transport_security_over_https(client: Client, settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 365 * 24 * 3600
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    for path in ("/login/", "/static/callmark/favicon.svg", "/api/v1/accounts", "/nothing/"):
        answer = Client().get(path, secure=True)
        expected = "max-age=31536000; includeSubDomains"
        assert answer.headers["Strict-Transport-Security"] == expected
    # Over plain HTTP the header means nothing and is left out.
    assert "Strict-Transport-Security" not in client.get("/login/").headers


def test_an_administrators_page_cannot_be_framed(olivia: Client, cast: LawFirm) -> None:
    assert olivia.get(reverse("mfa_index")).headers["X-Frame-Options"] == "DENY"
