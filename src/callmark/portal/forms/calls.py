"""The filters of the call history."""

from django import forms

from callmark.calls.filters import CallFilter
from callmark.calls.models import CallOutcome, CallTypeChoice, Direction, Payer
from callmark.portal.forms.dates import DatesForm


class CallFilterForm(DatesForm):
    """Which calls to show; every field may be left empty."""

    field_order = ("q", "since", "until")

    q = forms.CharField(label="Search", required=False, max_length=100)
    outcome = forms.ChoiceField(
        label="Outcome", required=False, choices=[("", "Any"), *CallOutcome.choices]
    )
    call_type = forms.ChoiceField(
        label="Call type", required=False, choices=[("", "Any"), *CallTypeChoice.choices]
    )
    direction = forms.ChoiceField(
        label="Direction", required=False, choices=[("", "Any"), *Direction.choices]
    )
    payer = forms.ChoiceField(label="Caller", required=False, choices=[("", "Any"), *Payer.choices])
    untagged = forms.BooleanField(label="Without an account code", required=False)
    hide_tests = forms.BooleanField(label="Hide test calls", required=False)

    def chosen(self) -> CallFilter:
        """What was asked for; only after :meth:`is_valid`. A wrong field filters nothing."""
        chosen = self.cleaned_data
        since, until = self.moments()
        return CallFilter(
            since=since,
            until=until,
            outcome=chosen.get("outcome") or None,
            call_type=chosen.get("call_type") or None,
            direction=chosen.get("direction") or None,
            payer=chosen.get("payer") or None,
            untagged=chosen.get("untagged") or None,
            simulated=False if chosen.get("hide_tests") else None,
            text=chosen.get("q", ""),
        )
