"""How many pages somebody may ask for in a minute: far more than a person can look at.

Counted as the API's requests are (:mod:`callmark.web.limits`), which have limits of their own.
Static files do not come this far.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import ngettext

from callmark.accounts.models import User
from callmark.web.limits import Policy, address_of, spend

SLOW_A_MINUTE = 30
"""Imports and exports: those that keep a thread busy for seconds."""

_SLOW = ("_export", "_import", "_workbook")


class PageLimits:
    """Counts requests of a signed-in person, or of an address where nobody is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or ask to wait."""
        if request.path.startswith("/api/v1/"):
            return self._get_response(request)
        # Several people may share an address, but it signs in far less than it reads.
        quota = settings.PORTAL_REQUESTS_A_MINUTE
        if not request.user.is_authenticated:
            quota //= 2
        return _refused(request, "pages", quota) or self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponseBase | None:
        """Count what is slow once more."""
        del view, args, kwargs
        name = (request.resolver_match.url_name if request.resolver_match else None) or ""
        if name.endswith(_SLOW) and not request.path.startswith("/api/v1/"):
            return _refused(request, "slow pages", SLOW_A_MINUTE)
        return None


def _refused(request: HttpRequest, what: str, quota: int) -> HttpResponse | None:
    person = request.user
    who = f"person:{person.pk}" if isinstance(person, User) else address_of(request)
    budget = spend(Policy(what, quota), who)
    return _ask_to_wait(request, budget.seconds) if budget.is_exceeded else None


def _ask_to_wait(request: HttpRequest, seconds: int) -> HttpResponse:
    headers = {"Retry-After": str(seconds), "Cache-Control": "no-store"}
    if "HX-Request" in request.headers:
        # Our script shows it beside what is on the page.
        return HttpResponse(
            ngettext(
                "That was too fast. Nothing was changed: wait {seconds} second, then try again.",
                "That was too fast. Nothing was changed: wait {seconds} seconds, then try again.",
                seconds,
            ).format(seconds=seconds),
            status=429,
            content_type="text/plain; charset=utf-8",
            headers=headers,
        )
    page = render(request, "portal/too_fast.html", {"seconds": seconds}, status=429)
    for name, value in headers.items():
        page[name] = value
    return page
