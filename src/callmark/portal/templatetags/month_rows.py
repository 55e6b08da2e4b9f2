"""Rows of the tables of a month, by code and by user.

Made here, not by a template: each table may have a hundred. So are plain strings, in which whatever
is not our own is escaped.
"""

from collections.abc import Iterable
from decimal import Decimal
from html import escape

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from callmark.accounts.currencies import written
from callmark.calls.lengths import clock
from callmark.calls.models import TagState
from callmark.calls.months import CodeFigure, MonthFigures
from callmark.calls.overview import UserSum
from callmark.local_formats import number
from callmark.portal.pages import Here

register = template.Library()


@register.simple_tag
def month_codes(
    codes: Iterable[tuple[CodeFigure, str, int]], figures: MonthFigures, here: Here, calls_url: str
) -> SafeString:
    """A row for each code: with the query of its calls, and how many adjustments it is made of."""
    not_listed, aside = escape(gettext("Not in the list")), escape(gettext("Not billable"))
    mark = f' <span class="badge bg-secondary-lt">{aside}</span>'
    rows = []
    for one, query, adjusted in codes:
        name, more = escape(str(one.state.label)), ""
        if one.lookup:
            name = f"<bdi>{escape(one.name) or not_listed}</bdi>"
            if here.may_administer:
                more = f' <span class="digits text-secondary">{escape(one.account_code)}</span>'
            if one.state == TagState.NOT_BILLABLE:
                more += mark
        what = f"{_link(calls_url, query, name)}{more}{_beside(adjusted)}"
        rows.append(_row(what, one.calls, one.seconds, one.cost, figures))
    # What is not our own has been escaped.
    return mark_safe("\n".join(rows))  # noqa: S308


@register.simple_tag
def month_users(
    users: Iterable[tuple[UserSum, str, int]], figures: MonthFigures, calls_url: str
) -> SafeString:
    """A row for each user, the same way."""
    unknown = escape(gettext("Unknown"))
    rows = []
    for one, query, adjusted in users:
        what = _link(calls_url, query, f"<bdi>{escape(one.name) or unknown}</bdi>")
        what += _beside(adjusted)
        rows.append(_row(what, one.calls, one.seconds, one.cost, figures))
    return mark_safe("\n".join(rows))  # noqa: S308 (as above)


def _link(address: str, query: str, name: str) -> str:
    return f'<a class="row-link" href="{escape(address)}?{escape(query)}">{name}</a>'


def _beside(adjusted: int) -> str:
    """What few rows have: so many adjustments are in them that their calls do not tell of."""
    if not adjusted:
        return ""
    return render_to_string("portal/months/adjusted.html", {"adjusted": adjusted})


def _row(what: str, calls: int, seconds: int, cost: Decimal | None, figures: MonthFigures) -> str:
    shown = [number(calls), clock(seconds)]
    if figures.cost is not None:
        shown.append("" if cost is None else escape(written(cost, figures.currency)))
    cells = "".join([f'<td class="text-end digits">{one}</td>' for one in shown])
    return f"<tr><td>{what}</td>{cells}</tr>"
