"""Template tags of reports: figures by their kind, how much more or less, countries."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from callmark.accounts.currencies import written
from callmark.calls.lengths import clock
from callmark.policy.numbering import country_name
from callmark.portal.reports.shown import Cell
from callmark.reports.definitions import Kind
from callmark.reports.models import Every, Schedule

register = template.Library()

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@register.filter
def figure(cell: Cell) -> str:
    """12,345; 0:41:20 for a length; 48.20 for money; '' where there is none."""
    if cell.value is None:
        return ""
    if cell.kind is Kind.SECONDS:
        return clock(int(cell.value))
    if cell.kind is Kind.MONEY:
        return written(Decimal(cell.value), cell.currency)
    return f"{cell.value:,}"


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
