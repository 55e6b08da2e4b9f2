"""The days from and to which a list is shown."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

DAY_INPUT = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
"""A day as browsers read it, whatever the reader's language is."""


class DatesForm(forms.Form):
    """A filter by days, both included, as they are in the time zone of the pages."""

    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=DAY_INPUT)
    until = forms.DateField(label=pgettext_lazy("a day", "To"), required=False, widget=DAY_INPUT)

    def clean(self) -> dict[str, Any]:
        """The range must not be the wrong way round."""
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", gettext("This day is before the first one."))
        return cleaned

    def moments(self) -> tuple[datetime | None, datetime | None]:
        """When the range begins, and the first moment after it; only after :meth:`is_valid`."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        return (
            _midnight(since) if since else None,
            _midnight(until + timedelta(days=1)) if until else None,
        )


def _midnight(day: date) -> datetime:
    """When the day begins here."""
    return timezone.make_aware(datetime.combine(day, time.min))
