"""Every exception becomes a problem; every answer gets its headers."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from callmark.accounts.refused import Refused
from callmark.api import rate_limits
from callmark.api.problems import (
    Problem,
    not_found,
    of_refusal,
    of_unexpected,
    of_validation,
    unauthorised,
)


def add_handlers(api: NinjaAPI) -> None:
    """Turn every exception into a problem."""
    problem_of: dict[type[Exception], Callable[[HttpRequest, Any], Problem]] = {
        Problem: lambda _request, problem: problem,
        Refused: lambda _request, refused: of_refusal(refused),
        Http404: lambda _request, _error: not_found(),
        ValidationError: lambda _request, invalid: of_validation(invalid),
        AuthenticationError: lambda request, _error: _nobody(request),
        HttpError: lambda _request, error: _of_http_error(error),
        MultiPartParserError: lambda _request, _error: MALFORMED,
        RequestDataTooBig: lambda _request, _error: TOO_LARGE,
        OperationalError: _of_database,
        IntegrityError: _of_integrity,
        Exception: of_unexpected,
    }
    for kind, handler in problem_of.items():
        api.add_exception_handler(kind, _responding(handler))


def _responding(
    handler: Callable[[HttpRequest, Any], Problem],
) -> Callable[[HttpRequest, Any], HttpResponse]:
    return lambda request, error: handler(request, error).response()


MALFORMED = Problem(400, "malformed_body", "Send a body that is valid JSON (or a form) in UTF-8.")
TOO_LARGE = Problem(413, "body_too_large", "Send less at once.")
CONFLICT = Problem(
    409,
    "conflict",
    "Somebody else changed the same thing at this very moment, and nothing was changed for you: "
    "read it again, then repeat your request if you still want it.",
)
# Duplicate and missing rows, as PostgreSQL and SQLite call them. Other broken constraints are ours.
_RACES = {
    "23505",
    "23503",
    "SQLITE_CONSTRAINT_UNIQUE",
    "SQLITE_CONSTRAINT_PRIMARYKEY",
    "SQLITE_CONSTRAINT_FOREIGNKEY",
}


def _of_http_error(error: HttpError) -> Problem:
    """What the framework itself refuses: a body it cannot read, or a missing CSRF token."""
    if error.status_code == 400:
        return MALFORMED
    detail = "Send the CSRF token in the header X-CSRFToken, or use an API token."
    return Problem(error.status_code, "csrf_failed", detail)


def _of_database(request: HttpRequest, error: Exception) -> Problem:
    of_unexpected(request, error)
    detail = "The database is busy. Nothing was changed: try again in a moment."
    return Problem(503, "busy", detail, headers={"Retry-After": "2"})


def _of_integrity(request: HttpRequest, error: Exception) -> Problem:
    """What was checked is no longer so: somebody else stored the same, or deleted it, meanwhile."""
    cause = error.__cause__
    states = {getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorname", None)}
    return CONFLICT if states & _RACES else of_unexpected(request, error)


def _nobody(request: HttpRequest) -> Problem:
    try:
        rate_limits.spend_anonymous(request)
    except Problem as too_many:
        return too_many
    return unauthorised()


def framed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of the API, with what every answer has: limits told, nothing cached."""

    @csrf_exempt
    def framed_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            allowed = response["Allow"]
            response = Problem(
                405,
                "method_not_allowed",
                f"Use {allowed} here.",
                headers={"Allow": allowed},
            ).response()
        rate_limits.tell(request, response)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return framed_view


def nothing_here(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:  # noqa: ARG001
    """An address that is not one."""
    return Problem(
        404, "not_found", "No such address: see /api/docs for those that exist."
    ).response()
