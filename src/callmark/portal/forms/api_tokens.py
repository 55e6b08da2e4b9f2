"""Making an API token."""

from django import forms
from django.utils.translation import gettext, gettext_lazy

from callmark.portal.forms.stored import Checks
from callmark.sign_in.api_tokens import Scope

SCOPES = (
    (
        Scope.READ,
        gettext_lazy("Read"),
        gettext_lazy("Settings, users, codes without their digits, and the call history."),
    ),
    (
        Scope.CODES_READ,
        gettext_lazy("Read codes in clear"),
        gettext_lazy(
            "Their digits, in the list of codes and in the call history. With them "
            "anybody can call."
        ),
    ),
    (
        Scope.WRITE,
        gettext_lazy("Change"),
        gettext_lazy("Settings, users, codes and webhooks: what you may change yourself."),
    ),
    (
        Scope.CALL_CONTROL,
        gettext_lazy("Control calls"),
        gettext_lazy("For a telephone switch that asks what to do."),
    ),
    (
        Scope.PEOPLE,
        gettext_lazy("Decide who can sign in"),
        gettext_lazy(
            "Invitations, roles, access. With it a program can make anybody an administrator."
        ),
    ),
)
"""Scope, name and what it allows, from the least to the most special."""

LASTS = (
    (30, gettext_lazy("30 days")),
    (90, gettext_lazy("90 days")),
    (180, gettext_lazy("180 days")),
    (365, gettext_lazy("1 year")),
    (730, gettext_lazy("2 years")),
)


class TokenForm(forms.Form):
    """A program's key: what it is for, what it may do, and for how long."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        error_messages={"required": gettext_lazy("Enter what the token is for.")},
        help_text=gettext_lazy("What it is for, such as “Billing export”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        choices=lambda: [
            (value.value, gettext("{name}: {figure}").format(name=name, figure=text))
            for value, name, text in SCOPES
        ],
        initial=["read"],
        error_messages={"required": gettext_lazy("Choose at least one.")},
        widget=Checks(attrs={"class": "form-check-input"}),
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Expires after"),
        choices=LASTS,
        coerce=int,
        initial=90,
        help_text=gettext_lazy(
            "Then make a new one. The shorter the time, the less harm a lost token does."
        ),
    )
