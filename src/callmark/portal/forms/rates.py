"""What an account's rates are entered with: a version's details, its rates, a call to try."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.forms.formsets import BaseFormSet
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from callmark.accounts.currencies import CURRENCIES, currency_name
from callmark.calls.models import CallTypeChoice
from callmark.policy.rating import INBOUND, Per, Rate, Rounding
from callmark.portal.forms.dates import DAY_INPUT
from callmark.portal.forms.numbers import WholeNumber
from callmark.portal.forms.stored import Checks
from callmark.tariffs.models import NAME_LENGTH, RoundingChoice, Tariff
from callmark.tariffs.services import NewVersion
from callmark.tariffs.texts import DAYS, FIELDS, read_rate, write_rate

MOST_ON_PAGE = 100
"""Rates that are edited on the page; more in a spreadsheet."""
BLANK = 2
_PREFIX = "prefix"
KINDS: tuple[tuple[str, Any], ...] = (
    (_PREFIX, gettext_lazy("numbers that begin with")),
    *CallTypeChoice.choices,
    (INBOUND, gettext_lazy("Inbound")),
    ("", gettext_lazy("all other calls")),
)


def currency_choices() -> list[tuple[str, str]]:
    """All currencies by their codes, with their names."""
    named = ((code, f"{code} ({currency_name(code)})") for code in CURRENCIES)
    return [("", gettext("Choose a currency")), *named]


class CurrencyForm(forms.Form):
    """What the account is billed in."""

    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        choices=currency_choices,
        help_text=gettext_lazy("It stays, once calls have been charged in it."),
    )


class VersionForm(forms.Form):
    """A version's details, without its rates."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)
    valid_from = forms.DateField(
        label=gettext_lazy("For calls from"),
        required=False,
        widget=DAY_INPUT,
        help_text=gettext_lazy("Empty: for all calls, however old."),
    )
    rounding = forms.ChoiceField(
        label=gettext_lazy("Round each call"), choices=RoundingChoice.choices
    )
    decimals = WholeNumber(label=gettext_lazy("To decimals"), min_value=0, max_value=6)
    mark_up = forms.DecimalField(
        label=gettext_lazy("Mark-up, %"),
        min_value=0,
        max_value=1000,
        decimal_places=2,
        help_text=gettext_lazy(
            "0 passes on what calls cost. A law firm may charge its clients no more than "
            "the actual cost of a call (ABA Formal Opinion 93-379)."
        ),
    )
    upon = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def is_upon(self, number: int) -> None:
        """What was entered is for the version after this one."""
        self.data = {**self.data, "upon": str(number)}

    @staticmethod
    def first_values(tariff: Tariff | None, decimals: int) -> dict[str, Any]:
        """What the form begins with: the version that is edited."""
        if tariff is None:
            return {
                "name": gettext("Rates"),
                "rounding": RoundingChoice.HALF_UP,
                "decimals": decimals,
                "mark_up": 0,
                "upon": 0,
            }
        names = ("name", "valid_from", "rounding", "decimals", "mark_up")
        return {name: getattr(tariff, name) for name in names} | {"upon": tariff.number}

    def version(self, currency: str, rates: Iterable[Rate]) -> NewVersion:
        """What is to be made; only after :meth:`is_valid`."""
        found = self.cleaned_data
        return NewVersion(
            name=found["name"],
            currency=currency,
            rates=list(rates),
            valid_from=found["valid_from"],
            decimals=found["decimals"],
            rounding=Rounding(found["rounding"]),
            mark_up=found["mark_up"],
        )


