"""Making an API token."""

from django import forms

from callmark.portal.token_services import LASTS, SCOPES


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
        choices=[(value, f"{name}: {help_text}") for value, name, help_text in SCOPES],
        initial=["read"],
        error_messages={"required": "Choose at least one."},
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )
    days = forms.TypedChoiceField(
        label="Expires after",
        choices=LASTS,
        coerce=int,
        initial=90,
        help_text="Then make a new one. The shorter, the less harm a lost token does.",
    )
