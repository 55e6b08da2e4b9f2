"""The numbers that are known for a code, one in each line."""

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.models import Account
from callmark.calls.parties import international
from callmark.codes.known_numbers import MOST_OF_A_CODE
from callmark.codes.models import AccountCode, KnownNumber
from callmark.policy.numbering.written import e164_written
from callmark.portal.forms.stored import StoredForm


class KnownNumbersForm(StoredForm):
    """The field; what it showed goes with it: others may add and remove numbers meanwhile."""

    account: Account

    # First: what is written is compared with it.
    numbers_shown = forms.CharField(required=False, widget=forms.HiddenInput)
    numbers = forms.CharField(
        label=gettext_lazy("Known numbers"),
        required=False,
        help_text=gettext_lazy("One in each line. Calls to and from them suggest this code."),
        widget=forms.Textarea(attrs={"rows": "3", "spellcheck": "false", "autocomplete": "off"}),
    )

    def clean_numbers_shown(self) -> set[str]:
        """Those that the page showed."""
        return set(self.cleaned_data["numbers_shown"].split())

    def clean_numbers(self) -> set[str]:
        """The numbers in E.164; one that was there stays, also where no plan knows it."""
        shown = {international(one)[0]: one for one in self.cleaned_data["numbers_shown"]}
        lines = [*filter(None, map(str.strip, self.cleaned_data["numbers"].splitlines()))]
        country = self.account.country
        numbers = {line: shown.get(line) or e164_written(line, country) for line in lines}
        if wrong := [line for line, number in numbers.items() if not number]:
            raise forms.ValidationError(
                gettext("“{number}” is no telephone number: write it as +44 20 7946 0000.").format(
                    number=wrong[0][:40]
                )
            )
        if len(numbers) > MOST_OF_A_CODE:
            raise forms.ValidationError(
                gettext("A code can have {most_of_a_code} known numbers.").format(
                    most_of_a_code=MOST_OF_A_CODE
                )
            )
        return set(numbers.values())

    @property
    def numbers_added(self) -> set[str]:
        """New ones; only after :meth:`is_valid`."""
        added: set[str] = self.cleaned_data["numbers"] - self.cleaned_data["numbers_shown"]
        return added

    @property
    def numbers_removed(self) -> set[str]:
        """Those that were taken out."""
        removed: set[str] = self.cleaned_data["numbers_shown"] - self.cleaned_data["numbers"]
        return removed


def initial_numbers(code: AccountCode) -> dict[str, Any]:
    """What the fields show of a code."""
    known = list(KnownNumber.objects.of(code).order_by("e164").values_list("e164", flat=True))
    return {
        "numbers": "\n".join(international(one)[0] for one in known),
        "numbers_shown": " ".join(known),
    }
