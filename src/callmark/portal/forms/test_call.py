"""What the phone of *Test a call* sends."""

from typing import TYPE_CHECKING

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from callmark.accounts.models import User
from callmark.portal.forms.calls import IN_A_LIST, uuid_of

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


class UserWrittenField(forms.CharField):
    """A user by extension or name, where there are too many to choose from."""

    def __init__(self, users: QuerySet[User]) -> None:
        super().__init__(
            label="Call as",
            max_length=100,
            error_messages={"required": "Enter the extension of the user who makes the call."},
            widget=forms.TextInput(
                attrs={"autocomplete": "off", "placeholder": "Extension or full name"}
            ),
        )
        self._users = users

    def clean(self, value: object) -> User:
        """The user. Refuses a text that is nobody's, or several people's."""
        text = super().clean(value)
        found = list(self._users.filter(extensions__number=text)[:1])
        found = found or list(self._users.filter(name__iexact=text)[:2])
        if len(found) > 1:
            raise forms.ValidationError("Several users have this name: enter an extension.")
        if not found:
            raise forms.ValidationError("No user of this account has this extension or name.")
        return found[0]


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
        if users[: IN_A_LIST + 1].count() > IN_A_LIST:
            self.fields["user"] = UserWrittenField(users)
            self.initial["user"] = _written(users, self.initial.get("user"))
            return
        field = self.fields["user"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = users


def _written(users: QuerySet[User], pk: object) -> str:
    """How a user who is named by an id would be written."""
    known = uuid_of(str(pk))
    user = users.filter(pk=known).first() if known else None
    if user is None:
        return ""
    extension = user.extensions.first()
    return extension.number if extension else user.name


class KeysForm(forms.Form):
    """One entry on the keypad. Never shown again, so there is nothing to render."""

    keys = forms.RegexField(r"^[0-9*#]*$", required=False, max_length=40)
