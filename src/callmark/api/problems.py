"""Errors as RFC 9457 problem details: a machine ``code``, a ``field``, a ``detail`` that helps.

Nothing of a request's body is ever repeated in one: it may hold account codes.
"""

import json
import logging
import traceback
import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja.errors import ValidationError

from callmark.accounts.refused import Refused
from callmark.codes.row_problems import RowsRefused
from callmark.switches.http.question import CallControlRefused

log = logging.getLogger("callmark.api")

CONTENT_TYPE = "application/problem+json"
MAX_LISTED = 100
"""At most this many single errors are listed in one answer."""

Errors = Sequence[Mapping[str, Any]]


class Problem(Exception):
    """An answer that is an error. ``detail`` says what to do next."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        field: str | None = None,
        errors: Errors = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field
        self.errors = errors
        self.headers = dict(headers or {})

    def response(self) -> HttpResponse:
        """The answer."""
        body: dict[str, Any] = {
            "type": f"urn:callmark:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "field": self.field,
        }
        if self.errors:
            body["errors"] = [dict(error) for error in self.errors[:MAX_LISTED]]
        return HttpResponse(
            json.dumps(body), status=self.status, content_type=CONTENT_TYPE, headers=self.headers
        )


def not_found() -> Problem:
    """The same for what is not there and for what is somebody else's."""
    return Problem(404, "not_found", "There is nothing here that you may see: check the ids.")


def forbidden(detail: str, code: str = "forbidden") -> Problem:
    """Known, but not allowed."""
    return Problem(403, code, detail)


def unauthorised() -> Problem:
    """Nobody, or nobody any more."""
    return Problem(
        401,
        "not_signed_in",
        "Send a valid API token as 'Authorization: Bearer ...'; it may have expired or been "
        "revoked.",
        headers={"WWW-Authenticate": 'Bearer realm="callmark"'},
    )


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
        return Problem(
            412,
            "stale_version",
            "Somebody else saved these settings meanwhile and nothing was changed: read them "
            "again, then send your change with the new ETag.",
        )
    if isinstance(refused, CallControlRefused):
        return Problem(refused.status, refused.code, refused.message, field=refused.field)
    status = 422 if refused.field else 409
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
