"""Tells the audit where a request comes from."""

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from callmark.audit.origin import Origin, Source, Who, acting, current

API_PREFIX = "/api/"
NOBODY = Who(None, "nobody signed in")


class OriginMiddleware:
    """Wraps each request in its origin. Belongs right after the authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer within the origin."""
        source = Source.API if request.path.startswith(API_PREFIX) else Source.PORTAL
        # Asked only when an entry is written: most requests change nothing.
        origin = Origin(source, lambda: _signed_in(request), client_address(request))
        with acting(origin):
            try:
                return self._get_response(request)
            finally:
                # With the token that was found meanwhile, for the code that tells of a refusal.
                request.callmark_origin = current()  # type: ignore[attr-defined]


def client_address(request: HttpRequest) -> str | None:
    """The address the request came from; None if a proxy wrote what is not an address."""
    text = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        # Our proxy appends the address it saw; what stands before that, anybody can claim.
        text = request.META.get("HTTP_X_FORWARDED_FOR", text).rsplit(",", 1)[-1].strip()
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _signed_in(request: HttpRequest) -> Who:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return NOBODY
    return Who(user.pk, user.name, user.role == "operator")
