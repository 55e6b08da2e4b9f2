"""Find-and-replace of a code: which is wrong, which is right, and on which calls."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.refused import Refused
from callmark.calls.calendars import calendar_of
from callmark.calls.filters import CallFilter
from callmark.calls.periods import Preset, period_of
from callmark.codes.default_codes import active_code_called
from callmark.codes.models import AccountCode
from callmark.keys.installed import keyring
from callmark.portal.forms.calls import PERIODS
from callmark.portal.pages import Here

_CODE = {"autocomplete": "off", "spellcheck": "false", "list": "code-names", "data-secret": ""}
_HELP = gettext_lazy("Its name as in the list of codes, or its digits.")


class ReplaceForm(forms.Form):
    """Both codes by name or digits: what is typed travels in the body, never in an address."""

    wrong = forms.CharField(
        label=gettext_lazy("Wrong code"),
        max_length=100,
        help_text=_HELP,
        widget=forms.TextInput(attrs=_CODE),
    )
    right = forms.CharField(
        label=gettext_lazy("Right code"),
        max_length=100,
        help_text=_HELP,
        widget=forms.TextInput(attrs=_CODE),
    )
    period = forms.ChoiceField(
        label=gettext_lazy("Calls of"),
        required=False,
        choices=[one for one in PERIODS if one[0] != "custom"],
    )

    def __init__(self, here: Here, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"period": Preset.THIS_MONTH.value})
        self._here = here
        self.old: AccountCode
        self.new: AccountCode

    def clean(self) -> dict[str, Any]:
        """Two different codes of the account; the right one active."""
        cleaned = super().clean() or {}
        account = self._here.account
        if cleaned.get("wrong"):
            try:
                self.old = _code_called(self._here, cleaned["wrong"])
            except Refused as refused:
                self.add_error("wrong", refused.message)
        if cleaned.get("right"):
            try:
                self.new = active_code_called(account, cleaned["right"])
            except Refused as refused:
                self.add_error("right", refused.message)
        if not self.errors and self.old == self.new:
            self.add_error("right", gettext("Choose two different codes."))
        return cleaned

    def within(self) -> CallFilter:
        """The calls to look at; only of a valid form."""
        calendar = calendar_of(self._here.account)
        period = period_of(self.cleaned_data["period"], calendar, timezone.now())
        return CallFilter(since=period.since, until=period.until, simulated=False)


def _code_called(here: Here, text: str) -> AccountCode:
    """A code with these digits or this name, an inactive one, too."""
    codes = AccountCode.objects.of(here.account)
    lookups = keyring().lookups(here.account.pk, text.strip())
    found = list(codes.filter(code_lookup__in=lookups)[:1])
    found = found or list(codes.filter(name__iexact=text.strip())[:2])
    if len(found) > 1:
        raise Refused(gettext("Several codes have this name: enter the digits instead."), "wrong")
    if not found:
        raise Refused(gettext("No code has this name or these digits."), "wrong")
    return found[0]
