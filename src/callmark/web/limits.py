"""How much anybody may ask for in a minute, and send at once.

One web process counts in its memory, several in a file that all of them have mapped; why:
docs/decisions/0006-limits-count-in-memory.md. What the limits are is said by those who set them
(``portal/limits.py``, ``api/rate_limits.py``).
"""

import time
from collections.abc import Callable
from functools import cache
from ipaddress import ip_network
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from callmark.languages import in_language, speaking
from callmark.policy.texts import Text
from callmark.policy.values import value_class
from callmark.web.origin import API_PREFIX, client_address
from callmark.web.problems import Problem
from callmark.web.shared_counts import SharedCounters

# Python refuses to read numbers of thousands of digits.
_MOST_DIGITS = 18

WINDOW_SECONDS = 60
MAX_COUNTED = 100_000
"""Callers counted at once; more than that is an attack from many addresses."""

GetResponse = Callable[[HttpRequest], HttpResponse]


@value_class
class Policy:
    """A limit by name: so many requests in a window."""

    name: str
    quota: int


@value_class
class Budget:
    """What is left of a policy in this window, and how many seconds until the next begins."""

    policy: Policy
    left: int
    seconds: int
    is_exceeded: bool


def spend(policy: Policy, principal: str) -> Budget:
    """Count one more request of this caller, and say what is left."""
    window, into = divmod(int(time.time()), WINDOW_SECONDS)
    used = _counters().count(window, (policy.name, principal))
    left = max(0, policy.quota - used)
    return Budget(policy, left, WINDOW_SECONDS - into, used > policy.quota)


def address_of(request: HttpRequest) -> str:
    """Where a request came from, to count by: of IPv6 the /64, of which one machine has all."""
    text = client_address(request)
    if text is None or ":" not in text:
        return f"address:{text}"
    return f"address:{ip_network(f'{text}/64', strict=False)}"


class Counters:
    """Requests in the current window, of this process. A query for each would cost more."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._window = 0
        self._counts: dict[tuple[str, str], int] = {}

    def count(self, window: int, key: tuple[str, str]) -> int:
        """Count one more; return how many there are."""
        with self._lock:
            if window != self._window or len(self._counts) > MAX_COUNTED:
                self._window, self._counts = window, {}
            self._counts[key] = self._counts.get(key, 0) + 1
            return self._counts[key]

    def clear(self) -> None:
        """Begin again, for tests."""
        with self._lock:
            self._counts = {}


counters = Counters()


@cache
def _shared() -> SharedCounters:
    return SharedCounters(settings.DATA_DIR / "request-counts")


def _counters() -> Counters | SharedCounters:
    return counters if settings.PORTAL_WORKERS == 1 else _shared()


class BodyLimit:
    """Refuses a body that is too large before a byte of it is read.

    Django limits the fields of a form, not the files: those it would keep in memory, from anybody.
    A body without a stated length is never read at all.
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
    most = settings.MAX_REQUEST_BYTES // 1024 // 1024
    detail = Text("Send at most {most} MB at once.", most=most)
    if request.path.startswith(API_PREFIX):
        return Problem(413, "body_too_large", detail).response()
    # Refused before anybody is known: the browser says in which language.
    with speaking(translation.get_language_from_request(request)):
        page = render_to_string("413.html", {"detail": in_language(detail)})
    return HttpResponse(page, status=413)
