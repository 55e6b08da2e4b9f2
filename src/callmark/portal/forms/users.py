"""The form of a user's Settings tab."""

from django import forms

from callmark.accounts.models import Account
from callmark.codes.models import SWITCH_NAMES, AccountCodeSettings, UserCodeSettings
from callmark.policy.settings import CodeSwitches
from callmark.portal.forms.switches import (
    PROCEED_OFF_AT_ACCOUNT,
    Data,
    SwitchesForm,
    initial_switches,
)


class UserSettingsForm(SwitchesForm):
    """*Enable account codes* and *Override account level settings* with its switches."""

    enabled = forms.BooleanField(
        label="Enable account codes",
        required=False,
        help_text="Calls of this user ask for account codes as set below.",
    )
    override = forms.BooleanField(
        label="Override account level settings",
        required=False,
        help_text=(
            "Off: this user follows the account's settings, also when they change. "
            "On: the settings below are this user's own."
        ),
    )
    # Without scripts the greyed-out switches are not sent: this says whether they were editable.
    editing = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        account: Account,
        defaults: AccountCodeSettings,
        stored: UserCodeSettings,
        data: Data = None,
    ) -> None:
        self._defaults = defaults
        self._stored = stored
        super().__init__(account, data, _initial(defaults, stored))
        if not defaults.proceed_after_max_retries:
            self.locked["proceed_after_max_retries"] = PROCEED_OFF_AT_ACCOUNT

    def override_switches(self) -> CodeSwitches | None:
        """The user's own switches, or None to follow the account; only after :meth:`is_valid`."""
        if not self.cleaned_data["override"]:
            return None
        if not self.cleaned_data["editing"]:
            return self._defaults.switches
        values = {name: self.cleaned_data[name] for name in SWITCH_NAMES}
        if "proceed_after_max_retries" in self.locked:
            # A locked switch is not sent: the user's own value waits until the account allows it.
            values["proceed_after_max_retries"] = (
                self._stored.override and self._stored.proceed_after_max_retries
            )
        return CodeSwitches(**values)


def _initial(defaults: AccountCodeSettings, stored: UserCodeSettings) -> dict[str, object]:
    switches = initial_switches(stored if stored.override else defaults)
    if not defaults.proceed_after_max_retries:
        switches["proceed_after_max_retries"] = False
    return {
        "enabled": stored.enabled,
        "override": stored.override,
        "editing": stored.override,
        **switches,
    }
