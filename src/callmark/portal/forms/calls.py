"""The filters of the call history."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from callmark.calls.filters import CallFilter
from callmark.calls.models import CallOutcome, CallTypeChoice, Direction

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
    direction = forms.ChoiceField(
        label="Direction", required=False, choices=[("", "Any"), *Direction.choices]
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

    def chosen(self) -> CallFilter:
        """What was asked for; only after :meth:`is_valid`. A wrong field filters nothing."""
        chosen = self.cleaned_data
        since, until = chosen.get("since"), chosen.get("until")
        return CallFilter(
            since=midnight(since) if since else None,
            until=midnight(until + timedelta(days=1)) if until else None,
            outcome=chosen.get("outcome") or None,
            call_type=chosen.get("call_type") or None,
            direction=chosen.get("direction") or None,
            untagged=chosen.get("untagged") or None,
            simulated=False if chosen.get("hide_tests") else None,
            text=chosen.get("q", ""),
        )


def midnight(day: date) -> datetime:
    """When the day begins here."""
    return timezone.make_aware(datetime.combine(day, time.min))
