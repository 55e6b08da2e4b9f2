"""The rules of account codes, as the account's and a user's settings page show them."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.db.models import BooleanField

from callmark.accounts.models import Account
from callmark.codes.models import SWITCH_NAMES, AccountCodeSettings, SwitchFields
from callmark.codes.services import active_code_count
from callmark.policy.numbering import Examples, examples
from callmark.policy.settings import CodeSwitches, may_validate
from callmark.portal.forms.stored import Data, StoredForm

CALL_TYPES = ("international", "directory_assistance", "premium", "other_outside", "toll_free")


def help_texts(country: str, star_code: str) -> dict[str, str]:
    """What stands beside each rule, with examples of the country that calls are made from."""
    here = examples(country)
    return {
        "require_internal": (
            "On: users are asked for an account code on every call to another user of the account. "
            f"Off: they can still tag such a call by dialing the star code ({star_code}) and an "
            "account code during the call."
        ),
        "validate": (
            "On: the code must be one of the codes on the account. Off: any number is accepted, as "
            "long as it has the right length."
        ),
        "proceed_after_max_retries": (
            "When codes are validated and a caller reaches the max retries: on, the call goes "
            "through without a code; off, the call ends. Users can have their own choice only "
            "while this is on."
        ),
        "international": (
            f"Calls to another country calling code than the caller's (+{here.calling_code}). "
            f"{_who_shares(here)}"
        ).strip(),
        "directory_assistance": (
            f"Directory assistance{_in_brackets(here.directory)} "
            f"and operator assistance{_in_brackets(here.operator)}."
        ),
        "premium": (
            f"{here.premium} numbers and other numbers that cost the caller extra."
            if here.premium
            else "Numbers that cost the caller extra."
        ),
        "other_outside": "All other outside calls, local and long distance.",
        "toll_free": "Calls that are free for the caller"
        + (f", such as {here.toll_free} numbers." if here.toll_free else "."),
    }


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""


def _who_shares(here: Examples) -> str:
    """Whose numbers are not international although they are another country's."""
    if here.calling_code == 1:
        return "The US and Canada share one, so calls between them are not international."
    if not here.shares_code_with:
        return ""
    names = ", ".join(here.shares_code_with)
    return f"Shared with {names}: calls there are not international."


NO_CODES_YET = "Add at least one account code first; there is nothing to check against yet."
PROCEED_OFF_AT_ACCOUNT = (
    "Off at the account, so it is off for everyone. A user can have it only while the account does."
)


class SwitchesForm(StoredForm):
    """A form with one field for each rule of :class:`~callmark.policy.settings.CodeSwitches`."""

    def __init__(
        self,
        account: Account,
        data: Data,
        stored: dict[str, object],
        *,
        version: str | int,
        country: str = "",
    ) -> None:
        super().__init__(data, stored, version=version)
        texts = help_texts(country or account.country, account.star_code)
        self.has_codes = may_validate(active_code_count(account))
        for name in SWITCH_NAMES:
            column = AccountCodeSettings._meta.get_field(name)
            assert isinstance(column, BooleanField)
            self.fields[name] = forms.BooleanField(
                label=str(column.verbose_name), help_text=texts[name], required=False
            )
        # Why a rule cannot be changed, by name; the page shows it in place of a dead control.
        self.locked: dict[str, str] = {}
        if not self.has_codes:
            self.locked["validate"] = NO_CODES_YET

    def clean(self) -> dict[str, Any]:
        """Say at once what the service would refuse in the end."""
        cleaned = super().clean() or {}
        if cleaned.get("validate") and not self.has_codes:
            self.add_error("validate", NO_CODES_YET)
        return cleaned

    @property
    def call_types(self) -> list[forms.BoundField]:
        """The rules of *Calls requiring account codes*, in their order on the page."""
        return [self[name] for name in CALL_TYPES]

    def switches(self) -> CodeSwitches:
        """The rules as entered; only after :meth:`is_valid`."""
        return CodeSwitches(**{name: self.cleaned_data[name] for name in SWITCH_NAMES})


def initial_switches(stored: SwitchFields) -> dict[str, bool]:
    """The stored rules as a form's starting values."""
    return asdict(stored.switches)
