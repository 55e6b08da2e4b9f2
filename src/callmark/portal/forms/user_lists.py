"""What is asked of the list of users. What is unknown is as if it were not sent."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy

from callmark.codes.user_lists import CodesOf, UserFilter, UserKind
from callmark.portal.chip import Chip

_CODES = {
    CodesOf.ON: gettext_lazy("On"),
    CodesOf.OFF: gettext_lazy("Off"),
    CodesOf.CUSTOM: gettext_lazy("Custom settings"),
}
_PHONES = {"yes": gettext_lazy("With a phone"), "no": gettext_lazy("Without a phone")}
_KINDS = {UserKind.USER: gettext_lazy("People"), UserKind.TRUNK: gettext_lazy("SIP trunks")}
_STATES = {"yes": gettext_lazy("Active"), "no": gettext_lazy("Deactivated")}


def _choice(words: Mapping[Any, str | Promise], **options: Any) -> forms.ChoiceField:  # noqa: ANN401
    choices = [("", gettext_lazy("All")), *((str(value), text) for value, text in words.items())]
    return forms.ChoiceField(**options, required=False, choices=choices)


class UserFilterForm(forms.Form):
    """Which users to show; every field may be left empty."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=100)
    codes = _choice(_CODES, label=gettext_lazy("Account codes"))
    phone = _choice(_PHONES, label=gettext_lazy("Phone"))
    kind = _choice(_KINDS, label=gettext_lazy("Kind"))
    active = _choice(_STATES, label=gettext_lazy("State"))

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.is_valid()
        self.asked: dict[str, str] = {
            name: value for name in self.fields if (value := self.cleaned_data.get(name, ""))
        }

    @property
    def menus(self) -> list[forms.BoundField]:
        """The fields to choose from."""
        return [self[name] for name in self.fields if name != "q"]

    @property
    def question(self) -> str:
        """The address's query for the same list from its beginning."""
        return urlencode(self.asked)

    def chosen(self) -> UserFilter:
        """What was asked for."""
        yes_or_no = {"yes": True, "no": False}
        asked = self.asked
        return UserFilter(
            text=asked.get("q", ""),
            codes=CodesOf(asked["codes"]) if "codes" in asked else None,
            has_phone=yes_or_no.get(asked.get("phone", "")),
            kind=UserKind(asked["kind"]) if "kind" in asked else None,
            active=yes_or_no.get(asked.get("active", "")),
        )

    @property
    def chips(self) -> list[Chip]:
        """Everything that is asked, in words: each can be taken away alone."""
        return list(self._chips())

    def _chips(self) -> Iterator[Chip]:
        for name, value in self.asked.items():
            rest = urlencode({one: told for one, told in self.asked.items() if one != name})
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                label = "" if name in {"phone", "kind", "active"} else gettext("Account codes")
                yield Chip(label, str(dict(field.choices)[value]), rest)  # type: ignore[arg-type]
            else:
                yield Chip(gettext("Search"), value, rest)
