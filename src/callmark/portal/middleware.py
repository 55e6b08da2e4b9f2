"""Headers that tell browsers what our pages never do, and the limit of what they may send."""

import json
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# Everything comes from ourselves and nothing is inline; data: is for the form icons in the styles.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

# Python refuses to read numbers of thousands of digits.
_MOST_DIGITS = 18

GetResponse = Callable[[HttpRequest], HttpResponse]


class ContentSecurityPolicy:
    """Puts a strict Content-Security-Policy on every answer that has none of its own.

    Twenty lines instead of a dependency: Django has this built in from 6.0 on.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the headers."""
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        # Other sites cannot load our answers as images or scripts of theirs.
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class BodyLimit:
    """Refuses a body that is too large before a byte of it is read.

    Django limits the fields of a form, not the files: those it would write to the disk, from
    anybody. A body without a stated length is never read at all.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or refuse."""
        # An absent or unreadable length counts as 0 for Django, too.
        stated = (request.META.get("CONTENT_LENGTH") or "").lstrip("0")
        if stated.isdecimal() and (
            len(stated) > _MOST_DIGITS or int(stated) > settings.MAX_REQUEST_BYTES
        ):
            return _too_large(request)
        return self._get_response(request)


def _too_large(request: HttpRequest) -> HttpResponse:
    detail = f"Send at most {settings.MAX_REQUEST_BYTES // 1024 // 1024} MB at once."
    if not request.path.startswith("/api/"):
        return HttpResponse(detail, status=413, content_type="text/plain; charset=utf-8")
    problem = {
        "type": "urn:callmark:problem:body_too_large",
        "title": "Request Entity Too Large",
        "status": 413,
        "code": "body_too_large",
        "detail": detail,
        "field": None,
    }
    return HttpResponse(json.dumps(problem), status=413, content_type="application/problem+json")
