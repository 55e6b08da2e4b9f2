"""Nobody makes the portal read, or write to its disk, more than it must."""

import io
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, RequestFactory

from callmark.codes.bulk import MAX_BYTES
from callmark.web.limits import BodyLimit
from tests.cast import LawFirm

TOO_MUCH = str(settings.MAX_REQUEST_BYTES + 1)


class Unreadable(io.BytesIO):
    """A body of which nobody may read a byte."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("the body was read")


@pytest.mark.parametrize("length", [TOO_MUCH, "0" * 30 + TOO_MUCH, "9" * 5000])
@pytest.mark.parametrize("path", ["/login/", "/api/v1/accounts", "/no/such/page/"])
def test_a_body_too_large_is_refused_unread(client: Client, path: str, length: str) -> None:
    extra: dict[str, Any] = {"wsgi.input": Unreadable(), "CONTENT_LENGTH": length}
    answer = client.post(path, content_type="multipart/form-data; boundary=x", **extra)
    assert answer.status_code == 413
    if path.startswith("/api/"):
        assert answer.json()["code"] == "body_too_large"
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("length", ["", "nonsense", "-5", "²"])
def test_a_length_that_is_none_counts_as_nothing(length: str) -> None:
    request = RequestFactory().post("/login/", CONTENT_LENGTH=length)
    seen: list[bytes] = []

    def view(request: object) -> object:
        seen.append(b"reached")
        return None

    BodyLimit(view)(request)  # type: ignore[arg-type]
    assert seen


def test_the_largest_import_still_fits() -> None:
    assert MAX_BYTES + 1024 * 1024 <= settings.MAX_REQUEST_BYTES


def test_a_form_without_files_is_limited_further(cast: LawFirm) -> None:
    body = "login=" + "a" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    client = Client(raise_request_exception=False)
    answer = client.post("/login/", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in {400, 413}


def test_deep_and_broken_json_are_refused(client: Client, cast: LawFirm) -> None:
    client.force_login(cast.olivia)
    at = f"/api/v1/accounts/{cast.account.pk}/codes"
    for body in ("[" * 100_000, '{"name":', "\x00", '{"name": NaN}', "[" * 900 + "]" * 900):
        answer = client.post(at, body, content_type="application/json")
        assert answer.status_code in {400, 422}
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_why_it_is_refused_is_said_in_the_browsers_language(client: Client) -> None:
    answer = client.generic(
        "POST",
        "/login/",
        headers={"accept-language": "es-MX"},
        CONTENT_LENGTH=str(10**12),
    )
    assert answer.status_code == 413
    page = answer.content.decode()
    assert '<html lang="es"' in page
    assert "Envíe como máximo" in page
