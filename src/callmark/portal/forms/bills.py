"""Forms of bills: the firm, a timekeeper, and how calls are handed over."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from callmark.audit.audited import values_of
from callmark.languages import in_language
from callmark.portal.forms.accounts import PLAIN
from callmark.portal.forms.numbers import WholeNumber
from callmark.portal.forms.stored import Data, StoredForm
from callmark.reports.handover.csv_forms import DATES, LINES
from callmark.reports.handover.formats import LEDES, TEMPLATES
from callmark.reports.handover.ledes import ACTIVITIES
from callmark.reports.handover.models import (
    FIRM_FIELDS,
    TIMEKEEPER_FIELDS,
    Classification,
    FirmDetails,
    SavedFormat,
    Timekeeper,
    TimeUnitChoice,
)
from callmark.reports.handover.services import firm_version, timekeeper_version


class FirmForm(StoredForm):
    """Letter head, ids, invoice numbers, and what statements tell."""

    firm_name = forms.CharField(
        label=gettext_lazy("Name on bills"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Empty: the account's name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    address = forms.CharField(
        label=gettext_lazy("Address"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={**PLAIN, "rows": 4}),
    )
    law_firm_id = forms.CharField(
        label=gettext_lazy("Law firm id"),
        required=False,
        max_length=20,
        help_text=gettext_lazy(
            "What clients' billing systems know the firm by: mostly its tax number. "
            "LEDES files need it."
        ),
        widget=forms.TextInput(attrs=PLAIN),
    )
    invoice_prefix = forms.CharField(
        label=gettext_lazy("Invoice numbers begin with"),
        required=False,
        max_length=10,
        help_text=gettext_lazy("Such as TEL-."),
        widget=forms.TextInput(attrs=PLAIN),
    )
    next_invoice = WholeNumber(
        label=gettext_lazy("Next invoice number"),
        min_value=1,
        max_value=999_999_999,
        help_text=gettext_lazy("Taken only when an invoice is made: none is left out."),
    )
    time_unit = forms.TypedChoiceField(
        label=gettext_lazy("Statements tell billed time in"),
        choices=TimeUnitChoice.choices,
        coerce=int,
        help_text=gettext_lazy(
            "Each call is rounded up to it. Talk time stands beside it, exactly."
        ),
    )
    mask_numbers = forms.BooleanField(
        label=gettext_lazy("Hide the last four digits of numbers"),
        required=False,
        help_text=gettext_lazy("On statements and in files for billing systems."),
    )
    show_codes = forms.BooleanField(
        label=gettext_lazy("Print the digits of account codes on statements"),
        required=False,
        help_text=gettext_lazy(
            "Off: a statement names the matter only. With the digits, people can bill calls to it."
        ),
    )

    def __init__(self, data: Data, firm: FirmDetails) -> None:
        super().__init__(data, values_of(firm, FIRM_FIELDS), version=firm_version(firm))


class TimekeeperForm(StoredForm):
    """What a user is called on bills."""

    timekeeper_id = forms.CharField(
        label=gettext_lazy("Timekeeper id"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("What the billing system calls this user, such as BA."),
        widget=forms.TextInput(attrs=PLAIN),
    )
    timekeeper_name = forms.CharField(
        label=gettext_lazy("Name on bills"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Surname, first name: such as Attorney, Ben."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    classification = forms.ChoiceField(
        label=gettext_lazy("Classification"),
        required=False,
        choices=[("", gettext_lazy("Not said")), *Classification.choices],
    )
    hourly_rate = forms.DecimalField(
        label=gettext_lazy("Hourly rate"),
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=2,
        help_text=gettext_lazy("Only needed where the time of calls is billed, not their cost."),
        error_messages={"min_value": gettext_lazy("Use 0 or more.")},
    )

    def __init__(self, data: Data, keeper: Timekeeper) -> None:
        stored = values_of(keeper, TIMEKEEPER_FIELDS)
        super().__init__(data, stored, version=timekeeper_version(keeper))


class HandOverForm(forms.Form):
    """A format, and the choices in it. ``begin``: a template's short name, or a saved one's id."""

    of_time = ("activity", "unit")
    """What counts only where the time of calls is billed, if one can choose."""

    lines = forms.ChoiceField(
        label=gettext_lazy("What is billed"),
        choices=[
            ("expenses", gettext_lazy("What calls cost (E105)")),
            ("fees", gettext_lazy("The time of calls")),
        ],
    )
    activity = forms.ChoiceField(
        label=gettext_lazy("Activity of the time"),
        choices=[
            (code, format_lazy("{} {}", code, gettext_lazy(what)))
            for code, what in ACTIVITIES.items()
        ],
    )
    description = forms.CharField(label=gettext_lazy("Invoices are for"), max_length=200)
    columns = forms.CharField(
        label=gettext_lazy("Columns"),
        max_length=20_000,
        widget=forms.Textarea(attrs={**PLAIN, "rows": 12, "class": "form-control digits"}),
    )
    date_format = forms.ChoiceField(
        label=gettext_lazy("Dates"), choices=[(one, one) for one in DATES]
    )
    per = forms.ChoiceField(
        label=gettext_lazy("A line for"),
        choices=[(key, gettext_lazy(words)) for key, words in LINES.items()],
    )
    unit = forms.TypedChoiceField(
        label=gettext_lazy("Time is rounded up to"), choices=TimeUnitChoice.choices, coerce=int
    )

    def __init__(self, data: Data, options: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(options))
        self._format = options["format"]
        for name in set(self.fields) - set(options):
            del self.fields[name]

    @property
    def options(self) -> dict[str, Any]:
        """The format that is chosen; only after :meth:`is_valid`."""
        return {"format": self._format, **self.cleaned_data}

    @property
    def has_invoices(self) -> bool:
        """Whether it is LEDES."""
        return bool(self._format == LEDES)


def beginnings(saved: list[SavedFormat]) -> list[tuple[str, str]]:
    """What there is to choose from: saved formats first, then templates."""
    return [
        *((str(one.pk), one.name) for one in saved),
        *((key, in_language(name)) for key, (name, _) in TEMPLATES.items()),
    ]
