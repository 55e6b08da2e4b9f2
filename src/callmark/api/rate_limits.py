"""How many requests a caller may make in a minute, and the headers that tell.

Headers as in the IETF's draft "RateLimit header fields for HTTP". Counted in Django's cache: with
the default one each web process counts for itself.
"""

import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from callmark.api.problems import Problem
from callmark.audit.middleware import client_address

WINDOW_SECONDS = 60
ANONYMOUS_A_MINUTE = 60


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
    _spend(request, f"address:{client_address(request)}", Policy("anonymous", ANONYMOUS_A_MINUTE))


def spend(request: HttpRequest, principal: str) -> None:
    """Count a caller's request; its answer will tell what is left. Raises a 429 problem."""
    _spend(request, principal, _policy_for(request))


def _spend(request: HttpRequest, principal: str, policy: Policy) -> None:
    window, into = divmod(int(time.time()), WINDOW_SECONDS)
    key = f"callmark.api.rate:{policy.name}:{principal}:{window}"
    cache.add(key, 0, WINDOW_SECONDS + 5)
    try:
        used = cache.incr(key)
    except ValueError:  # thrown out of a full cache between the two lines
        used = 1
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


def tell(request: HttpRequest, response: HttpResponse) -> None:
    """Put the headers on an answer, if the request was counted."""
    budget: Budget | None = getattr(request, "callmark_budget", None)
    if budget is not None:
        budget.put_on(response)
