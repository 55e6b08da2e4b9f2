"""What the phone of *Test a call* sends."""

from typing import TYPE_CHECKING

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from callmark.accounts.models import User

if TYPE_CHECKING:
    UserField = forms.ModelChoiceField[User]
else:  # Django's form fields are generic for type checkers only.
    UserField = forms.ModelChoiceField


class UserWithExtensionField(UserField):
    """Users by name and extension, as people know them."""

    def label_from_instance(self, obj: User) -> str:
        """For example ``Ann Lee (101)``."""
        if obj.is_trunk:
            return f"{obj.name} (SIP trunk)"
        numbers = ", ".join(extension.number for extension in obj.extensions.all())
        return f"{obj.name} ({numbers})" if numbers else obj.name


class PlaceCallForm(forms.Form):
    """Who calls which number."""

    user = UserWithExtensionField(
        queryset=User.objects.none(),
        label="Call as",
        empty_label="Choose a user",
        error_messages={
            "required": "Choose the user who makes the call.",
            "invalid_choice": "Choose a user of this account.",
        },
    )
    dialed = forms.CharField(
        label="Number to dial",
        max_length=80,
        error_messages={"required": "Enter the number to dial."},
        widget=forms.TextInput(
            attrs={"inputmode": "tel", "autocomplete": "off", "placeholder": "Number to dial"}
        ),
    )

    def __init__(
        self,
        users: QuerySet[User],
        data: QueryDict | None = None,
        initial: dict[str, object] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["user"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = users


class KeysForm(forms.Form):
    """One entry on the keypad. Never shown again, so there is nothing to render."""

    keys = forms.RegexField(r"^[0-9*#]*$", required=False, max_length=40)
