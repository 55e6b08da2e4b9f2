"""The sign-in pages people can reach. Everything else that allauth brings answers 404.

The names stay: allauth reverses some of them itself.
"""

from allauth.account import views
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as social
from django.urls import path, re_path
from django.views.generic import RedirectView

from callmark.portal import company_sign_in, sessions, sign_in
from callmark.portal.sign_in import not_offered

OVERVIEW = RedirectView.as_view(pattern_name="mfa_index")

passwords = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        sign_in.reset_link,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

second_factors = [
    path("sign-in/", mfa.index, name="mfa_index"),
    path("sign-in/sessions/", sessions.devices, name="usersessions_list"),
    path("sign-in/language/", sessions.language, name="sign_in_language"),
    path("session/", sessions.state, name="sign_in_session"),
    path("sign-in/app/set-up/", totp.activate_totp, name="mfa_activate_totp"),
    path("sign-in/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("sign-in/passkeys/", OVERVIEW, name="mfa_list_webauthn"),
    path("sign-in/passkeys/add/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("sign-in/passkeys/<int:pk>/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("sign-in/passkeys/<int:pk>/remove/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path(
        "sign-in/recovery-codes/",
        recovery_codes.view_recovery_codes,
        name="mfa_view_recovery_codes",
    ),
    path(
        "sign-in/recovery-codes/new/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("login/second-factor/", mfa.authenticate, name="mfa_authenticate"),
    path("login/passkey/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("reauthenticate/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path(
        "reauthenticate/passkey/",
        webauthn.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
]

single_sign_on = [
    path("login/with/<str:provider_id>/", company_sign_in.start, name="openid_connect_login"),
    path(
        "login/with/<str:provider_id>/back/",
        company_sign_in.come_back,
        name="openid_connect_callback",
    ),
    path("login/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("login/error/", social.login_error, name="socialaccount_login_error"),
]

invitations = [
    path("invitation/", sign_in.invitation, name="sign_in_invitation"),
    path("invitation/<str:token>/", sign_in.invitation_link, name="sign_in_invitation_link"),
]

# People are added, they do not sign up; their e-mail address is the administrator's to change.
closed = [
    path("signup/", not_offered, name="account_signup"),
    path("email/", not_offered, name="account_email"),
    path("confirm-email/", not_offered, name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", not_offered, name="account_confirm_email"),
    path("password/set/", not_offered, name="account_set_password"),
    path("login/code/confirm/", not_offered, name="account_confirm_login_code"),
    path("login/signup/", not_offered, name="socialaccount_signup"),
    path("login/connections/", not_offered, name="socialaccount_connections"),
    path("sign-in/recovery-codes/file/", not_offered, name="mfa_download_recovery_codes"),
]

urlpatterns = passwords + second_factors + single_sign_on + invitations + closed
