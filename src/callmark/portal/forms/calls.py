"""The filters of the call history."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from callmark.calls.models import Call, CallOutcome, CallTypeChoice
from callmark.calls.queries import search_calls

DATE = forms.DateInput(attrs={"type": "date"})


class CallFilterForm(forms.Form):
    """Which calls to show; every field may be left empty."""

    q = forms.CharField(label="Search", required=False, max_length=100)
    since = forms.DateField(label="From", required=False, widget=DATE)
    until = forms.DateField(label="To", required=False, widget=DATE)
    outcome = forms.ChoiceField(
        label="Outcome", required=False, choices=[("", "Any"), *CallOutcome.choices]
    )
    call_type = forms.ChoiceField(
        label="Call type", required=False, choices=[("", "Any"), *CallTypeChoice.choices]
    )
    untagged = forms.BooleanField(label="Without an account code", required=False)
    hide_tests = forms.BooleanField(label="Hide test calls", required=False)

    def clean(self) -> dict[str, Any]:
        """The range must not be the wrong way round."""
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", "This day is before the first one.")
        return cleaned

    def narrow(self, calls: QuerySet[Call]) -> QuerySet[Call]:
        """The calls that match; only after :meth:`is_valid`. A wrong field filters nothing."""
        chosen = self.cleaned_data
        if chosen.get("since"):
            calls = calls.filter(started_at__gte=midnight(chosen["since"]))
        if chosen.get("until"):
            calls = calls.filter(started_at__lt=midnight(chosen["until"] + timedelta(days=1)))
        for name in ("outcome", "call_type"):
            if chosen.get(name):
                calls = calls.filter(**{name: chosen[name]})
        if chosen.get("untagged"):
            calls = calls.filter(account_code_lookup="")
        if chosen.get("hide_tests"):
            calls = calls.filter(simulated=False)
        return search_calls(calls, chosen["q"]) if chosen.get("q") else calls


def midnight(day: date) -> datetime:
    """When the day begins here."""
    return timezone.make_aware(datetime.combine(day, time.min))
