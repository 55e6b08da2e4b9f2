"""Forms of Account > Account Codes: first time, settings, and the dialogs that save them."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from callmark.codes.models import AccountCodeSettings, SeparatorChoice, UnaskedChoice
from callmark.codes.services import SettingsChange
from callmark.policy.prompt_options import KEPT_MINUTES, PromptOptions
from callmark.policy.rules import STARTS
from callmark.policy.settings import CODE_LENGTHS, MAX_RETRIES, Unasked
from callmark.portal.forms.code_rules import RulesForm, initial_rules
from callmark.portal.forms.stored import Data

RETRIES_LABEL = gettext_lazy("Max retries to validate code")


def retries_field(help_text: Any) -> forms.IntegerField:  # noqa: ANN401
    """The field *Max retries to validate code*."""
    return forms.IntegerField(
        label=RETRIES_LABEL,
        min_value=MAX_RETRIES[0],
        max_value=MAX_RETRIES[-1],
        help_text=help_text,
        error_messages={
            "required": gettext_lazy("Enter how many tries a caller has, 1 to 9."),
            "invalid": gettext_lazy("Enter a whole number from 1 to 9."),
            "min_value": gettext_lazy("Enter a whole number from 1 to 9."),
            "max_value": gettext_lazy("Enter a whole number from 1 to 9."),
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class FirstTimeForm(forms.Form):
    """The very first time: only the two fields."""

    code_length = forms.IntegerField(
        label=gettext_lazy("Account code length"),
        min_value=CODE_LENGTHS[0],
        max_value=CODE_LENGTHS[-1],
        help_text=(
            gettext_lazy(
                "Number of digits (3 to 7) that every code on this account will have. This "
                "setting cannot be changed later: it is forever, so choose a length for the "
                "long term. 3 digits make room for 1,000 codes, 4 for 10,000, each further "
                "digit for ten times as many; longer codes are harder to guess."
            )
        ),
        error_messages={
            "required": gettext_lazy("Enter the number of digits, 3 to 7."),
            "invalid": gettext_lazy("Enter a whole number from 3 to 7."),
            "min_value": gettext_lazy("Account codes have at least 3 digits."),
            "max_value": gettext_lazy("Account codes have at most 7 digits."),
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    max_retries = retries_field(
        gettext_lazy(
            "How many times (1 to 9) a caller can enter a wrong code on one call. 3 to 5 is usual."
        )
    )


class AccountSettingsForm(RulesForm):
    """*Account Codes Settings*: whether account codes are allowed, the rules and the call types."""

    allowed = forms.BooleanField(
        label=gettext_lazy("Allow account codes"),
        required=False,
        help_text=(
            gettext_lazy(
                "Once this is on and saved, account codes can be turned on or off for each user."
            )
        ),
    )
    max_retries = retries_field(
        gettext_lazy(
            "How many times (1 to 9) a caller can enter a wrong code on one call. 3 to 5 is usual."
        )
    )
    unasked = forms.TypedChoiceField(
        label=gettext_lazy("When nobody can be asked for a code"),
        choices=UnaskedChoice.choices,
        coerce=Unasked,
        empty_value=None,
        required=False,
        help_text=(
            gettext_lazy(
                "Some calls need a code, and nobody is there to enter one: a call is "
                "transferred to an outside number, a phone forwards its calls, a call comes "
                "from a phone that no user has. A default code of the user is taken first. "
                "The call history lists what is let through under Let through: nobody could "
                "be asked."
            )
        ),
    )
    decline = forms.BooleanField(
        label=gettext_lazy("Pound key (#) for no code"),
        required=False,
        help_text=(
            gettext_lazy(
                "On: a caller who presses # alone at the prompt goes on without a code. The "
                "call is in the history as declined, and is not among the calls to assign."
            )
        ),
    )
    same_code = forms.BooleanField(
        label=gettext_lazy("Star key (*) for the same code as on the last call"),
        required=False,
        help_text=(
            gettext_lazy(
                "On: a caller who presses * at the prompt enters the code that they entered "
                "last, in the past 30 days. It must still be one that they may use on this "
                "call; where there is none, they hear that the entry is invalid. With this "
                "on, the first key is waited for by itself: callers who type very fast may "
                "have to repeat an entry."
            )
        ),
    )
    separator = forms.ChoiceField(
        label=gettext_lazy("Number and code in one go"),
        choices=[("", gettext_lazy("Off")), *SeparatorChoice.choices],
        required=False,
        help_text=(
            gettext_lazy(
                "A caller may dial the number and the code together, with this between them, "
                "and is not asked. Callmark keeps the code out of the number in its history, "
                "messages and logs. The switch's own call records and the phone's redial "
                "list keep all that was dialed: the code can be read there. Write the "
                "switch's dialplan anew after a change. Emergency numbers are recognized "
                "whatever is dialed behind them."
            )
        ),
    )
    kept_minutes = forms.IntegerField(
        label=gettext_lazy("Keep a code for (minutes)"),
        min_value=0,
        max_value=KEPT_MINUTES[-1],
        required=False,
        help_text=(
            gettext_lazy(
                "So many minutes (at most 480) after a user has entered a code, their calls "
                "that need one go on with it, and they are not asked. 0: they are asked on "
                "every call. They are asked again as soon as the code may not be used on a "
                "call, when they are locked out, and when these settings or their own are "
                "saved."
            )
        ),
        error_messages={
            "invalid": gettext_lazy("Enter a whole number from 0 to 480."),
            "min_value": gettext_lazy("Enter a whole number from 0 to 480."),
            "max_value": gettext_lazy("Enter a whole number from 0 to 480."),
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, settings: AccountCodeSettings, data: Data = None, *, start: str = ""
    ) -> None:
        """``start``: a starting point whose rules are proposed; as long as nothing was saved."""
        super().__init__(settings.account, data, _stored(settings), version=settings.version)
        self.start = start if start in STARTS and not settings.allowed else ""
        if self.start:
            self.initial.update({"allowed": True, **asdict(STARTS[start].rules)})
            self.initial["decline"] = STARTS[start].declines
            self.initial["validate"] = self.initial["validate"] and self.has_codes
        # Needed only while the settings are saved, not when they are turned off.
        self.fields["max_retries"].required = False
        self._stored_retries = settings.max_retries

    def clean(self) -> dict[str, Any]:
        """Retries can be left empty when the settings are turned off."""
        cleaned = super().clean() or {}
        if "max_retries" not in self.errors and cleaned.get("max_retries") is None:
            if cleaned.get("allowed"):
                self.add_error("max_retries", gettext("Enter how many tries a caller has, 1 to 9."))
            cleaned["max_retries"] = self._stored_retries
        return cleaned

    def change(self) -> SettingsChange:
        """What the services save; only after :meth:`is_valid`."""
        chosen = self.cleaned_data
        options = PromptOptions(
            decline=chosen["decline"],
            same_code=chosen["same_code"],
            separator=chosen["separator"],
            kept_minutes=chosen["kept_minutes"] or 0,
        )
        return SettingsChange(chosen["max_retries"], self.rules(), chosen["unasked"], options)


def _stored(settings: AccountCodeSettings) -> dict[str, object]:
    return {
        "allowed": settings.allowed,
        "max_retries": settings.max_retries,
        "unasked": settings.unasked,
        **asdict(settings.options),
        **initial_rules(settings),
    }


class SaveChoiceForm(forms.Form):
    """The dialog *Save Account Codes*: who gets the feature."""

    enable_everyone = forms.TypedChoiceField(
        choices=(("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))),
        coerce=lambda value: value == "yes",
        error_messages={"required": gettext_lazy("Choose Yes or No.")},
    )


class TurnOffForm(forms.Form):
    """The dialog that turns account codes off."""

    delete_custom_settings = forms.BooleanField(
        label=gettext_lazy("Delete custom user settings"), required=False
    )
