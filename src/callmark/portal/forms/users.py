"""The forms of a user: settings, details, and the phones an operator gives."""

from collections.abc import Mapping
from types import EllipsisType
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from callmark import local_formats
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.accounts.services import DEFAULT_SWITCH, person_version
from callmark.codes.default_codes import active_code_called
from callmark.codes.models import (
    NAME_LENGTH,
    AccountCode,
    AccountCodeSettings,
    UserCodeSettings,
)
from callmark.codes.services import user_settings_version
from callmark.languages import LANGUAGES, language_of
from callmark.policy.numbering import examples
from callmark.policy.rules import RULE_NAMES, CodeRules
from callmark.portal.forms.code_rules import (
    PROCEED_OFF_AT_ACCOUNT,
    RulesForm,
    initial_rules,
)
from callmark.portal.forms.countries import country_choices
from callmark.portal.forms.language import language_choices
from callmark.portal.forms.stored import Data, StoredForm

SUGGESTED_CODES = 200


class UserSettingsForm(RulesForm):
    """*Enable account codes* and *Override account level settings* with its rules."""

    enabled = forms.BooleanField(
        label=gettext_lazy("Enable account codes"),
        required=False,
        help_text=gettext_lazy("Calls of this user ask for account codes as set below."),
    )
    override = forms.BooleanField(
        label=gettext_lazy("Override account level settings"),
        required=False,
        help_text=(
            gettext_lazy(
                "Off: this user follows the account's settings, even when they change. On: "
                "the settings below are this user's own."
            )
        ),
    )
    default_code = forms.CharField(
        label=gettext_lazy("Default code"),
        required=False,
        max_length=NAME_LENGTH,
        help_text=(
            gettext_lazy(
                "Used when a call of this user needs a code and nobody can be asked for one, "
                "such as a forwarded call. The name or the digits of an active code; empty: "
                "none."
            )
        ),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "list": "default-codes",
                # What is typed may be a code.
                "data-secret": True,
            }
        ),
    )

    def __init__(
        self,
        account: Account,
        defaults: AccountCodeSettings,
        stored: UserCodeSettings,
        data: Data = None,
    ) -> None:
        self._account = account
        self._defaults = defaults
        self._stored = stored
        version = user_settings_version(stored)
        super().__init__(
            account,
            data,
            _initial(defaults, stored),
            version=version,
            country=stored.user.home_country,
        )
        if not defaults.rules.proceed_after_max_retries:
            self.locked["proceed_after_max_retries"] = str(PROCEED_OFF_AT_ACCOUNT)

    def over(self, stored: UserCodeSettings) -> "UserSettingsForm":
        """The same form over what is stored by now."""
        return UserSettingsForm(self._account, self._defaults, stored)

    def clean_default_code(self) -> AccountCode | EllipsisType | None:
        """The code that is meant; ... while the field says what it said."""
        text = str(self.cleaned_data["default_code"])
        if "default_code" not in self.changed_data:
            return ...
        try:
            return active_code_called(self._account, text) if text else None
        except Refused as refused:
            raise forms.ValidationError(refused.message) from None

    @property
    def suggested_codes(self) -> list[str]:
        """Names to choose a default code from: the first of the active codes."""
        codes = AccountCode.objects.of(self._account).filter(active=True)
        return list(codes.values_list("name", flat=True)[:SUGGESTED_CODES])

    def override_rules(self) -> CodeRules | None:
        """The user's own rules, or None to follow the account; only after :meth:`is_valid`."""
        if not self.cleaned_data["override"]:
            return None
        values = {name: self.cleaned_data[name] for name in RULE_NAMES}
        if "proceed_after_max_retries" in self.locked:
            # A locked rule is not sent: the user's own value waits until the account allows it.
            values["proceed_after_max_retries"] = (
                self._stored.override and self._stored.rules.proceed_after_max_retries
            )
        return CodeRules(**values)


