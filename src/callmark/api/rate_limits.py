"""How many requests a program may make in a minute, and the headers that tell.

Headers as in the IETF's draft "RateLimit header fields for HTTP". The counting is
:mod:`callmark.web.limits`.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from callmark.web import limits
from callmark.web.limits import WINDOW_SECONDS, Budget, Policy, address_of
from callmark.web.problems import Problem

ANONYMOUS_A_MINUTE = 60


def _policy_for(request: HttpRequest) -> Policy:
    if "/call-control/" in request.path:
        # A switch asks several times for each call: it has a budget of its own.
        return Policy("call-control", settings.API_CALL_CONTROL_REQUESTS_A_MINUTE)
    return Policy("default", settings.API_REQUESTS_A_MINUTE)


def spend_anonymous(request: HttpRequest) -> None:
    """Count a request that nobody signed, by its address."""
    _spend(request, address_of(request), Policy("anonymous", ANONYMOUS_A_MINUTE))


def spend(request: HttpRequest, principal: str) -> None:
    """Count a caller's request; its answer will tell what is left. Raises a 429 problem."""
    _spend(request, principal, _policy_for(request))


def _spend(request: HttpRequest, principal: str, policy: Policy) -> None:
    budget = limits.spend(policy, principal)
    request.callmark_budget = budget  # type: ignore[attr-defined]
    if budget.is_exceeded:
        raise Problem(
            429,
            "too_many_requests",
            f"Wait {budget.seconds} seconds: {policy.quota} requests a minute are allowed.",
            headers={"Retry-After": str(budget.seconds)},
        )


def set_headers(request: HttpRequest, response: HttpResponse) -> None:
    """Put the headers on an answer, if the request was counted."""
    budget: Budget | None = getattr(request, "callmark_budget", None)
    if budget is not None:
        name, quota = budget.policy.name, budget.policy.quota
        response["RateLimit-Policy"] = f'"{name}";q={quota};w={WINDOW_SECONDS}'
        response["RateLimit"] = f'"{name}";r={budget.left};t={budget.seconds}'
