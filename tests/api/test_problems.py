"""Errors: what went wrong, where, and what to do; never what was sent, nor our insides."""

import logging

import pytest
from django.db import OperationalError
from django.test import Client

from tests.api.programs import Program, body_of, problem
from tests.cast import LawFirm
from tests.leaks import shows


def test_a_problem_tells_program_and_person(olivia: Program, at: str) -> None:
    answer = olivia.post(f"{at}/codes", {"code": "0001"})
    assert body_of(answer) == {
        "type": "urn:callmark:problem:invalid_request",
        "title": "Unprocessable Entity",
        "status": 422,
        "code": "invalid_request",
        "detail": "Add the field 'name'.",
        "field": "name",
        "errors": [{"field": "name", "code": "missing", "detail": "Add the field 'name'."}],
    }


@pytest.mark.parametrize("text", ["{", "[1,", "nonsense", '{"a": NaN', "\xff"])
def test_a_body_that_is_not_json(text: str, olivia: Program, at: str) -> None:
    answer = olivia._client.generic(
        "POST", f"/api/v1{at}/codes", text, content_type="application/json"
    )
    assert problem(answer) == (400, "malformed_body")


def test_another_content_type(olivia: Program, at: str) -> None:
    answer = olivia._client.generic(
        "POST", f"/api/v1{at}/codes", '{"name": "x", "code": "0001"}', content_type="text/plain"
    )
    assert problem(answer) == (415, "unknown_content_type")


def test_a_body_that_is_too_large(olivia: Program, at: str) -> None:
    answer = olivia.post(f"{at}/codes", {"name": "x" * 3_000_000, "code": "0001"})
    assert problem(answer) == (413, "body_too_large")


@pytest.mark.parametrize("path", ["/nope", "/accounts/x/y/z", "/../api", ""])
def test_an_address_that_is_none(path: str, olivia: Program) -> None:
    assert problem(olivia.get(path)) == (404, "not_found")


def test_a_method_that_is_not_offered(olivia: Program) -> None:
    answer = olivia.delete("/accounts")
    assert problem(answer) == (405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) == {"GET", "POST"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "a\x00b", "code": "0001"}, "name"),
        ({"name": "a\nb", "code": "0001"}, "name"),
        ({"name": "\ud800", "code": "0001"}, "name"),
        ({"name": 7, "code": "0001"}, "name"),
        ({"name": "x", "code": 1}, "code"),
        ([], ""),
        (None, ""),
    ],
)
def test_every_wrong_field_is_named(body: object, field: str, olivia: Program, at: str) -> None:
    answer = olivia.post(f"{at}/codes", body)
    assert problem(answer) == (422, "invalid_request")
    assert (body_of(answer)["field"] or "") == field


def test_an_unexpected_error_shows_and_logs_nothing_of_the_request(
    olivia: Program, at: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **sent: object) -> None:
        raise RuntimeError("the secret is " + str(sent["code"]))

    monkeypatch.setattr("callmark.codes.services.add_code", fail)
    with caplog.at_level(logging.DEBUG):
        answer = olivia.post(f"{at}/codes", {"name": "Confidential", "code": "8642"})
    assert problem(answer) == (500, "unexpected")
    assert not shows("8642", answer.content)
    assert b"RuntimeError" not in answer.content
    assert "RuntimeError" in caplog.text  # who operates it learns the kind and the place
    assert "test_problems.py" in caplog.text
    assert not shows("8642", caplog.text)
    assert "Confidential" not in caplog.text
    number = body_of(answer)["detail"].split(": ")[1].rstrip(".")
    assert number in caplog.text


def test_a_busy_database_is_told_apart(
    olivia: Program, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("callmark.codes.services.add_code", fail)
    answer = olivia.post(f"{at}/codes", {"name": "x", "code": "0001"})
    assert problem(answer) == (503, "busy")
    assert answer["Retry-After"] == "2"


def test_a_session_needs_the_csrf_token_to_write_and_not_to_read(firm: LawFirm, at: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(firm.olivia)
    assert browser.get(f"/api/v1{at}/codes").status_code == 200
    body = {"name": "x", "code": "0001"}
    refused = browser.post(f"/api/v1{at}/codes", body, content_type="application/json")
    assert problem(refused) == (403, "csrf_failed")
    browser.get("/accounts/firm/users/")
    token = browser.cookies["csrftoken"].value
    answer = browser.post(
        f"/api/v1{at}/codes",
        body,
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    assert answer.status_code == 201


def test_a_wrong_token_is_not_passed_over_for_a_session(firm: LawFirm, at: str) -> None:
    browser = Client(headers={"authorization": "Bearer cmk_wrong"})
    browser.force_login(firm.olivia)
    assert problem(browser.get(f"/api/v1{at}/codes")) == (401, "not_signed_in")


def test_answers_are_never_cached(olivia: Program, at: str) -> None:
    for path in (f"{at}/codes", "/nope", "/me"):
        assert "no-store" in olivia.get(path)["Cache-Control"]