def _initial(defaults: AccountCodeSettings, stored: UserCodeSettings) -> dict[str, object]:
    rules = initial_rules(stored if stored.override else defaults)
    if not defaults.rules.proceed_after_max_retries:
        rules["proceed_after_max_retries"] = False
    return {
        "enabled": stored.enabled,
        "override": stored.override,
        "default_code": stored.default_code.name if stored.default_code else "",
        **rules,
    }


class DetailsForm(StoredForm):
    """Who the user is, and where they dial from."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        error_messages={"required": gettext_lazy("Enter the name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    home_country = forms.ChoiceField(
        label=gettext_lazy("Home country"),
        required=False,
        help_text=gettext_lazy("Numbers are dialed and judged as international from there."),
    )

    def __init__(
        self,
        account: Account,
        data: Data = None,
        user: User | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        stored = {"name": user.name, "home_country": user.home_country} if user else {}
        stored |= more or {}
        super().__init__(data, stored, version=person_version(user) if user else None)
        country = self.fields["home_country"]
        assert isinstance(country, forms.ChoiceField)
        own = gettext("The account's ({country})").format(
            country=local_formats.country(account.country)
        )
        country.choices = [("", own), *country_choices()]


class UserDetailsForm(DetailsForm):
    """... and which language they read and hear; of somebody who is there already."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        help_text=gettext_lazy("Of the prompts they hear, and of their pages and mails."),
    )

    def __init__(self, account: Account, data: Data, user: User) -> None:
        super().__init__(account, data, user, {"language": user.language})
        own = gettext("The account's ({language})").format(
            language=LANGUAGES.get(language_of(account), "")
        )
        self.fields["language"].choices = language_choices(own)  # type: ignore[attr-defined]


class EndpointForm(forms.Form):
    """How the switch calls a phone, or a trunk."""

    endpoint = forms.RegexField(
        r"^[!-~]{1,80}$",
        label=gettext_lazy("Endpoint"),
        help_text=gettext_lazy("Its name on the switch: acme-101, say; on FreeSWITCH user@domain."),
        error_messages={
            "required": gettext_lazy("Enter its name on the switch."),
            "invalid": gettext_lazy("Write it as on the switch, without spaces."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off"}),
    )
    switch = forms.RegexField(
        r"^[A-Za-z0-9_-]{1,40}$",
        label=gettext_lazy("Switch"),
        initial=DEFAULT_SWITCH,
        help_text=gettext_lazy("Its name in the switch's configuration."),
        error_messages={"invalid": gettext_lazy("Use letters, digits, - and _.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off"}),
    )


class ExtensionForm(EndpointForm):
    """What colleagues dial, and the phone it is on."""

    number = forms.RegexField(
        r"^[0-9]{1,10}$",
        label=gettext_lazy("Extension"),
        error_messages={
            "required": gettext_lazy("Enter the extension."),
            "invalid": gettext_lazy("Use up to 10 digits."),
        },
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    field_order = ("number", "endpoint", "switch")


class TrunkEndpointForm(EndpointForm):
    """The endpoint of a SIP trunk, which has no extension."""

    def clean(self) -> dict[str, Any]:
        """With the number that a trunk has."""
        return {**(super().clean() or {}), "number": ""}


class TrunkForm(EndpointForm, DetailsForm):
    """A SIP trunk to add, with its endpoint."""

    field_order = ("name", "endpoint", "switch", "home_country")


class NumberForm(forms.Form):
    """An outside number."""

    e164 = forms.RegexField(
        r"^\+[1-9][0-9]{5,14}$",
        label=gettext_lazy("Number"),
        error_messages={"required": gettext_lazy("Enter the number.")},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def __init__(self, data: Data = None, *, country: str) -> None:
        super().__init__(data)
        example = examples(country).number
        number = self.fields["e164"]
        number.help_text = gettext("With + and country code, such as {example}.").format(
            example=example
        )
        number.error_messages["invalid"] = gettext(
            "Write the number with + and country code: {example}."
        ).format(example=example)
