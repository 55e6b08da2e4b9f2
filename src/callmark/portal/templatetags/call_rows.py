"""Rows of the list of calls.

Made here, not by a template: of a page of 50 calls they are most of the work. So are plain strings,
in which whatever is not our own is escaped.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from html import escape
from uuid import UUID

from django import template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext

from callmark.calls.lengths import clock
from callmark.calls.models import Call, CallTypeChoice
from callmark.calls.parties import other_party_shown
from callmark.codes.secrecy import masked
from callmark.portal.pages import Here
from callmark.portal.templatetags.callmark import icon
from callmark.portal.templatetags.calls import other_party_of, result
from callmark.portal.templatetags.rates import cost

register = template.Library()

Cell = Callable[[Call, bool], str]
"""The cell of a call; True: with the digits of its code."""


@register.simple_tag(name="call_rows")
def rows_of(
    calls: Iterable[Call], columns: Sequence[str], here: Here, may_correct: bool = False
) -> SafeString:
    """The rows of these calls, with the cells of these columns in their order.

    ``may_correct``: each but that of a test call begins with a box to choose it.
    """
    cells = [_CELLS[name] for name in columns]
    with_codes = here.may_administer
    # Made once, not for each call.
    story = reverse("portal:call", args=[here.account.slug, _SOME])
    rows = []
    for call in calls:
        pick = _pick(call) if may_correct else ""
        when = _when(call, story.replace(str(_SOME), str(call.pk)))
        rows.append(f"<tr>{pick}{when}{''.join([cell(call, with_codes) for cell in cells])}</tr>")
    # What is not our own has been escaped.
    return mark_safe("\n".join(rows))  # noqa: S308


_SOME = UUID(int=0)


def _pick(call: Call) -> str:
    if call.simulated:
        return '<td class="col-pick"></td>'
    which = gettext("Choose the call at {time}, {number}").format(
        time=f"{localtime(call.started_at):%H:%M}", number=other_party_shown(call)[0]
    )
    return (
        '<td class="col-pick"><label class="pick"><input class="form-check-input" type="checkbox" '
        f'name="call" value="{call.pk}"><span class="visually-hidden">{escape(which)}'
        "</span></label></td>"
    )


def _when(call: Call, address: str) -> str:
    at = localtime(call.started_at)
    # As SHORT_DATETIME_FORMAT has it; its day is the same for many calls.
    day = _day(at.date(), get_language())
    return (
        f'<td class="col-when"><a class="row-link" data-story href="{escape(address)}">'
        f'<time datetime="{at.isoformat()}">{day}, {at:%H:%M}</time></a></td>'
    )


@lru_cache(maxsize=1024)
def _day(day: date, _language: str | None) -> str:
    return escape(date_format(day, "MONTH_DAY_FORMAT"))


def _user(call: Call, _: bool) -> str:
    return f'<td class="col-user"><bdi>{escape(call.payer_name or gettext("Unknown"))}</bdi></td>'


def _number(call: Call, _: bool) -> str:
    return f'<td class="col-number">{other_party_of(call)}</td>'


def _type(call: Call, _: bool) -> str:
    shown = _TYPES.get(call.call_type, call.call_type) or call.get_direction_display()
    return f'<td class="col-type">{escape(str(shown))}</td>'


def _code(call: Call, with_codes: bool) -> str:
    if call.account_code_lookup:
        digits = call.account_code
        name = call.account_code_name or gettext("Not in the list")
        what = (
            f"<bdi>{escape(name)}</bdi> "
            '<span class="digits text-secondary">'
            f"{escape(digits if with_codes else masked(digits))}</span>"
        )
    elif call.needs_code:
        what = (
            f'<span class="badge bg-yellow-lt">{icon("tag")} {escape(gettext("To assign"))}</span>'
        )
    else:
        what = f'<span class="text-secondary">{escape(gettext("None"))}</span>'
    mark = ""
    if call.not_billable:
        mark = f' <span class="badge bg-secondary-lt">{escape(gettext("Not billable"))}</span>'
    return f'<td class="col-code">{what}{mark}</td>'


def _result(call: Call, _: bool) -> str:
    test = ""
    if call.simulated:
        test = f' <span class="badge bg-purple-lt">{icon("flask")} {escape(gettext("Test"))}</span>'
    return f'<td class="col-result">{result(call)}{test}</td>'


def _length(call: Call, _: bool) -> str:
    shown = "" if call.seconds is None else clock(call.seconds)
    return f'<td class="col-length text-end digits">{shown}</td>'


def _cost(call: Call, _: bool) -> str:
    return f'<td class="col-cost text-end digits">{escape(cost(call))}</td>'


def _ended(call: Call, _: bool) -> str:
    shown = f"{localtime(call.ended_at):%H:%M:%S}" if call.ended_at else ""
    return f'<td class="col-ended">{shown}</td>'


def _entered(call: Call, _: bool) -> str:
    return f'<td class="col-entered">{escape(str(call.get_entered_by_display()))}</td>'


def _switch(call: Call, _: bool) -> str:
    return f'<td class="col-switch">{escape(call.switch)}</td>'


_TYPES: dict[str, object] = dict(CallTypeChoice.choices)
_CELLS: dict[str, Cell] = {
    "user": _user,
    "number": _number,
    "type": _type,
    "code": _code,
    "result": _result,
    "length": _length,
    "cost": _cost,
    "ended": _ended,
    "entered": _entered,
    "switch": _switch,
}
