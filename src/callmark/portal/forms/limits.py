"""The form of a limit. What goes together is the service's to judge."""

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.calls.limits import limit_version
from callmark.calls.models import (
    CallLimit,
    LimitOfChoice,
    LimitPerChoice,
    LimitUnitChoice,
    WhenReachedChoice,
)
from callmark.calls.models.limits import LIMITED_TYPES, MOST
from callmark.codes.default_codes import active_code_called
from callmark.codes.models import NAME_LENGTH
from callmark.codes.names import ENTER_A_NAME
from callmark.portal.forms.numbers import WholeNumber
from callmark.portal.forms.stored import Data, StoredForm
from callmark.portal.forms.test_call import UserWithExtensionField

_TYPES = [
    ("", gettext_lazy("All outside calls")),
    *((one.value, one.label) for one in LIMITED_TYPES),
]
_SENT = ("name", "scope", "call_type", "amount", "unit", "per", "warn_at", "then")


class LimitForm(StoredForm):
    """Whose calls, how much in which period, and what then."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("For example “Calls abroad”."),
        error_messages={"required": ENTER_A_NAME},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(label=gettext_lazy("Whose calls"), choices=LimitOfChoice.choices)
    user = UserWithExtensionField(
        queryset=User.objects.none(),
        label=gettext_lazy("Which user"),
        required=False,
        empty_label=gettext_lazy("None"),
        help_text=gettext_lazy("For the budget of one user."),
    )
    code = forms.CharField(
        label=gettext_lazy("Which account code"),
        required=False,
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("For the budget of one code: its name or digits."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "data-secret": True}
        ),
    )
    call_type = forms.ChoiceField(
        label=gettext_lazy("Type of calls"),
        required=False,
        choices=_TYPES,
        help_text=gettext_lazy("For a limit of an hour or a day."),
    )
    amount = WholeNumber(
        label=gettext_lazy("At most"),
        min_value=1,
        max_value=MOST,
        error_messages={"required": gettext_lazy("Enter how much may be called.")},
    )
    unit = forms.ChoiceField(label=gettext_lazy("Of"), choices=LimitUnitChoice.choices)
    per = forms.ChoiceField(label=gettext_lazy("In"), choices=LimitPerChoice.choices)
    warn_at = WholeNumber(
        label=gettext_lazy("Warn at percent"),
        min_value=1,
        max_value=100,
        help_text=gettext_lazy("Administrators get a mail, and webhooks a message; again at 100."),
    )
    then = forms.ChoiceField(
        label=gettext_lazy("When it is reached"), choices=WhenReachedChoice.choices
    )

    def __init__(self, account: Account, data: Data = None, limit: CallLimit | None = None) -> None:
        stored: dict[str, Any] = {}
        if limit is not None:
            stored = {name: getattr(limit, name) for name in _SENT}
            stored |= {"user": limit.user_id, "code": limit.code.name if limit.code else ""}
        version = limit_version(limit) if limit else None
        super().__init__(data, stored, version=version)
        self._account, self._limit = account, limit
        if limit is None:
            self.fields["warn_at"].initial = 80
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ChoiceField)
        money = account.currency or gettext("money")
        unit.choices = [
            (value, money if value == LimitUnitChoice.MONEY else label)
            for value, label in LimitUnitChoice.choices
        ]
        users = self.fields["user"]
        assert isinstance(users, forms.ModelChoiceField)
        people = User.objects.of(account).filter(is_active=True)
        users.queryset = people.prefetch_related("extensions").order_by("name", "pk")

    def values(self) -> dict[str, Any]:
        """What the service takes; only after :meth:`is_valid`. Raises :class:`Refused`."""
        values = {name: self.cleaned_data[name] for name in (*_SENT, "user")}
        return values | {"code": self._code(self.cleaned_data["code"])}

    def _code(self, text: str) -> Any:  # noqa: ANN401
        kept = self._limit.code if self._limit else None
        if not text or (kept is not None and kept.name == text):
            return kept if text else None
        try:
            return active_code_called(self._account, text)
        except Refused as refused:
            raise Refused(refused.message, "code") from None
