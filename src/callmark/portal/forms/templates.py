"""The form that keeps an account's settings as a template."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.models import Account
from callmark.portal.forms.accounts import PLAIN


class TemplateForm(forms.Form):
    """A name, and the account whose settings it holds."""

    name = forms.CharField(
        label=gettext_lazy("Name of the template"),
        max_length=100,
        help_text=gettext_lazy("For example Law firms. One of the same name is replaced."),
        error_messages={"required": gettext_lazy("Enter a name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    account = forms.CharField(
        label=gettext_lazy("Settings of the account"),
        max_length=100,
        help_text=gettext_lazy(
            "Its short name. Copied now: later changes of the account do not matter."
        ),
        error_messages={"required": gettext_lazy("Enter the account's short name.")},
        widget=forms.TextInput(attrs={**PLAIN, "list": "accounts"}),
    )

    def clean_account(self) -> Account:
        """The account that is meant."""
        account = Account.objects.filter(slug=self.cleaned_data["account"].strip()).first()
        if account is None:
            raise ValidationError(gettext("No account has this short name."))
        return account
