"""Only our own host names, only methods that mean something."""

import pytest
from django.core import mail
from django.test import Client

from tests.cast import LawFirm

INTERNALS = ("Traceback", "settings.py", "site-packages", "ALLOWED_HOSTS", "DJANGO", "/work/")


@pytest.mark.parametrize("path", ["/login/", "/password/reset/", "/api/v1/accounts"])
def test_another_host_name_is_refused_without_internals(cast: LawFirm, path: str) -> None:
    client = Client(raise_request_exception=False)
    for headers in ({"host": "evil.example"}, {"host": "evil.example:80@localhost"}):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 400
        assert not any(word in answer.content.decode() for word in INTERNALS)


def test_links_in_mail_follow_no_header_of_the_visitor(client: Client, cast: LawFirm) -> None:
    headers = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"}
    client.post("/password/reset/", {"email": "olivia@firm.example"}, headers=headers)
    assert mail.outbox
    assert "evil.example" not in mail.outbox[0].body
    assert "https://" not in mail.outbox[0].body


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/login/", "/accounts/firm/users/", "/api/v1/accounts"])
def test_methods_without_meaning_here(
    olivia: Client, cast: LawFirm, method: str, path: str
) -> None:
    answer = olivia.generic(method, path, headers={"x-secret": "seen"})
    assert answer.status_code in {302, 405} or "users" in path
    assert b"seen" not in answer.content


def test_the_method_cannot_be_overridden(olivia: Client, cast: LawFirm) -> None:
    headers = {"x-http-method-override": "DELETE", "x-original-url": "/operators/"}
    answer = olivia.get("/api/v1/me", {"_method": "DELETE"}, headers=headers)
    assert answer.status_code == 200
    assert answer.json()["name"] == "Olivia"


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/callmark/",
        "/static/../settings.py",
        "/static/%2e%2e/%2e%2e/settings.py",
        "/.git/config",
        "/.env",
        "/data/secret-key",
        "/admin/",
        "/__debug__/",
    ],
)
def test_nothing_else_is_served(olivia: Client, cast: LawFirm, path: str) -> None:
    answer = olivia.get(path)
    assert answer.status_code == 404
    assert not any(word in answer.content.decode() for word in INTERNALS)
