"""How many requests a caller may make in a minute, and the headers that tell.

Headers as in the IETF's draft "RateLimit header fields for HTTP". Each web process counts for
itself, and an installation has one; why: docs/decisions/0006-limits-count-in-memory.md.
"""

import time
from dataclasses import dataclass
from ipaddress import ip_network
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from callmark.api.problems import Problem
from callmark.audit.middleware import client_address

WINDOW_SECONDS = 60
ANONYMOUS_A_MINUTE = 60
MAX_COUNTED = 100_000
"""Callers counted at once; more than that is an attack from many addresses."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A limit by name."""

    name: str
    quota: int


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of a policy in this window."""

    policy: Policy
    left: int
    seconds: int

    def put_on(self, response: HttpResponse) -> None:
        """Tell the caller."""
        policy = self.policy
        response["RateLimit-Policy"] = f'"{policy.name}";q={policy.quota};w={WINDOW_SECONDS}'
        response["RateLimit"] = f'"{policy.name}";r={self.left};t={self.seconds}'


def _policy_for(request: HttpRequest) -> Policy:
    if "/call-control/" in request.path:
        # A switch asks several times for each call: it has a budget of its own.
        return Policy("call-control", settings.API_CALL_CONTROL_REQUESTS_A_MINUTE)
    return Policy("default", settings.API_REQUESTS_A_MINUTE)


def spend_anonymous(request: HttpRequest) -> None:
    """Count a request that nobody signed, by its address."""
    _spend(request, address_of(request), Policy("anonymous", ANONYMOUS_A_MINUTE))


def address_of(request: HttpRequest) -> str:
    """Where a request came from, to count by: of IPv6 the /64, of which one machine has all."""
    text = client_address(request)
    if text is None or ":" not in text:
        return f"address:{text}"
    return f"address:{ip_network(f'{text}/64', strict=False)}"


def spend(request: HttpRequest, principal: str) -> None:
    """Count a caller's request; its answer will tell what is left. Raises a 429 problem."""
    _spend(request, principal, _policy_for(request))


def _spend(request: HttpRequest, principal: str, policy: Policy) -> None:
    window, into = divmod(int(time.time()), WINDOW_SECONDS)
    used = counters.count(window, (policy.name, principal))
    seconds = WINDOW_SECONDS - into
    budget = Budget(policy, max(0, policy.quota - used), seconds)
    request.callmark_budget = budget  # type: ignore[attr-defined]
    if used > policy.quota:
        raise Problem(
            429,
            "too_many_requests",
            f"Wait {seconds} seconds: {policy.quota} requests a minute are allowed.",
            headers={"Retry-After": str(seconds)},
        )


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


def tell(request: HttpRequest, response: HttpResponse) -> None:
    """Put the headers on an answer, if the request was counted."""
    budget: Budget | None = getattr(request, "callmark_budget", None)
    if budget is not None:
        budget.put_on(response)
