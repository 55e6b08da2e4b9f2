"""How a page of an account is reached: the one place that asks who may see it.

A view of an account gets its account only from here, as :class:`Here`, and a URL can only be made
with :func:`account_page`, which must be told what the page needs. So no view can forget to ask.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from functools import wraps
from typing import Any, Concatenate, TypeVar, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_noop

from callmark.accounts.models import Account, User
from callmark.accounts.time_zones import zone
from callmark.policy.values import value_class
from callmark.web import access
from callmark.web.access import Caller, Needs, may_enter

SESSION_GONE = gettext_noop(
    "You are no longer signed in: the session has ended. Please sign in again."
)


def signed_in(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view for a person who is signed in; others sign in first, and come back to a page."""

    @wraps(view)
    def guarded(request: HttpRequest, **arguments: object) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, **arguments)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.is_empty():
            messages.info(request, gettext(SESSION_GONE))
        return redirect_to_login(_page_to_come_back_to(request))

    return guarded


def _page_to_come_back_to(request: HttpRequest) -> str:
    """The page itself; where something was sent, the page it was sent from."""
    if request.method in {"GET", "HEAD"} and "HX-Request" not in request.headers:
        return request.get_full_path()
    referring = request.headers.get("Referer", "")
    host = request.get_host()
    if not url_has_allowed_host_and_scheme(referring, allowed_hosts={host}):
        return settings.LOGIN_REDIRECT_URL
    parts = urlsplit(referring)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


Told = TypeVar("Told")


@value_class
class Here(access.Here):
    """The account a page is about, and the signed-in person, who may see it."""

    _known: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, what: Callable[[Account], Told]) -> Told:
        """What is told of the account: asked once, wherever the page shows it."""
        if what not in self._known:
            self._known[what] = what(self.account)
        told: Told = self._known[what]
        return told

    def render(
        self,
        request: HttpRequest,
        template: str,
        context: Mapping[str, Any] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """Render a page inside the account's frame (navigation, account's name)."""
        return render(request, template, {"here": self, **(context or {})}, status=status)


AccountView = Callable[Concatenate[HttpRequest, Here, ...], HttpResponseBase]


def person_of(request: HttpRequest) -> User:
    """The signed-in person; only for views behind :func:`signed_in`."""
    return cast(User, request.user)


def readers_only(here: Here) -> None:
    """Only for those who may read the whole history; to others the page is not there."""
    if not here.may_read_history:
        raise Http404("No such page.")


def look_up(person: User, slug: str) -> Here:
    """The account of that name for this person. Raises ``Http404`` for a foreign one."""
    caller = Caller(person)
    return Here(caller.account(slug=slug), caller)


def operators_page(route: str, view: Callable[..., HttpResponseBase], *, name: str) -> URLPattern:
    """Make the URL of a page that belongs to no account; only operators learn that it is there."""

    @signed_in
    @wraps(view)
    def guarded(request: HttpRequest, **arguments: object) -> HttpResponseBase:
        if not may_enter(Needs.OPERATOR, Caller(person_of(request))):
            raise Http404("No such page.")
        return view(request, **arguments)

    return path(route, guarded, name=name)


def account_page(
    route: str, view: AccountView, *, name: str, needs: Needs, readers_time: bool = False
) -> URLPattern:
    """Make the URL of one page of an account, guarded by what it needs.

    Its times are told in the account's time zone; with ``readers_time`` in that of the person who
    reads it, if they have chosen one. Bills, reports and what is counted by days have the former.
    """

    @signed_in
    @wraps(view)
    def guarded(request: HttpRequest, slug: str, **arguments: object) -> HttpResponseBase:
        here = look_up(person_of(request), slug)
        if not may_enter(needs, here.caller, here):
            raise PermissionDenied
        own = here.person.time_zone if readers_time else ""
        with timezone.override(zone(own) if own else here.account.zone):
            return view(request, here, **arguments)

    return path(f"accounts/<slug:slug>/{route}", guarded, name=name)
