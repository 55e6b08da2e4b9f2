"""Where one is signed in and for how long, and what language one reads."""

from allauth.account.decorators import reauthentication_required
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.accounts.services import change_person
from callmark.portal.forms.language import LanguageForm
from callmark.portal.pages import person_of
from callmark.portal.responses import as_read_next
from callmark.sign_in.middleware import seconds_left
from callmark.sign_in.sessions import end_other_sessions


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(app="callmark.sign_in", allow_get=True)  # type: ignore[untyped-decorator]
def devices(request: HttpRequest) -> HttpResponse:
    """See one's sessions; ending others asks who one is, unless that was just proved."""
    person = person_of(request)
    if request.method == "POST":
        return _end(request)
    sessions = UserSession.objects.purge_and_list(person)
    sessions.sort(key=lambda session: session.created_at)
    context = {"sessions": sessions, "session_count": len(sessions)}
    return render(request, "usersessions/usersession_list.html", context)


def _end(request: HttpRequest) -> HttpResponse:
    asked = request.POST.get("session")
    only = None if asked is None else int(asked) if asked.isdecimal() and len(asked) < 18 else 0
    keep = request.session.session_key or ""
    if end_other_sessions(person_of(request), keep=keep, only=only):
        every = only is None
        text = (
            gettext("All other devices are signed out.")
            if every
            else gettext("That device is signed out.")
        )
        messages.success(request, text)
    else:
        messages.info(request, gettext("That device was signed out already."))
    return redirect("usersessions_list")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def language(request: HttpRequest) -> HttpResponse:
    """Choose one's own language and time zone."""
    person = person_of(request)
    form = LanguageForm(person, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        version = form.expected_version
        try:
            change_person(person, form.changes, expected_version=version, actor=person)
        except Refused as refused:
            form.show_refused(
                refused,
                LanguageForm(User.objects.of_account_or_none(person.account).get(pk=person.pk)),
            )
        else:
            with as_read_next(person):
                messages.success(request, gettext("Your language and time zone are saved."))
            return redirect("mfa_index")
    return render(request, "sign_in/language.html", {"form": form})


@never_cache
@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """Whose session this is and how long it lasts, for a page that must not outlive it."""
    person = str(request.user.pk) if request.user.is_authenticated else ""
    return JsonResponse({"person": person, "seconds": seconds_left(request)})
