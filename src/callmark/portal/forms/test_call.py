"""What the phone of *Test a call* sends."""

import re
from typing import TYPE_CHECKING

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.models import User
from callmark.portal.forms.calls import too_many, uuid_of

if TYPE_CHECKING:
    UserField = forms.ModelChoiceField[User]
else:  # Django's form fields are generic for type checkers only.
    UserField = forms.ModelChoiceField


class UserWithExtensionField(UserField):
    """Users by name and extension, as people know them."""

    def label_from_instance(self, obj: User) -> str:
        """For example ``Ann Lee (101)``."""
        return with_extensions(obj)


def with_extensions(user: User) -> str:
    """A user by name and extensions, such as ``Ann Lee (101)``."""
    if user.is_trunk:
        return gettext("{name} (SIP trunk)").format(name=user.name)
    numbers = ", ".join(extension.number for extension in user.extensions.all())
    return f"{user.name} ({numbers})" if numbers else user.name


class UserWrittenField(forms.CharField):
    """A user by extension or name, where there are too many for a list: it finds as one types.

    Without our script one writes an extension or a whole name.
    """

    def __init__(self, users: QuerySet[User]) -> None:
        super().__init__(
            label=gettext_lazy("Call as"),
            max_length=100,
            error_messages={
                "required": gettext_lazy("Enter the extension of the user who makes the call.")
            },
            widget=forms.TextInput(
                attrs={
                    "autocomplete": "off",
                    "placeholder": gettext_lazy("Extension or name"),
                    "role": "combobox",
                    "aria-expanded": "false",
                    "aria-controls": "options-user",
                    "aria-autocomplete": "list",
                    "spellcheck": "false",
                }
            ),
        )
        self._users = users

    def clean(self, value: object) -> User:
        """The user. Refuses a text that is nobody's, or several people's."""
        text = super().clean(value)
        chosen = _CHOSEN.fullmatch(text)
        name, number = chosen.groups() if chosen else (text, text)
        found = list(self._users.filter(extensions__number=number)[:1])
        if chosen and not found:
            found = list(self._users.filter(name=name, is_trunk=True)[:1])
        found = found or list(self._users.filter(name__iexact=text)[:2])
        if len(found) > 1:
            raise forms.ValidationError(
                gettext("Several users have this name: enter an extension.")
            )
        if not found:
            raise forms.ValidationError(
                gettext("No user of this account has this extension or name.")
            )
        return found[0]


_CHOSEN = re.compile(r"(.+) \(([^(),]+)(?:, [^()]+)?\)")
"""What :func:`with_extensions` writes: the name and the first extension."""


class PlaceCallForm(forms.Form):
    """Who calls which number."""

    user = UserWithExtensionField(
        queryset=User.objects.none(),
        label=gettext_lazy("Call as"),
        empty_label=gettext_lazy("Choose a user"),
        error_messages={
            "required": gettext_lazy("Choose the user who makes the call."),
            "invalid_choice": gettext_lazy("Choose a user of this account."),
        },
    )
    dialed = forms.CharField(
        label=gettext_lazy("Number to dial"),
        max_length=80,
        error_messages={"required": gettext_lazy("Enter the number to dial.")},
        widget=forms.TextInput(
            attrs={
                "inputmode": "tel",
                "autocomplete": "off",
                "placeholder": gettext_lazy("Number to dial"),
            }
        ),
    )

    def __init__(
        self,
        users: QuerySet[User],
        data: QueryDict | None = None,
        initial: dict[str, object] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        if too_many(users):
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
    return with_extensions(user) if user else ""


class KeysForm(forms.Form):
    """One entry on the keypad. Never shown again, so there is nothing to render."""

    keys = forms.RegexField(r"^[0-9*#]*$", required=False, max_length=40)
