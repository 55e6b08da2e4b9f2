"""Making an API token."""

from django import forms

from callmark.portal.forms.stored import Checks
from callmark.sign_in.api_tokens import Scope

SCOPES = (
    (Scope.READ, "Read", "Settings, users, codes without their digits, and the call history."),
    (
        Scope.CODES_READ,
        "Read codes in clear",
        "Their digits, in the list of codes and in the call history. With them anybody can call.",
    ),
    (Scope.WRITE, "Change", "Settings, users, codes and webhooks: what you may change yourself."),
    (Scope.CALL_CONTROL, "Control calls", "For a telephone switch that asks what to do."),
    (
        Scope.PEOPLE,
        "Decide who can sign in",
        "Invitations, roles, access. With it a program can make anybody an administrator.",
    ),
)
"""Scope, name and what it allows, from the least to the most special."""

LASTS = ((30, "30 days"), (90, "90 days"), (180, "180 days"), (365, "1 year"), (730, "2 years"))


class TokenForm(forms.Form):
    """A program's key: what it is for, what it may do, and for how long."""

    name = forms.CharField(
        label="Name",
        max_length=100,
        error_messages={"required": "Enter what the token is for."},
        help_text="What it is for, such as “Billing export”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=[(value.value, f"{name}: {help_text}") for value, name, help_text in SCOPES],
        initial=["read"],
        error_messages={"required": "Choose at least one."},
        widget=Checks(attrs={"class": "form-check-input"}),
    )
    days = forms.TypedChoiceField(
        label="Expires after",
        choices=LASTS,
        coerce=int,
        initial=90,
        help_text="Then make a new one. The shorter the time, the less harm a lost token does.",
    )
