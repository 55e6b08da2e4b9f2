"""The cells of a call's row in the list.

Made here, not by a template: of a page of 50 calls they are most of the work.
"""

from collections.abc import Callable, Sequence

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from callmark.calls.lengths import clock
from callmark.calls.models import Call
from callmark.portal.pages import Here
from callmark.portal.templatetags.callmark import code_seen_by, icon
from callmark.portal.templatetags.calls import other_party_of, result
from callmark.portal.templatetags.rates import cost

Cell = Callable[[Call, Here], SafeString]


def cells_of(call: Call, columns: Sequence[str], here: Here) -> SafeString:
    """The cells of these columns, in their order."""
    # Each of them is safe, and nothing else is in between.
    return mark_safe("".join([_CELLS[name](call, here) for name in columns]))  # noqa: S308


def when(call: Call, address: str) -> SafeString:
    """The cell of the moment, which leads to the call's story."""
    at = localtime(call.started_at)
    return format_html(
        '<td class="col-when"><a class="row-link" data-story href="{}">'
        '<time datetime="{}">{}</time></a></td>',
        address, at.isoformat(), date_format(at, "SHORT_DATETIME_FORMAT"),
    )  # fmt: skip


def _user(call: Call, _: Here) -> SafeString:
    return format_html('<td class="col-user"><bdi>{}</bdi></td>', call.payer_name or "Unknown")


def _number(call: Call, _: Here) -> SafeString:
    return format_html('<td class="col-number">{}</td>', other_party_of(call))


def _type(call: Call, _: Here) -> SafeString:
    shown = call.get_call_type_display() or call.get_direction_display()
    return format_html('<td class="col-type">{}</td>', shown)


def _code(call: Call, here: Here) -> SafeString:
    if call.account_code_lookup:
        what = format_html(
            '<bdi>{}</bdi> <span class="digits text-secondary">{}</span>',
            call.account_code_name or "Not in the list",
            code_seen_by(call, here),
        )
    elif call.needs_code:
        what = format_html('<span class="badge bg-yellow-lt">{} To assign</span>', icon("tag"))
    else:
        what = _NO_CODE
    return format_html(
        '<td class="col-code">{}{}</td>', what, _NOT_BILLABLE if call.not_billable else ""
    )


def _result(call: Call, _: Here) -> SafeString:
    test = ""
    if call.simulated:
        test = format_html(' <span class="badge bg-purple-lt">{} Test</span>', icon("flask"))
    return format_html('<td class="col-result">{}{}</td>', result(call), test)


def _length(call: Call, _: Here) -> SafeString:
    shown = "" if call.seconds is None else clock(call.seconds)
    return format_html('<td class="col-length text-end digits">{}</td>', shown)


def _cost(call: Call, _: Here) -> SafeString:
    return format_html('<td class="col-cost text-end digits">{}</td>', cost(call))


def _ended(call: Call, _: Here) -> SafeString:
    shown = f"{localtime(call.ended_at):%H:%M:%S}" if call.ended_at else ""
    return format_html('<td class="col-ended">{}</td>', shown)


def _entered(call: Call, _: Here) -> SafeString:
    return format_html('<td class="col-entered">{}</td>', call.get_entered_by_display())


def _switch(call: Call, _: Here) -> SafeString:
    return format_html('<td class="col-switch">{}</td>', call.switch)


_NO_CODE = mark_safe('<span class="text-secondary">None</span>')
_NOT_BILLABLE = mark_safe(' <span class="badge bg-secondary-lt">Not billable</span>')
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
