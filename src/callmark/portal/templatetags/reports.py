"""Template tags of reports: figures by their kind, how much more or less, countries."""

from django import template
from django.utils.dates import WEEKDAYS
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from callmark.local_formats import country as country_of
from callmark.local_formats import number
from callmark.portal.reports.shown import Cell
from callmark.portal.templatetags.calls import percent as in_percent
from callmark.reports.models import Every, Schedule
from callmark.reports.words import figure_in_words

register = template.Library()


@register.filter
def figure(cell: Cell) -> str:
    """12,345; 0:41:20 for a length; 48.20 for money; '' where there is none."""
    return figure_in_words(cell.kind, cell.value, cell.currency)


@register.filter
def change(percent: int | None) -> str:
    """+4%; 'new' where there was nothing before."""
    if percent is None:
        return pgettext("of figures", "new")
    if not percent:
        return pgettext("of figures", "same")
    sign = "+" if percent > 0 else "\N{MINUS SIGN}"
    return in_percent(f"{sign}{number(abs(percent))}")


@register.simple_tag
def country(code: str) -> SafeString:
    """GB, with its name as a title."""
    return format_html('<abbr class="country" title="{}">{}</abbr>', country_of(code), code)


@register.filter
def when(schedule: Schedule) -> str:
    """'Every month on day 2 at 06:00'."""
    at = f"{schedule.hour:02}:00"
    if schedule.every == Every.WEEK:
        weekday = WEEKDAYS[schedule.day - 1]
        return gettext("Every {weekday} at {time}").format(weekday=weekday, time=at)
    if schedule.day == 31:
        return gettext("Every month on its last day at {time}").format(time=at)
    return gettext("Every month on day {day} at {time}").format(day=schedule.day, time=at)
