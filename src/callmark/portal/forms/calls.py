"""What is asked of the call history. A question that cannot be is said, and answers nothing."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from django import forms
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.calls.calendars import calendar_of
from callmark.calls.filters import CallFilter
from callmark.calls.models import Call, CallOutcome, CallTypeChoice, Direction, Payer
from callmark.calls.periods import Period, Preset, period_of
from callmark.calls.whole_numbers import by_whole_number
from callmark.codes.finding import search_codes
from callmark.codes.models import AccountCode
from callmark.keys.installed import keyring
from callmark.portal.forms.dates import DAY_INPUT
from callmark.portal.pages import Here
from callmark.portal.reports.links import AskedOfReport, read_links

PERIODS = [
    ("", gettext_lazy("All time")),
    (Preset.TODAY.value, gettext_lazy("Today")),
    (Preset.YESTERDAY.value, gettext_lazy("Yesterday")),
    (Preset.THIS_WEEK.value, gettext_lazy("This week")),
    (Preset.LAST_WEEK.value, gettext_lazy("Last week")),
    (Preset.THIS_MONTH.value, gettext_lazy("This month")),
    (Preset.LAST_MONTH.value, gettext_lazy("Last month")),
    (Preset.CUSTOM.value, gettext_lazy("Between two days")),
]
TAGS = [
    ("", gettext_lazy("With or without")),
    ("to_assign", gettext_lazy("To assign")),
    ("untagged", gettext_lazy("Without a code")),
    ("tagged", gettext_lazy("With a code")),
    ("not_billable", gettext_lazy("Not billable")),
    ("billable", gettext_lazy("With a code, billable")),
    ("not_needed", gettext_lazy("No code needed")),
]
_TAG_FILTERS: dict[str, dict[str, Any]] = {
    "untagged": {"untagged": True},
    "tagged": {"untagged": False},
    "to_assign": {"to_assign": True},
    "not_billable": {"not_billable": True},
    "billable": {"untagged": False, "not_billable": False},
    "not_needed": {"untagged": True, "to_assign": False, "not_billable": False},
}
IN_A_LIST = 200
"""Users or codes that fit into a list to choose from; of more one searches by name."""

PLACES = ("older", "newer")
"""Where in the list somebody is: no part of what is asked, and nor is that it is printed."""

Row = TypeVar("Row", bound=Model)

_ANY = ("", gettext_lazy("Any"))
_NO_TYPE = ("none", gettext_lazy("None (inbound)"))


class LengthField(forms.CharField):
    """A length of talk, as 1:30 (minutes and seconds), 1:02:00, or 90 (seconds)."""

    def to_python(self, value: object) -> int | None:  # type: ignore[override]
        """Seconds, or None."""
        text = str(value or "").strip()
        if not text:
            return None
        parts = text.split(":")
        if len(text) > 9 or len(parts) > 3 or not all(part.isdecimal() for part in parts):
            raise forms.ValidationError(gettext("Write a length as 1:30, in minutes and seconds."))
        seconds = 0
        for part in parts:
            seconds = seconds * 60 + int(part)
        return min(seconds, 2**31 - 1)

    def validate(self, value: object) -> None:
        """Any length will do, and none."""


class CallFilterForm(forms.Form):
    """Which calls to show; every field may be left empty. Test calls only where asked for."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=100)
    # Digits that may be a whole code, encrypted: they stand in an address.
    find = forms.CharField(required=False, max_length=200)
    period = forms.ChoiceField(label=gettext_lazy("Period"), required=False, choices=PERIODS)
    since = forms.CharField(
        label=gettext_lazy("From"), required=False, max_length=10, widget=DAY_INPUT
    )
    until = forms.CharField(
        label=pgettext_lazy("a day", "To"), required=False, max_length=10, widget=DAY_INPUT
    )
    user = forms.UUIDField(label=gettext_lazy("User"), required=False)
    code = forms.UUIDField(label=gettext_lazy("Code"), required=False)
    tag = forms.ChoiceField(label=gettext_lazy("Account code"), required=False, choices=TAGS)
    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"), required=False, choices=[_ANY, *Direction.choices]
    )
    call_type = forms.ChoiceField(
        label=gettext_lazy("Call type"),
        required=False,
        choices=[_ANY, *CallTypeChoice.choices, _NO_TYPE],
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"), required=False, choices=[_ANY, *CallOutcome.choices]
    )
    payer = forms.ChoiceField(
        label=gettext_lazy("Caller"), required=False, choices=[_ANY, *Payer.choices]
    )
    at_least = LengthField(label=gettext_lazy("At least (m:ss)"), required=False)
    at_most = LengthField(label=gettext_lazy("At most (m:ss)"), required=False)
    tests = forms.BooleanField(label=gettext_lazy("Show test calls"), required=False)
    # What a report's figures ask besides; they are links, and nobody types these.
    number = forms.CharField(label=gettext_lazy("Number"), required=False, max_length=40)
    of_codes = forms.CharField(label=gettext_lazy("Codes"), required=False, max_length=10_000)
    billed = forms.CharField(label=gettext_lazy("Billed in"), required=False, max_length=10)
    line = forms.CharField(label=gettext_lazy("Line"), required=False, max_length=500)

    def __init__(self, here: Here, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self._here = here
        self.user_named: User | None = None
        self.code_named: AccountCode | None = None
        self.asked_period: Period | None = None
        self.digits = ""
        self.asked_of_report: AskedOfReport | None = None

    def clean(self) -> dict[str, Any]:
        """The period, the user and the code must be there."""
        cleaned = super().clean() or {}
        self._read_period(cleaned)
        account = self._here.account
        if cleaned.get("user"):
            self.user_named = User.objects.of(account).filter(pk=cleaned["user"]).first()
            if self.user_named is None:
                self.add_error("user", gettext("There is no such user."))
        if cleaned.get("code"):
            self.code_named = AccountCode.objects.of(account).filter(pk=cleaned["code"]).first()
            if self.code_named is None:
                self.add_error("code", gettext("There is no such account code (any more)."))
        least, most = cleaned.get("at_least"), cleaned.get("at_most")
        if least is not None and most is not None and most < least:
            self.add_error("at_most", gettext("This is shorter than the shortest."))
        self._read_digits(cleaned)
        try:
            self.asked_of_report = read_links(self._here.account, cleaned)
        except Refused as refused:
            self.add_error(refused.field or None, refused.message)
        return cleaned

    def _read_period(self, cleaned: dict[str, Any]) -> None:
        try:
            self.asked_period = period_of(
                cleaned.get("period", ""),
                calendar_of(self._here.account),
                timezone.now(),
                since=cleaned.get("since", ""),
                until=cleaned.get("until", ""),
            )
        except Refused as refused:
            self.add_error(refused.field or "period", refused.message)

    def _read_digits(self, cleaned: dict[str, Any]) -> None:
        if not cleaned.get("find"):
            return
        try:
            self.digits = keyring().decrypt(cleaned["find"])
        except Exception:
            self.add_error("find", gettext("This search cannot be read any more: search again."))

    @property
    def problems(self) -> list[str]:
        """What is wrong, with the field's name; only after :meth:`is_valid`."""
        return [
            gettext("{field}: {problem}").format(
                field=self.fields[name].label or gettext("Search"),
                problem=" ".join(str(one) for one in errors),
            )
            for name, errors in self.errors.items()
        ]

    def chosen(self) -> CallFilter:
        """What was asked for; only of a form that is valid."""
        assert self.asked_period is not None
        assert self.asked_of_report is not None
        asked = self.cleaned_data
        found = CallFilter(
            since=self.asked_period.since,
            until=self.asked_period.until,
            user_id=asked["user"],
            code_id=asked["code"],
            account_code=self.digits if self.finds_a_code else "",
            call_type="" if asked["call_type"] == "none" else asked["call_type"] or None,
            direction=asked["direction"] or None,
            outcome=asked["outcome"] or None,
            payer=asked["payer"] or None,
            at_least_seconds=asked["at_least"],
            at_most_seconds=asked["at_most"],
            simulated=None if asked["tests"] else False,
            text=asked["q"] or ("" if self.finds_a_code else self.digits),
        )
        found = replace(found, **_TAG_FILTERS.get(asked["tag"], {}), **self.asked_of_report.filters)
        return by_whole_number(found, self._here.account)

    @cached_property
    def finds_a_code(self) -> bool:
        """Whether the digits searched for are a whole code on a call, for those who may see it."""
        if not self.digits or not self._here.may_administer:
            return False
        account = self._here.account
        lookups = keyring().lookups(account.pk, self.digits)
        return Call.objects.of(account).filter(account_code_lookup__in=lookups).exists()

    def links(self) -> list[forms.BoundField]:
        """The fields that a report's link has filled in."""
        return [
            self[name] for name in ("number", "of_codes", "billed", "line") if self[name].value()
        ]

    def more(self) -> list[tuple[forms.BoundField, str]]:
        """The fields behind *More filters* that have a label above them, and their classes."""
        lists = ("direction", "call_type", "outcome", "payer")
        return [
            *((self[name], "form-select") for name in lists),
            *((self[name], "form-control") for name in ("at_least", "at_most")),
        ]

    @property
    def asks_for_more(self) -> bool:
        """Whether any of them is filled in, or test calls are asked for."""
        return any(field.value() for field, _ in self.more()) or bool(self["tests"].value())

    @cached_property
    def users(self) -> list[User]:
        """To choose from; none where they are too many, or only one's own calls are seen."""
        if not self._here.may_read_history:
            return []
        return if_few(User.objects.of(self._here.account))

    @cached_property
    def codes(self) -> list[AccountCode]:
        """To choose from; none where they are too many."""
        return if_few(codes_to_choose(self._here).only("id", "name", "account_id"))


def if_few(rows: QuerySet[Row]) -> list[Row]:
    """Rows to choose from, by name; none where they are too many, and then none is read."""
    if too_many(rows):
        return []
    return list(rows.order_by("name"))


def too_many(rows: QuerySet[Any, Any]) -> bool:
    """Whether they are more than fit into a list to choose from."""
    return rows.order_by()[IN_A_LIST : IN_A_LIST + 1].exists()


def codes_to_choose(here: Here, text: str = "") -> QuerySet[AccountCode]:
    """The codes with this text in their names or, for administrators, with these digits.

    Those who see only their own calls choose among the codes of these: other names are clients'.
    """
    if here.may_administer:
        return search_codes(here.account, text)
    codes = AccountCode.objects.of(here.account).filter(name__icontains=text)
    if here.may_read_history:
        return codes
    return codes.filter(pk__in=Call.objects.of(here.person).values("code"))


def same_question(query: QueryDict, **changed: str) -> str:
    """The query of an address without the place in the list and without what is empty.

    ``changed`` replaces fields; '' takes one out.
    """
    kept = query.copy()
    for name in (*PLACES, "print"):
        kept.pop(name, None)
    for name, value in changed.items():
        kept[name] = value
    for name in list(kept):
        if not kept[name]:
            del kept[name]
    return kept.urlencode()


def short_digits(text: str) -> bool:
    """Whether this may be a whole account code, which must not stand in an address."""
    return text.isdecimal() and 3 <= len(text) <= 7


def seal(text: str) -> str:
    """Digits to search for, as they may stand in an address."""
    return keyring().encrypt(text)


def unseal(text: str) -> str:
    """What :func:`seal` sealed; '' stays ''. Raises :class:`Refused` for anything else."""
    try:
        return keyring().decrypt(text) if text else ""
    except Exception:
        raise Refused(gettext("This cannot be read any more: begin again.")) from None


def uuid_of(text: str) -> UUID | None:
    """The id, or None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None
