"""Forms of the list of numbers that never or always need a code."""

from django import forms
from django.utils.translation import gettext_lazy

from callmark.codes.listed_numbers import listed_number_version
from callmark.codes.models import NAME_LENGTH, ListedNumber, NeedChoice
from callmark.codes.names import ENTER_A_NAME
from callmark.policy.number_list import CodeNeed
from callmark.portal.forms.stored import Data, StoredForm


class ListedNumberForm(StoredForm):
    """What an entry says, and its name; all that can be changed later."""

    name = forms.CharField(
        label=gettext_lazy("Name or short description"),
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("For example “Court of Appeal”."),
        error_messages={"required": ENTER_A_NAME},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    need = forms.TypedChoiceField(
        label=gettext_lazy("Account code"), choices=NeedChoice.choices, coerce=CodeNeed
    )


class ChangeListedNumberForm(ListedNumberForm):
    """... of an entry that there is."""

    def __init__(self, entry: ListedNumber, data: Data = None) -> None:
        # Over the list, whose own form has the same fields: the ids must differ.
        stored = {"name": entry.name, "need": entry.need}
        version = listed_number_version(entry)
        super().__init__(data, stored, version=version, auto_id="id_change_%s")


class AddListedNumberForm(ListedNumberForm):
    """A new entry."""

    field_order = ("number", "name", "need")

    number = forms.CharField(
        label=gettext_lazy("Number or prefix"),
        max_length=80,
        help_text=gettext_lazy("As you dial it, or +442079460000. All that begin so: +4420*."),
        error_messages={"required": gettext_lazy("Enter a number, or a prefix such as +4420*.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )

    def __init__(self, data: Data = None) -> None:
        super().__init__(data, {})
