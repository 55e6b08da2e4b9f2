"""The sign-in pages people can reach. Everything else that allauth brings answers 404.

The names stay: allauth reverses some of them itself.
"""

from typing import NoReturn

from allauth.account import views
from django.http import Http404, HttpRequest
from django.urls import path, re_path


def not_offered(request: HttpRequest, **arguments: object) -> NoReturn:  # noqa: ARG001
    """A page of allauth's that Callmark has no use for (people are added, they don't sign up)."""
    raise Http404("Not offered.")


urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("signup/", not_offered, name="account_signup"),
    path("email/", not_offered, name="account_email"),
    path("confirm-email/", not_offered, name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", not_offered, name="account_confirm_email"),
    path("password/set/", not_offered, name="account_set_password"),
    path("login/code/confirm/", not_offered, name="account_confirm_login_code"),
]
