"""The rules of account codes, as the account's and a user's settings page show them."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from callmark.accounts.models import Account
from callmark.codes.models import RuleFields
from callmark.codes.use import usable_code_count
from callmark.languages import in_language
from callmark.policy.rules import RULE_NAMES, RULES, CodeRules
from callmark.policy.settings import may_validate
from callmark.portal.forms.stored import Data, StoredForm

NO_CODES_YET = gettext_lazy(
    "Add at least one account code first; there is nothing to check against yet."
)
PROCEED_OFF_AT_ACCOUNT = gettext_lazy(
    "Off at the account, so it is off for everyone. A user can have it only while the account does."
)


class RulesForm(StoredForm):
    """A form with one field for each rule of :class:`~callmark.policy.rules.CodeRules`."""

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
        self.has_codes = may_validate(usable_code_count(account, at_most=1))
        for rule in RULES:
            self.fields[rule.name] = forms.BooleanField(
                label=in_language(rule.label),
                help_text=in_language(rule.help_for(country or account.country, account.star_code)),
                required=False,
            )
        # Why a rule cannot be changed, by name; the page shows it in place of a dead control.
        self.locked: dict[str, str] = {}
        if not self.has_codes:
            self.locked["validate"] = str(NO_CODES_YET)

    def clean(self) -> dict[str, Any]:
        """Say at once what the service would refuse in the end."""
        cleaned = super().clean() or {}
        if cleaned.get("validate") and not self.has_codes:
            self.add_error("validate", str(NO_CODES_YET))
        return cleaned

    @property
    def call_types(self) -> list[forms.BoundField]:
        """The rules of *Calls requiring account codes*, in their order on the page."""
        return [self[rule.name] for rule in RULES if rule.is_call_type]

    def rules(self) -> CodeRules:
        """The rules as entered; only after :meth:`is_valid`."""
        return CodeRules(**{name: self.cleaned_data[name] for name in RULE_NAMES})


def initial_rules(stored: RuleFields) -> dict[str, bool]:
    """The stored rules as a form's starting values."""
    return asdict(stored.rules)
