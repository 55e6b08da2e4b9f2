"""What is asked of a report, as a form; and when a report is sent."""

import csv
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.calls.lengths import in_minutes
from callmark.calls.models import CallTypeChoice, Direction
from callmark.calls.periods import Preset
from callmark.codes.models import AccountCode
from callmark.keys.installed import keyring
from callmark.portal.forms.calls import PERIODS, LengthField, if_few, uuid_of
from callmark.portal.forms.dates import DAY_INPUT
from callmark.portal.forms.numbers import WholeNumber
from callmark.portal.forms.stored import Data, StoredForm
from callmark.portal.pages import Here
from callmark.reports.definitions import TITLES, Definition, What, definition_from
from callmark.reports.models import Every, Format, SavedReport, Schedule, SentBy
from callmark.reports.schedules import schedule_version
from callmark.reports.words import names_of_codes

_ANY = ("", gettext_lazy("Any"))


class ReportForm(forms.Form):
    """What, which period, which calls. ``codes`` are names here, and ids in an address."""

    what = forms.ChoiceField(
        label=gettext_lazy("What"), choices=[(one.value, gettext_lazy(TITLES[one])) for one in What]
    )
    period = forms.ChoiceField(
        label=gettext_lazy("Period"), choices=[one for one in PERIODS if one[0]]
    )
    since = forms.CharField(
        label=gettext_lazy("From"), required=False, max_length=10, widget=DAY_INPUT
    )
    until = forms.CharField(
        label=pgettext_lazy("a day", "To"), required=False, max_length=10, widget=DAY_INPUT
    )
    codes = forms.CharField(
        label=gettext_lazy("Account codes"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Names, separated by commas; ! before a name leaves it out."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    user = forms.ChoiceField(label=gettext_lazy("User"), required=False)
    number = forms.CharField(
        label=gettext_lazy("Number"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Or how it begins: +44 20."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    at_least = LengthField(label=gettext_lazy("At least (m:ss)"), required=False)
    at_most = LengthField(label=gettext_lazy("At most (m:ss)"), required=False)
    call_type = forms.ChoiceField(
        label=gettext_lazy("Call type"), required=False, choices=[_ANY, *CallTypeChoice.choices]
    )
    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"), required=False, choices=[_ANY, *Direction.choices]
    )
    compare = forms.BooleanField(
        label=gettext_lazy("Compare with the period before"), required=False
    )

    def __init__(self, here: Here, data: Mapping[str, Any] | None = None, **more: Any) -> None:  # noqa: ANN401
        super().__init__(data, **more)
        self._here = here
        asked = str(self.initial.get("user") or (data or {}).get("user") or "")
        shown: list[User] = []
        # A user sees only their own calls; of very many one is chosen on the page of users.
        if here.may_read_history:
            users = User.objects.of(here.account)
            chosen = uuid_of(asked)
            shown = if_few(users) or (list(users.filter(pk=chosen)) if chosen else [])
        field = self.fields["user"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", gettext("Every user")), *((str(one.pk), one.name) for one in shown)]

    @classmethod
    def showing(cls, here: Here, asked: Definition) -> "ReportForm":
        """The form as it asks this."""
        words = asked.asked()
        own_days = asked.preset in {"", Preset.CUSTOM}
        initial: dict[str, object] = {
            **words,
            "what": asked.what.value,
            "period": Preset.CUSTOM.value if own_days else str(asked.preset),
            "codes": names_of_codes(here.account, words.get("codes", "")),
            "at_least": "" if asked.at_least is None else in_minutes(asked.at_least),
            "at_most": "" if asked.at_most is None else in_minutes(asked.at_most),
            "compare": asked.compare,
        }
        return cls(here, initial=initial)

    def clean(self) -> dict[str, Any]:
        """Codes by their names, and everything as a definition."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        words = {name: str(cleaned[name] or "") for name in ("what", "user", "number")}
        words |= {name: cleaned[name] for name in ("call_type", "direction")}
        for name in ("at_least", "at_most"):
            words[name] = "" if cleaned[name] is None else str(cleaned[name])
        words["compare"] = "" if cleaned["compare"] else "no"
        if cleaned["period"] == Preset.CUSTOM:
            words |= {"since": cleaned["since"], "until": cleaned["until"]}
            words["period"] = "" if cleaned["since"] and cleaned["until"] else Preset.CUSTOM
        else:
            words["period"] = cleaned["period"]
        try:
            words["codes"] = ids_of_codes(self._here, cleaned["codes"])
            cleaned["asked"] = definition_from(words)
        except Refused as refused:
            self.add_error(refused.field if refused.field in self.fields else None, refused.message)
        return cleaned


def ids_of_codes(here: Here, text: str) -> str:
    """Names separated by commas, ! before those left out, as ids. Raises :class:`Refused`.

    Those who may see codes may also write the digits; a name with a comma stands in quotes.
    """
    (terms,) = list(csv.reader([text], skipinitialspace=True)) or [[]]
    found = []
    for term in (one.strip() for one in terms):
        name = term.removeprefix("!").strip().strip('"')
        if not name:
            continue
        codes = AccountCode.objects.of(here.account)
        wanted = Q(name__iexact=name)
        if here.may_see_codes and name.isdecimal():
            wanted |= Q(code_lookup__in=keyring().lookups(here.account.pk, name))
        ids = list(codes.filter(wanted).values_list("pk", flat=True))
        if not ids:
            raise Refused(gettext("There is no account code “{name}”.").format(name=name), "codes")
        mark = "!" if term.startswith("!") else ""
        found += [f"{mark}{pk}" for pk in ids]
    return ",".join(found)


class ScheduleForm(StoredForm):
    """When a kept report is made, and how it is sent."""

    report = forms.ChoiceField(label=gettext_lazy("Report"))
    every = forms.ChoiceField(label=gettext_lazy("How often"), choices=Every.choices)
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Weekday"),
        coerce=int,
        choices=[(number, name) for number, name in enumerate(WEEKDAYS.values(), 1)],
    )
    month_day = WholeNumber(
        label=gettext_lazy("Day of the month"),
        required=False,
        min_value=1,
        max_value=31,
        help_text=gettext_lazy("In a shorter month 31 is its last day."),
    )
    hour = forms.TypedChoiceField(
        label=gettext_lazy("At"),
        coerce=int,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
    )
    format = forms.ChoiceField(label=gettext_lazy("File"), choices=Format.choices)
    way = forms.ChoiceField(label=gettext_lazy("Send it"), choices=SentBy.choices)
    recipients = forms.CharField(
        label=gettext_lazy("Mail addresses"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Separated by commas."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )

    def __init__(
        self,
        reports: list[SavedReport],
        data: Data = None,
        schedule: Schedule | None = None,
        chosen: str = "",
    ) -> None:
        if schedule is None:
            stored: dict[str, Any] = {
                "report": chosen,
                "every": Every.MONTH,
                "weekday": 1,
                "month_day": 2,
                "hour": 6,
                "format": Format.XLSX,
                "way": SentBy.ATTACHMENT,
                "recipients": "",
            }
        else:
            names = ("every", "hour", "format", "way", "recipients")
            stored = {name: getattr(schedule, name) for name in names}
            by_week = schedule.every == Every.WEEK
            stored["weekday"] = schedule.day if by_week else 1
            stored["month_day"] = 2 if by_week else schedule.day
            stored["report"] = str(schedule.report_id)
        version = schedule_version(schedule) if schedule else None
        super().__init__(data, stored, version=version)
        field = self.fields["report"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(one.pk), one.name) for one in reports]

    def values(self) -> dict[str, object]:
        """As :func:`callmark.reports.schedules.add_schedule` takes them; only of a valid form."""
        asked = self.cleaned_data
        by_week = asked["every"] == Every.WEEK
        return {
            "every": asked["every"],
            "day": asked["weekday"] if by_week else asked["month_day"] or 0,
            "hour": asked["hour"],
            "way": asked["way"],
            "format": asked["format"],
            "recipients": asked["recipients"],
        }
