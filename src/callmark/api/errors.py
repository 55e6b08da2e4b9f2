"""Every exception becomes a problem."""

import logging
import traceback
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from callmark.accounts.refused import Refused
from callmark.api import rate_limits
from callmark.api.etags import stale
from callmark.codes.row_problems import RowsRefused
from callmark.switches.http.question import CallControlRefused
from callmark.web.problems import MAX_LISTED, Problem, not_found, unauthorised
from callmark.web.time_limit import took_too_long

log = logging.getLogger("callmark.api")


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
TOO_LARGE = Problem(413, "body_too_large", "Send at most 2.5 MB of JSON or form values at once.")
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
    if took_too_long(error):
        return Problem(503, "took_too_long", "Ask for a shorter period, or for one user or code.")
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


def of_refusal(refused: Refused) -> Problem:
    """What a service refused: 422 when a field is to be changed, 409 when something else is."""
    if isinstance(refused, RowsRefused):
        errors = [
            {"row": one.row, "field": one.column, "code": "invalid", "detail": one.message}
            for one in refused.problems[:MAX_LISTED]
        ]
        detail = refused.message
        if refused.problem_count > MAX_LISTED:
            detail += f" Listed are the first {MAX_LISTED} of {refused.problem_count:,} problems."
        return Problem(422, refused.code, detail, field="code", errors=errors)
    if refused.code == "stale_version":
        return stale(None)
    status = 422 if refused.field else 409
    if isinstance(refused, CallControlRefused):
        status = refused.status
    return Problem(status, refused.code, refused.message, field=refused.field)


def of_validation(invalid: ValidationError) -> Problem:
    """A request that does not fit the schema."""
    if any(error["loc"][0] == "path" for error in invalid.errors):
        return not_found()
    errors = [_one_error(error) for error in invalid.errors]
    first = errors[0]
    return Problem(
        422, "invalid_request", first["detail"], field=first["field"] or None, errors=errors
    )


# The ways to be wrong that deserve better words than the validator's.
_WORDS = {
    "missing": "Add the field '{field}'.",
    "extra_forbidden": "Remove the field '{field}': it is not known here.",
}


def _one_error(error: Mapping[str, Any]) -> dict[str, str]:
    # Location without where it came from ("body") and the name of our own parameter.
    source, *path = error["loc"]
    names = [str(part) for part in (path[1:] if source == "body" else path)]
    field = ".".join(names)
    words = _WORDS.get(error["type"])
    detail = words.format(field=field) if words else f"Correct '{field}': {error['msg']}."
    return {"field": field, "code": str(error["type"]), "detail": detail}


def of_unexpected(request: HttpRequest, problem: Exception) -> Problem:
    """A defect of ours. Only the kind and the place go to the log: a message may quote a code."""
    number = uuid.uuid4().hex[:12]
    places = "".join(traceback.format_tb(problem.__traceback__))
    log.error(
        "unexpected %s at %s %s, problem %s\n%s",
        type(problem).__name__,
        request.method,
        request.path,
        number,
        places,
    )
    return Problem(
        500,
        "unexpected",
        "Something went wrong on our side. Try again; if it happens again, tell your operator: "
        f"{number}.",
    )
