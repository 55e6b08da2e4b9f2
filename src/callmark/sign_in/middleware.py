"""How long somebody stays signed in."""

import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

GetResponse = Callable[[HttpRequest], HttpResponse]

_TOLD = {
    "the longest time a session may last": gettext_noop(
        "You were signed out after the longest time a session may last. Please sign in again."
    ),
    "some time without activity": gettext_noop(
        "You were signed out after some time without activity. Please sign in again."
    ),
}
"""Why a session ended, as the activity keeps it and as the person is told."""

_SINCE = "callmark.signed_in_at"
_SEEN = "callmark.seen_at"
# Noting every request would be a write to the database for every page.
_NOTED_AGAIN_AFTER = 60


def _note_start(request: HttpRequest, **_: object) -> None:
    request.session[_SINCE] = request.session[_SEEN] = int(time.time())


# Django's own signal: however somebody was signed in, the clock starts.
user_logged_in.connect(_note_start, dispatch_uid="callmark.sign_in.note_start")


class SessionLimits:
    """Ends a session that is too old, or idle for too long without "keep me signed in"."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; as to nobody, if the session has just ended."""
        if request.user.is_authenticated:
            now = int(time.time())
            if why := _ended_because(request, now):
                request.signed_out_because = why  # type: ignore[attr-defined]
                logout(request)
                messages.info(request, gettext(_TOLD[why]))
            elif request.path == reverse("sign_in_session"):
                pass  # A page that asks how long the session lasts does not make it last.
            elif now - request.session.get(_SEEN, 0) >= _NOTED_AGAIN_AFTER:
                request.session.setdefault(_SINCE, now)
                request.session[_SEEN] = now
                UserSession.objects.create_from_request(request)
        return self._get_response(request)


def seconds_left(request: HttpRequest) -> int:
    """How long the session lasts if nothing more is asked for; 0 where nobody is signed in."""
    if not request.user.is_authenticated:
        return 0
    session, now = request.session, int(time.time())
    left: int = session.get(_SINCE, now) + settings.SESSION_COOKIE_AGE - now
    if session.get_expire_at_browser_close():
        left = min(left, session.get(_SEEN, now) + settings.SESSION_IDLE_SECONDS - now)
    return max(left, 0)


def _ended_because(request: HttpRequest, now: int) -> str:
    session = request.session
    if now - session.get(_SINCE, now) > settings.SESSION_COOKIE_AGE:
        return "the longest time a session may last"
    is_kept = not session.get_expire_at_browser_close()
    if not is_kept and now - session.get(_SEEN, now) > settings.SESSION_IDLE_SECONDS:
        return "some time without activity"
    return ""