def _text(label: object, length: int = 20, hint: object = "", **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(
        label=cast(str, label),
        max_length=length,
        required=False,
        help_text=cast(str, hint),
        widget=widget,
    )


def _number(label: object, hint: object = "") -> forms.CharField:
    return _text(label, 20, hint, inputmode="decimal")


class RateForm(forms.Form):
    """One rate. Its values are texts, as in a list of rates."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Calls"), choices=KINDS, required=False, initial=_PREFIX
    )
    # A form has a prefix of its own.
    begins_with = _text(gettext_lazy("Begins with"), 20, placeholder="+44")
    label = _text(gettext_lazy("Name"), 100)
    price = _number(gettext_lazy("Price"))
    per = forms.ChoiceField(
        label=pgettext_lazy("a price", "Per"),
        choices=(
            (Per.MINUTE.value, pgettext_lazy("a price per", "minute")),
            (Per.BLOCK.value, pgettext_lazy("a price per", "step")),
        ),
        initial=Per.MINUTE.value,
    )
    block_seconds = _number(
        gettext_lazy("Seconds per step"), gettext_lazy("60: each started minute counts.")
    )
    connection_fee = _number(gettext_lazy("Connection fee"))
    first_seconds = _number(
        gettext_lazy("Seconds of the first step"), gettext_lazy("If it is longer or shorter.")
    )
    first_price = _number(gettext_lazy("Price of the first step"), gettext_lazy("In all."))
    free_below = _number(gettext_lazy("Free below (seconds)"))
    minimum = _number(gettext_lazy("At least"))
    maximum = _number(gettext_lazy("At most"))
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("Days"),
        choices=[(name, WEEKDAYS[day]) for day, name in enumerate(DAYS)],
        required=False,
        help_text=gettext_lazy("None: every day."),
        widget=Checks(attrs={"class": "form-check-input"}),
    )
    begins = _text(gettext_lazy("From hour"), 5, gettext_lazy("Such as 18:00."))
    ends = _text(gettext_lazy("To hour"), 5)
    valid_from = forms.CharField(label=gettext_lazy("First day"), required=False, widget=DAY_INPUT)
    valid_until = forms.CharField(label=gettext_lazy("Last day"), required=False, widget=DAY_INPUT)
    mark_up = _number(gettext_lazy("Mark-up, %"), gettext_lazy("Empty: the version's."))

    rate: Rate | None = None

    def clean(self) -> dict[str, Any]:
        """The rate that the texts say; what is wrong stands beside its field."""
        cleaned = super().clean() or {}
        values = {name: str(cleaned.get(name) or "") for name in FIELDS}
        values["prefix"] = str(cleaned.get("begins_with") or "")
        values["weekdays"] = " ".join(cleaned.get("weekdays", ()))
        kind = cleaned.get("kind", _PREFIX)
        if kind == _PREFIX and not values["prefix"]:
            self.add_error(
                "begins_with", gettext("Write the beginning of the number, or choose other calls.")
            )
            return cleaned
        values |= {"call_type": ""} if kind == _PREFIX else {"prefix": "", "call_type": kind}
        self.rate, problems = read_rate(values)
        for one in problems:
            field = "begins_with" if one.field == "prefix" else one.field
            self.add_error(field if field in self.fields else None, one.message)
        return cleaned

    @property
    def more(self) -> list[forms.BoundField]:
        """The fields that few rates need."""
        names = FIELDS[FIELDS.index("connection_fee") :]
        usual = {"block_seconds", "price", "per"}
        return [self[name] for name in names if name not in usual]

    @property
    def says_more(self) -> bool:
        """Whether any of them is filled in, or wrong."""
        return any(bound.value() or bound.errors for bound in self.more)


def first_texts(rate: Rate) -> dict[str, Any]:
    """What a rate's form begins with."""
    kind = _PREFIX if rate.prefix else rate.call_type
    texts: dict[str, Any] = write_rate(rate)
    days = texts["weekdays"].split()
    return texts | {"kind": kind, "begins_with": rate.prefix, "weekdays": days}


if TYPE_CHECKING:
    _RateForms = BaseFormSet[RateForm]
else:  # Django's formsets are generic for type checkers only.
    _RateForms = BaseFormSet


class Rates(_RateForms):
    """All rates of a version, those that are not removed or left empty."""

    def rates(self) -> list[Rate]:
        """Only after :meth:`is_valid`."""
        removed = self.deleted_forms
        return [one.rate for one in self.forms if one.rate is not None and one not in removed]


RatesForm = cast(
    "type[Rates]",
    forms.formset_factory(
        RateForm, formset=Rates, extra=BLANK, can_delete=True, max_num=MOST_ON_PAGE + 10
    ),
)


class TryForm(forms.Form):
    """A call that nobody has placed."""

    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=80,
        help_text=gettext_lazy("As your users dial it."),
    )
    seconds = WholeNumber(label=gettext_lazy("Seconds of talk"), min_value=0, max_value=86_400)
    at = forms.DateTimeField(
        label=gettext_lazy("When"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )

    def clean_number(self) -> str:
        """No number at all would be charged by the rate for all other calls."""
        number = str(self.cleaned_data["number"])
        if not any(one.isdecimal() for one in number):
            raise forms.ValidationError(gettext("Write a number, with digits."))
        return number

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "TryForm":
        """The form of a page that is opened: with the call that it asks for, if any."""
        if "number" in data:
            return cls(data)
        return cls(initial={"seconds": 180, "at": timezone.localtime()})


class RateAgainForm(forms.Form):
    """From which day calls are rated again."""

    since = forms.DateField(
        label=gettext_lazy("Calls from"),
        required=False,
        widget=DAY_INPUT,
        help_text=gettext_lazy("Empty: all of open months."),
    )


class RateListForm(forms.Form):
    """A list of rates, in one of two ways."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Or paste the list"),
        required=False,
        strip=False,
        max_length=1_000_000,
        widget=forms.Textarea(attrs={"rows": "6", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Begin with a line that names the columns, such as: name,prefix,type,price"
        ),
    )

    def clean(self) -> dict[str, Any]:
        """A file or a text."""
        cleaned = super().clean() or {}
        file, text = cleaned.get("file"), (cleaned.get("text") or "").strip()
        if not self.errors and bool(file) == bool(text):
            self.add_error("file", gettext("Choose a file or paste a list, one of both."))
        elif file and (file.size or 0) > 4_000_000:
            self.add_error("file", gettext("The file is too large: send files of at most 4 MB."))
        return cleaned

    def content(self) -> bytes:
        """The list; only of a valid form."""
        file = self.cleaned_data["file"]
        data: bytes = file.read() if file else self.cleaned_data["text"].encode()
        return data
