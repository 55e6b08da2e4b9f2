"""Who may sign in, and as what."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.models import Account, User
from callmark.sign_in.people import ACCOUNT_ROLES

ROLE_CHOICES = [(role.value, role.label) for role in ACCOUNT_ROLES]


class InviteForm(forms.Form):
    """Somebody who is to be able to sign in."""

    user = forms.ModelChoiceField(
        label=gettext_lazy("Who"),
        queryset=User.objects.none(),
        required=False,
        empty_label=gettext_lazy("Somebody without a phone here"),
        help_text=gettext_lazy("A user of the account, or somebody who only looks after it."),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        error_messages={"required": gettext_lazy("Enter the e-mail address to sign in with.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLE_CHOICES, initial="user")

    def __init__(
        self,
        account: Account | None,
        data: Mapping[str, Any] | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        if account is None:
            # Operators are operators, and have no phone.
            del self.fields["role"], self.fields["user"]
            return
        choice = self.fields["user"]
        if isinstance(choice, forms.ModelChoiceField):
            choice.queryset = _without_sign_in(account)
            if not choice.queryset.exists():
                del self.fields["user"]
        self.fields["name"].help_text = gettext("For somebody without a phone here.")

    def clean(self) -> dict[str, Any]:
        """Ask for a name where none is known."""
        cleaned = super().clean() or {}
        if not cleaned.get("user") and not cleaned.get("name"):
            self.add_error("name", gettext("Enter the name."))
        return cleaned


def _without_sign_in(account: Account) -> "QuerySet[User]":
    people = User.objects.of(account).filter(is_active=True, email__isnull=True)
    return people.filter(is_trunk=False).order_by("name")


class RoleForm(forms.Form):
    """What a person may do."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLE_CHOICES)


class EmailForm(forms.Form):
    """What a person signs in with."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
