"""The lines of a report's table, and the bars of its chart.

Made here, not by a template: of a page of a hundred lines they were three quarters of the work. So
are plain strings, in which whatever is not our own is escaped.
"""

from collections.abc import Iterable
from functools import lru_cache
from html import escape

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from callmark.portal.charts import Bars
from callmark.portal.pages import Here
from callmark.portal.reports.shown import ShownLine
from callmark.portal.templatetags.calls import percent, plain
from callmark.portal.templatetags.reports import change, country
from callmark.reports.words import figure_in_words

register = template.Library()


@register.simple_tag
def report_lines(lines: Iterable[ShownLine], here: Here, *, compared: bool) -> SafeString:
    """The rows of the table's body."""
    page = _calls_of(here)
    rows = [
        f'<tr>\n        <th scope="row">{_called(line)}</th>\n        '
        f"{_figures(line, page, compared=compared)}\n      </tr>"
        for line in lines
    ]
    return mark_safe("".join(rows))  # noqa: S308 (what is not our own is escaped)


@register.simple_tag
def report_figures(line: ShownLine, here: Here, *, compared: bool) -> SafeString:
    """The cells of a line that stands below the others."""
    return mark_safe(_figures(line, _calls_of(here), compared=compared))  # noqa: S308


@register.simple_tag
def report_bars(chart: Bars) -> SafeString:
    """A bar for each of the first lines."""
    bars = [
        f'<g><title>{escape(bar.title)}</title><rect class="bar-day" x="{bar.x}" y="0" width="10" '
        f'height="{chart.height}"/><rect class="bar" x="{bar.x}" y="{plain(bar.y)}" width="7" '
        f'height="{plain(bar.height)}"/></g>\n      '
        for bar in chart.bars
    ]
    return mark_safe("".join(bars))  # noqa: S308 (what is not our own is escaped)


def _calls_of(here: Here) -> str:
    return escape(reverse("portal:calls", args=[here.account.slug]))


def _called(line: ShownLine) -> str:
    of_country = f" {country(line.country)}" if line.country else ""
    digits = f' <span class="digits text-secondary">{escape(line.digits)}</span>'
    return f"<bdi>{escape(line.label)}</bdi>{of_country}{digits if line.digits else ''}"


def _figures(line: ShownLine, page: str, *, compared: bool) -> str:
    opened = f'<a href="{page}?{escape(line.calls)}">' if line.calls else ""
    ended = "</a>" if line.calls else ""
    language = get_language()
    figures = [
        f'<td class="text-end digits">{opened}'
        f"{escape(figure_in_words(cell.kind, cell.value, cell.currency))}{ended}</td>"
        for cell in line.cells
    ]
    figures.append(f'<td class="text-end digits wide-only">{_share(line.share, language)}</td>')
    if compared:
        figures.append(f'<td class="text-end digits">{escape(change(line.change))}</td>')
    return "".join(figures)


@lru_cache(maxsize=1024)
def _share(share: int, _language: str | None) -> str:
    return escape(percent(share))
