"""Errors as RFC 9457 problem details: a machine ``code``, a ``field``, a ``detail`` that helps.

Nothing of a request's body is ever repeated in one: it may hold account codes.
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

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

    def body(self) -> dict[str, Any]:
        """What it says, as JSON."""
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
        return body

    def response(self) -> HttpResponse:
        """The answer."""
        text = json.dumps(self.body())
        return HttpResponse(
            text, status=self.status, content_type=CONTENT_TYPE, headers=self.headers
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
