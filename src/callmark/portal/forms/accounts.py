"""The forms of an account as operators add and change it."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from callmark.accounts.models import ACCOUNT_CHANGES, Account
from callmark.accounts.services import account_version
from callmark.accounts.short_names import suggested_short_name
from callmark.audit.audited import values_of
from callmark.codes.template_models import AccountTemplate
from callmark.codes.templates import template_values
from callmark.policy.numbering import OwnNumbers, country_name
from callmark.policy.settings import STAR_CODE_DEFAULT
from callmark.portal.forms.countries import countries_in, country_choices
from callmark.portal.forms.numbers import WholeNumber
from callmark.portal.forms.stored import Data, StoredForm

PLAIN = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


class AccountForm(StoredForm):
    """How the account dials, and what is billed as international."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        error_messages={"required": gettext_lazy("Enter the organization's name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Home country"),
        choices=country_choices,
        initial="US",
        help_text=gettext_lazy(
            "Numbers are dialed and judged as international from there, unless a user's "
            "own home country says otherwise."
        ),
    )
    outside_prefix = forms.RegexField(
        r"^[0-9]{0,4}$",
        label=gettext_lazy("Outside line prefix"),
        required=False,
        help_text=gettext_lazy(
            "What is dialed for an outside line, such as 9; empty for none. After a "
            "change, write the switch's configuration again."
        ),
        error_messages={"invalid": gettext_lazy("Use up to 4 digits.")},
        widget=forms.TextInput(attrs={**PLAIN, "inputmode": "numeric"}),
    )
    star_code = forms.RegexField(
        r"^\*[0-9]{2,4}$",
        label=gettext_lazy("Star code"),
        initial=STAR_CODE_DEFAULT,
        help_text=gettext_lazy(
            "Dialed to tag a call under way. After a change, write the switch's "
            "configuration again."
        ),
        error_messages={"invalid": gettext_lazy("Use a star and two to four digits.")},
        widget=forms.TextInput(attrs=PLAIN),
    )
    international_regions = forms.CharField(
        label=gettext_lazy("Countries billed as international"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy(
            "Countries inside the home country's own calling code, by name, separated by "
            "commas: such as Jamaica, Dominican Republic for the United States."
        ),
        widget=forms.TextInput(attrs=PLAIN),
    )

    own_numbers = forms.CharField(
        label=gettext_lazy("The switch's own numbers"),
        required=False,
        max_length=4000,
        help_text=gettext_lazy(
            "Groups, queues, conferences, parking, mailboxes and star codes, such as "
            "600, *97, _7XX: calls to them are internal. Separated by commas or lines. "
            "After a change, write the switch's configuration again."
        ),
        widget=forms.Textarea(attrs={**PLAIN, "rows": 3}),
    )

    def __init__(
        self, data: Data, stored: Mapping[str, Any] | None = None, *, version: str | None = None
    ) -> None:
        super().__init__(data, stored or {}, version=version)

    def clean_own_numbers(self) -> list[str]:
        """Numbers and patterns, whatever stands between them."""
        numbers = re.findall(r"[^\s,;]+", self.cleaned_data["own_numbers"])
        try:
            return list(OwnNumbers.of(numbers).entries)
        except ValueError as problem:
            raise forms.ValidationError(f"{problem}.") from None

    def clean_international_regions(self) -> list[str]:
        """Their two-letter codes."""
        return countries_in(self.cleaned_data["international_regions"])


def begins(template: AccountTemplate | None) -> dict[str, Any]:
    """What the form of a new account shows at first."""
    return as_written(template_values(template)) if template else {}


def as_written(values: Mapping[str, Any]) -> dict[str, Any]:
    """An account's values as a form shows them."""
    lists = {
        "international_regions": ", ".join(map(country_name, values["international_regions"])),
        "own_numbers": ", ".join(values["own_numbers"]),
    }
    return {**values, **lists}


class AccountChangeForm(AccountForm):
    """... and how long its records are kept."""

    answer_first = forms.TypedChoiceField(
        label=gettext_lazy("When a code is asked for"),
        choices=[
            ("no", gettext_lazy("Before the call is answered")),
            ("yes", gettext_lazy("Answer the caller first")),
        ],
        coerce=lambda value: value == "yes",
        required=False,
        empty_value=None,
        help_text=gettext_lazy(
            "Answer first only if phones send no digits before that. After a change, "
            "write the switch's configuration again."
        ),
    )
    calls_kept_days = WholeNumber(
        label=gettext_lazy("Days that call records are kept"),
        required=False,
        min_value=0,
        help_text=gettext_lazy("0: forever; empty: as for the whole installation."),
    )
    activity_kept_days = WholeNumber(
        label=gettext_lazy("Days that activity is kept"),
        required=False,
        min_value=0,
        help_text=gettext_lazy("0: forever; empty: as for the whole installation."),
    )

    def __init__(self, data: Data, account: Account) -> None:
        initial = values_of(account, ACCOUNT_CHANGES)
        first = {"answer_first": "yes" if initial["answer_first"] else "no"}
        stored = {**as_written(initial), **first}
        super().__init__(data, stored, version=account_version(account))


class NewAccountForm(AccountForm):
    """An account to add: its short name stays for good."""

    slug = forms.RegexField(
        r"^[a-z0-9-]{1,40}$",
        label=gettext_lazy("Short name"),
        required=False,
        help_text=gettext_lazy(
            "In addresses and in the switch's configuration: it can never be changed. "
            "Suggested from the name, and free; left empty, it is the suggestion."
        ),
        error_messages={"invalid": gettext_lazy("Use small letters, digits and hyphens.")},
        widget=forms.TextInput(attrs=PLAIN),
    )
    field_order = ("name", "slug")

    def suggest(self) -> None:
        """Put the suggestion for the name into the field, as long as it says the one before."""
        values = {name: self.data.get(name, "") for name in ("name", "slug", "suggested")}
        if values["slug"] == values["suggested"]:
            name = values["name"].strip()[:100]
            values["slug"] = values["suggested"] = suggested_short_name(name) if name else ""
        self.data = values

    @property
    def suggested(self) -> str:
        """What was suggested last."""
        return str(self.data.get("suggested", ""))
