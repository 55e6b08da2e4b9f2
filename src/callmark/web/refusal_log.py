"""Refused access leaves a trace: one line of the log that tells who, what, why and from where.

Never the address asked for, which may hold a link's token, and nothing of what was sent. Who tries
again and again is counted instead of written: nobody can fill the disk.
"""

import json
import logging
import re
import time
from collections import Counter
from collections.abc import Callable
from threading import Lock

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from callmark.audit.origin import Origin
from callmark.web.origin import client_address

log = logging.getLogger("callmark.refused")

WINDOW_SECONDS = 60
EACH_IN_A_WINDOW = 3
ALL_IN_A_WINDOW = 100
_KEYS_COUNTED = 5000
_KEYS_TOLD = 10

_WHY = {
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_there_or_not_theirs",
    410: "link_of_no_use",
    413: "too_large",
    429: "too_many_requests",
}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_PLAIN = re.compile(r"[\w-]{1,40}", re.ASCII)
_NOTED = "callmark_refused_because"


class RefusalLog:
    """Writes the line. Belongs outside of everything that may refuse: first of all middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and tell if that was a refusal."""
        response = self._get_response(request)
        lines.turn()
        if why := _why(request, response):
            lines.write(_told(request, response.status_code, why))
        return response


class NoteReason(logging.Handler):
    """For Django's security log: remembers the reason for our line, and drops theirs.

    Theirs holds the address asked for, and for a wrong host name a traceback.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Note why the request of this record is refused."""
        why = "csrf_failed" if record.name.endswith(".csrf") else record.name.rpartition(".")[2]
        request = getattr(record, "request", None)
        if request is None:
            lines.write(f"status=- why={why}")
        else:
            setattr(request, _NOTED, why)


def _why(request: HttpRequest, response: HttpResponse) -> str:
    """The reason in a word; '' for what is not a refusal."""
    status = response.status_code
    if noted := str(getattr(request, _NOTED, "")):
        return noted if status >= 400 else ""
    if status not in _WHY or (status == 404 and not _operation(request)):
        # An address that never was one is a typing mistake or a scanner, not access refused.
        return ""
    return _problem_code(response) or _WHY[status]


def _problem_code(response: HttpResponse) -> str:
    if response.headers.get("Content-Type") != "application/problem+json":
        return ""
    return str(json.loads(response.content).get("code", ""))


def _told(request: HttpRequest, status: int, why: str) -> str:
    method = request.method if request.method in _METHODS else "other"
    parts = {
        "status": str(status),
        "method": str(method),
        "operation": _operation(request) or "-",
        "account": _account(request),
        "why": why,
        "by": _who(request),
        "from": client_address(request) or "-",
    }
    if why == "DisallowedHost":
        parts["host"] = json.dumps(request.META.get("HTTP_HOST", "")[:100])
    return " ".join(f"{name}={value}" for name, value in parts.items())


def _operation(request: HttpRequest) -> str:
    match = request.resolver_match
    return (match.view_name or "") if match and match.url_name else ""


def _account(request: HttpRequest) -> str:
    asked = request.resolver_match.kwargs if request.resolver_match else {}
    text = str(asked.get("slug") or asked.get("account_id") or "")
    return text if _PLAIN.fullmatch(text) else "-"


def _who(request: HttpRequest) -> str:
    origin: Origin | None = getattr(request, "callmark_origin", None)
    if origin is None:
        return "nobody"
    if origin.token_id:
        return f"token:{origin.token_id}"
    try:
        person = origin.who()
    except DatabaseError:
        return "unknown"
    return f"person:{person.id}" if person.id else "nobody"


class Lines:
    """Writes at most so many lines in a minute, of this process; what is more, it counts."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.clear()

    def clear(self) -> None:
        """Begin again."""
        self._window = -1
        self._written = 0
        self._seen: Counter[str] = Counter()
        self._left: Counter[str] = Counter()

    def write(self, text: str) -> None:
        """Write the line, or count it."""
        self.turn()
        with self._lock:
            key = text if text in self._seen or len(self._seen) < _KEYS_COUNTED else "others"
            self._seen[key] += 1
            is_written = self._seen[key] <= EACH_IN_A_WINDOW and self._written < ALL_IN_A_WINDOW
            if is_written:
                self._written += 1
            else:
                self._left[key] += 1
        if is_written:
            log.warning("%s", text)

    def turn(self) -> None:
        """In a new minute, tell what was only counted in the one before."""
        window = int(time.time()) // WINDOW_SECONDS
        if window == self._window:
            return
        with self._lock:
            if window == self._window:
                return
            left = self._left
            self.clear()
            self._window = window
        most = left.most_common(_KEYS_TOLD)
        for text, count in most:
            log.warning("%s again=%d", text, count)
        if others := left.total() - sum(count for _, count in most):
            log.warning("others again=%d", others)


lines = Lines()
