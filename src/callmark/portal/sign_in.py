"""Sign-in pages that allauth does not have: an invitation's link, and its closed doors."""

from collections.abc import Callable
from functools import wraps
from typing import NoReturn
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.forms import SetPasswordForm
from allauth.account.utils import perform_login
from allauth.account.views import password_reset_from_key
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.sign_in.allauth_internals import ratelimit, record_authentication
from callmark.sign_in.invitations import accept, open_invitation
from callmark.sign_in.models import Invitation

_INVITATION = "callmark.invitation"


def not_offered(request: HttpRequest, **arguments: object) -> NoReturn:  # noqa: ARG001
    """A page of allauth's that Callmark has no use for (people are added, they don't sign up)."""
    raise Http404("Not offered.")


def _limited(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Links that are guessed: a few a minute from an address, as for all else at the door."""

    @wraps(view)
    def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        refusal: HttpResponse | None = ratelimit.consume_or_429(
            request, app="allauth.account", action="link", limit_get=True
        )
        return refusal or view(request, *args, **kwargs)

    return inner


@never_cache
@_limited
@require_safe
def invitation_link(request: HttpRequest, token: str) -> HttpResponse:
    """Remember which invitation, and go on at an address without the token.

    Opening uses nothing up: mail servers open links, too.
    """
    found = open_invitation(token)
    if found is None:
        return render(request, "sign_in/invitation_gone.html", status=410)
    if request.user.is_authenticated and request.user != found.user:
        logout(request)
    request.session[_INVITATION] = str(found.pk)
    return redirect("sign_in_invitation")


@never_cache
@_limited
@sensitive_post_parameters()
def reset_link(request: HttpRequest, uidb36: str, key: str) -> HttpResponse:
    """allauth's page of a link to a new password; it limits only what is sent there."""
    answer: HttpResponse = password_reset_from_key(request, uidb36=uidb36, key=key)
    return answer


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Choose a password, and be signed in."""
    found = _remembered(request)
    if found is None:
        return render(request, "sign_in/invitation_gone.html", status=410)
    person = found.user
    form = SetPasswordForm(user=person, data=request.POST if request.method == "POST" else None)
    form.fields["password2"].label = gettext("Password again")
    for field in form.fields.values():
        field.widget.attrs["placeholder"] = ""
    if form.is_bound and form.is_valid():
        try:
            accept(found, password=form.cleaned_data["password1"])
        except Refused as refused:
            form.add_error(refused.field, refused.message)
        else:
            return _sign_in(request, person)
    context = {"form": form, "person": person, "is_new": person.last_login is None}
    return render(request, "sign_in/invitation.html", context)


def _remembered(request: HttpRequest) -> Invitation | None:
    pk = request.session.get(_INVITATION)
    if pk is None:
        return None
    every = Invitation.objects.of_every_account("the link told whose it is")
    found = every.select_related("user__account").filter(pk=UUID(pk)).first()
    return found if found and found.is_open else None


def _sign_in(request: HttpRequest, person: User) -> HttpResponse:
    del request.session[_INVITATION]
    if request.user.is_authenticated:
        logout(request)
    if person.last_login is not None:
        # Somebody who had a password must learn that there is another one now.
        get_adapter(request).send_notification_mail("account/email/password_changed", person)
    record_authentication(request, person, method="password")
    # allauth's way in: a second factor that the person has is asked for here, too.
    answer: HttpResponse = perform_login(request, person)
    return answer
