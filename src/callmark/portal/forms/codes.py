"""Forms of the list of account codes."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from callmark.audit.audited import values_of
from callmark.codes.models import CODE_IDS, ID_LENGTH, LABEL_LENGTH, NAME_LENGTH, AccountCode
from callmark.codes.names import ENTER_A_NAME
from callmark.codes.services import code_version
from callmark.portal.forms.accounts import PLAIN
from callmark.portal.forms.code_use import CodeUseForm, initial_use
from callmark.portal.forms.known_numbers import KnownNumbersForm, initial_numbers
from callmark.portal.forms.stored import Data, StoredForm


class CodeNameForm(StoredForm):
    """A code's name; all that can be changed later."""

    name = forms.CharField(
        label=gettext_lazy("Name or short description"),
        max_length=NAME_LENGTH,
        error_messages={"required": ENTER_A_NAME},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class EditCodeForm(CodeUseForm, KnownNumbersForm, CodeNameForm):
    """... of a code that there is, what other systems call it, its rules, and its numbers."""

    label = forms.CharField(
        label=gettext_lazy("Label"),
        required=False,
        max_length=LABEL_LENGTH,
        help_text=gettext_lazy(
            "A word that several codes share, such as a department, to find them by."
        ),
        widget=forms.TextInput(attrs={**PLAIN, "list": "labels"}),
    )
    client_id = forms.CharField(
        label=gettext_lazy("Client id"),
        required=False,
        max_length=ID_LENGTH,
        widget=forms.TextInput(attrs=PLAIN),
    )
    matter_id = forms.CharField(
        label=gettext_lazy("Matter id"),
        required=False,
        max_length=ID_LENGTH,
        widget=forms.TextInput(attrs=PLAIN),
    )
    external_id = forms.CharField(
        label=gettext_lazy("External id"),
        required=False,
        max_length=ID_LENGTH,
        help_text=gettext_lazy("What the client, or another system, calls the matter."),
        widget=forms.TextInput(attrs=PLAIN),
    )

    @property
    def ids(self) -> dict[str, str]:
        """What other systems call it; only after :meth:`is_valid`."""
        return {name: self.cleaned_data[name] for name in CODE_IDS}

    def __init__(self, code: AccountCode, data: Data = None) -> None:
        # Over the list, whose own form has a name, too: the ids must differ.
        self.code, self.account = code, code.account
        stored = {**values_of(code, ("name", "label", *CODE_IDS)), **initial_use(code)}
        stored |= initial_numbers(code)
        super().__init__(data, stored, version=code_version(code), auto_id="id_rename_%s")


class AddCodeForm(CodeNameForm):
    """A new code."""

    code = forms.CharField(
        label=gettext_lazy("Account code"),
        error_messages={"required": gettext_lazy("Enter the digits of the code.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "inputmode": "numeric", "data-secret": True}
        ),
    )

    def __init__(
        self,
        code_length: int,
        data: QueryDict | None = None,
        *,
        another: bool = False,
        initial: dict[str, str] | None = None,
    ) -> None:
        """``another``: one was added just now, and the next comes more often than not."""
        super().__init__(data, initial or {})
        if another:
            self.fields["name"].widget.attrs["autofocus"] = True
        self.fields["code"].help_text = gettext(
            "Exactly {code_length} digits; leading zeros count."
        ).format(code_length=code_length)
        self.fields["name"].help_text = gettext("For example a client, a project or a department.")
        self.fields["code"].widget.attrs["maxlength"] = str(code_length)


class ListForm(forms.Form):
    """Search and sorting of a list. Anything unknown falls back to the list's own order."""

    q = forms.CharField(required=False, max_length=100)
    sort = forms.CharField(required=False, max_length=30)

    @classmethod
    def from_query(cls, data: QueryDict) -> dict[str, str]:
        """The search text and the sort key, cleaned."""
        form = cls(data)
        form.is_valid()
        return {name: form.cleaned_data.get(name, "") for name in ("q", "sort")}
