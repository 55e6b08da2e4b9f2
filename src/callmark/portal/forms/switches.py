"""The rules of account codes, as the account's and a user's settings page show them."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.db.models import BooleanField

from callmark.accounts.models import Account
from callmark.codes.models import SWITCH_NAMES, AccountCodeSettings, SwitchFields
from callmark.codes.services import active_code_count
from callmark.policy.settings import CodeSwitches, may_validate
from callmark.portal.forms.stored import Data, StoredForm

CALL_TYPES = ("international", "directory_assistance", "premium", "other_outside", "toll_free")

HELP = {
    "require_internal": (
        "On: users are asked for an account code on every call to another user of the account. "
        "Off: they can still tag such a call by dialing the star code and an account code during "
        "the call."
    ),
    "validate": (
        "On: the code must be one of the codes on the account. Off: any number is accepted, as "
        "long as it has the right length."
    ),
    "proceed_after_max_retries": (
        "When codes are validated and a caller reaches the max retries: on, the call goes on "
        "without a code; off, the call ends. Users can have their own choice only while this is on."
    ),
    "international": (
        "Calls to another country calling code than the caller's. The US and Canada share one, so "
        "calls between them are not international."
    ),
    "directory_assistance": "Directory assistance (411) and operator assistance (0).",
    "premium": "1-900 numbers and other numbers that cost the caller extra.",
    "other_outside": "All other outside calls, local and long distance.",
    "toll_free": "Calls that are free for the caller, such as 1-800 numbers.",
}

NO_CODES_YET = "Add at least one account code first; there is nothing to check against yet."
PROCEED_OFF_AT_ACCOUNT = (
    "Off at the account, so it is off for everyone. A user can have it only while the account does."
)


class SwitchesForm(StoredForm):
    """A form with one field for each rule of :class:`~callmark.policy.settings.CodeSwitches`."""

    def __init__(
        self, account: Account, data: Data, stored: dict[str, object], *, version: str | int
    ) -> None:
        super().__init__(data, stored, version=version)
        self.has_codes = may_validate(active_code_count(account))
        for name in SWITCH_NAMES:
            column = AccountCodeSettings._meta.get_field(name)
            assert isinstance(column, BooleanField)
            self.fields[name] = forms.BooleanField(
                label=str(column.verbose_name), help_text=HELP[name], required=False
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
