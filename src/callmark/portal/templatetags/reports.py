"""Template tags of reports: figures by their kind, how much more or less, countries."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from callmark.policy.numbering import country_name
from callmark.portal.reports.shown import Cell
from callmark.reports.models import Every, Schedule
from callmark.reports.words import figure_in_words

register = template.Library()

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@register.filter
def figure(cell: Cell) -> str:
    """12,345; 0:41:20 for a length; 48.20 for money; '' where there is none."""
    return figure_in_words(cell.kind, cell.value, cell.currency)


@register.filter
def change(percent: int | None) -> str:
    """+4 %; 'new' where there was nothing before."""
    if percent is None:
        return "new"
    return f"{percent:+,} %" if percent else "same"


@register.simple_tag
def country(code: str) -> SafeString:
    """GB, with its name as a title."""
    return format_html('<abbr class="country" title="{}">{}</abbr>', country_name(code), code)


@register.filter
def when(schedule: Schedule) -> str:
    """'Every month on day 2 at 06:00'."""
    at = f"{schedule.hour:02}:00"
    if schedule.every == Every.WEEK:
        return f"Every {_WEEKDAYS[schedule.day - 1]} at {at}"
    day = "its last day" if schedule.day == 31 else f"day {schedule.day}"
    return f"Every month on {day} at {at}"
