"""What is asked of the list of users. What is unknown is as if it were not sent."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.http import urlencode

from callmark.codes.user_lists import CodesOf, UserFilter, UserKind
from callmark.portal.chip import Chip

_CODES = {CodesOf.ON: "On", CodesOf.OFF: "Off", CodesOf.CUSTOM: "Custom settings"}
_PHONES = {"yes": "With a phone", "no": "Without a phone"}
_KINDS = {UserKind.USER: "People", UserKind.TRUNK: "SIP trunks"}
_STATES = {"yes": "Active", "no": "Deactivated"}


def _choice(label: str, words: Mapping[Any, str]) -> forms.ChoiceField:
    choices = [("", "All"), *((str(value), text) for value, text in words.items())]
    return forms.ChoiceField(label=label, required=False, choices=choices)


class UserFilterForm(forms.Form):
    """Which users to show; every field may be left empty."""

    q = forms.CharField(label="Search", required=False, max_length=100)
    codes = _choice("Account codes", _CODES)
    phone = _choice("Phone", _PHONES)
    kind = _choice("Kind", _KINDS)
    active = _choice("State", _STATES)

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
                label = "" if name in {"phone", "kind", "active"} else "Account codes"
                yield Chip(label, str(dict(field.choices)[value]), rest)  # type: ignore[arg-type]
            else:
                yield Chip("Search", value, rest)
