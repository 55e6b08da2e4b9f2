"""What is asked of the call history, in words: each can be taken away alone."""

from collections.abc import Iterator

from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy

from callmark.calls.lengths import in_minutes
from callmark.calls.models import CallOutcome, CallTypeChoice, Direction, Payer
from callmark.calls.periods import Period, Preset
from callmark.portal.chip import Chip
from callmark.portal.forms.calls import PERIODS, TAGS, CallFilterForm, same_question

_WORDS = {
    "tag": dict(TAGS),
    "direction": dict(Direction.choices),
    "call_type": {**dict(CallTypeChoice.choices), "none": gettext_lazy("Without a call type")},
    "outcome": dict(CallOutcome.choices),
    "payer": dict(Payer.choices),
}


def chips(form: CallFilterForm, query: QueryDict) -> list[Chip]:
    """Everything that a valid form asks, but that there are no test calls."""
    return [
        Chip(label, value, same_question(query, **dict.fromkeys(names, "")))
        for label, value, names in _asked(form)
    ]


def _asked(form: CallFilterForm) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    asked = form.cleaned_data
    period = form.asked_period
    if period and (period.first or period.last):
        yield "", period_in_words(period), ("period", "since", "until")
    if asked["q"]:
        yield gettext("Search"), asked["q"], ("q",)
    if form.digits:
        yield gettext("Code") if form.finds_a_code else gettext("Search"), form.digits, ("find",)
    if form.user_named:
        yield gettext("User"), form.user_named.name, ("user",)
    if form.code_named:
        yield gettext("Code"), form.code_named.name, ("code",)
    for name, words in _WORDS.items():
        if asked[name]:
            yield "", str(words[asked[name]]), (name,)
    for name, label in (
        ("at_least", gettext("At least")),
        ("at_most", gettext("At most")),
    ):
        if asked[name] is not None:
            yield label, in_minutes(asked[name]), (name,)
    if form.asked_of_report:
        for label, value, name in form.asked_of_report.words:
            yield label, value, (name,)
    if asked["tests"]:
        yield "", gettext("With test calls"), ("tests",)


def period_in_words(period: Period) -> str:
    """'This month', or the days."""
    if period.preset != Preset.CUSTOM:
        return str(dict(PERIODS)[period.preset.value])
    first, last = (date_format(day) if day else "" for day in (period.first, period.last))
    if first and last:
        if first == last:
            return first
        return gettext("{first} to {last}").format(first=first, last=last)
    if first:
        return gettext("From {day}").format(day=first)
    return gettext("Until {day}").format(day=last)
