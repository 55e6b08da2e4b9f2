"""Template tags of the call history, the home page and months: numbers, sums, codes."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name

from callmark.accounts.currencies import written
from callmark.accounts.models import Account
from callmark.calls.lengths import clock
from callmark.calls.models import Call, CallOutcome, Direction
from callmark.calls.overview import calls_to_assign
from callmark.calls.parties import other_party_shown
from callmark.calls.periods import Month
from callmark.calls.sums import CallSum
from callmark.codes.models import AccountCode
from callmark.policy.numbering import country_name
from callmark.portal.forms.calls import IN_A_LIST
from callmark.portal.pages import Here
from callmark.portal.templatetags.callmark import icon, outcome

register = template.Library()

# In a row of the list; its title and the call's story say it in full.
_SHORT: dict[str, str] = {
    CallOutcome.DECLINED: "Declined",
    CallOutcome.PROCEEDED: "Max retries, went on",
    CallOutcome.ENDED: "Max retries, ended",
    CallOutcome.ABANDONED: "Abandoned",
    CallOutcome.LET_THROUGH: "Let through",
    CallOutcome.REFUSED_UNASKED: "Refused",
    CallOutcome.REFUSED_NUMBER: "No number",
    CallOutcome.REFUSED_LIMIT: "Over a limit",
    CallOutcome.CONNECTED_WHILE_DOWN: "While down",
    CallOutcome.REFUSED_WHILE_DOWN: "Refused, down",
}


@register.filter
def get(values: Mapping[Any, Any], name: object) -> object:
    """The value of that name; '' if there is none."""
    return values.get(name, "")


@register.filter
def other_party(call: Call) -> str:
    """Whom the call was with, in words."""
    return other_party_shown(call)[0]


@register.simple_tag
def other_party_of(call: Call) -> SafeString:
    """The number in international form and its country beside it; an arrow for one that came in."""
    text, country = other_party_shown(call)
    return _party(text, country, came_in=call.direction == Direction.INBOUND)


@lru_cache(maxsize=4096)
def _party(text: str, country: str, *, came_in: bool) -> SafeString:
    return format_html(
        '{}<span class="digits">{}</span>{}',
        format_html('{}<span class="visually-hidden">Inbound, from </span>', icon("phone-incoming"))
        if came_in
        else "",
        text or "Unknown",
        _country(country),
    )


@lru_cache(maxsize=512)
def _country(code: str) -> SafeString | str:
    if not code:
        return ""
    return format_html(' <abbr class="country" title="{}">{}</abbr>', country_name(code), code)


@register.simple_tag
def result(call: Call) -> SafeString:
    """How it ended: the gate's word where that is out of the ordinary, else the switch's."""
    ordinary = call.outcome in {CallOutcome.NOT_GATED, CallOutcome.CONNECTED}
    if ordinary and call.disposition:
        return format_html("{}", call.disposition.capitalize())
    short = _SHORT.get(call.outcome)
    return outcome(call.outcome) if short is None else outcome(call.outcome, short)


_NONE_YET = "No call found so far"
"""In the sum of those that were looked at, where there are more to look at."""


@register.simple_tag
def sum_of_calls(found: CallSum, currency: str = "") -> SafeString:
    """'312 calls · 41:20:05 of talk · USD 48.20', with *more than* where not all were counted."""
    if not found.calls and not found.exact:
        return format_html("<strong>{}</strong>", _NONE_YET)
    more = "" if found.exact else "more than "
    word = "call" if found.calls == 1 else "calls"
    told = format_html(
        "{}<strong>{} {}</strong> · {}<strong>{}</strong> of talk",
        more, f"{found.calls:,}", word, more, clock(found.seconds),
    )  # fmt: skip
    if found.cost is None:
        return told
    cost = f"{currency} {written(found.cost, currency)}"
    return format_html("{} · {}<strong>{}</strong>", told, more, cost)


@register.simple_tag
def sum_in_words(found: CallSum | str) -> str:
    """The same to be announced: '312 calls, 41 hours 20 minutes, USD 48.20'."""
    if not isinstance(found, CallSum):
        return ""
    if not found.calls and not found.exact:
        return _NONE_YET
    more = "" if found.exact else "more than "
    hours, minutes = divmod(found.seconds // 60, 60)
    counts = (found.calls, "call"), (hours, "hour"), (minutes, "minute")
    calls, *time = (f"{count:,} {word}{'' if count == 1 else 's'}" for count, word in counts)
    told = f"{more}{calls}, {' '.join(time)}"
    if found.cost is None:
        return told
    return f"{told}, {found.currency} {written(found.cost, found.currency)}"


@register.simple_tag
def zone_name(account: Account) -> str:  # noqa: ARG001
    """'New York time': the zone in which a page tells its times, said once."""
    return f"{get_current_timezone_name().rsplit('/', 1)[-1].replace('_', ' ')} time"


@register.filter
def code_names(here: Here) -> list[str]:
    """Names of active codes to choose from; none where they are too many."""
    codes = AccountCode.objects.of(here.account).filter(active=True).order_by("name")
    names = list(codes.values_list("name", flat=True)[: IN_A_LIST + 1])
    return names if len(names) <= IN_A_LIST else []


@register.simple_tag
def to_assign(here: Here) -> int:
    """How many calls of the account should have a code and have none."""
    return calls_to_assign(here.account)


@register.filter
def thousands(number: int | None) -> str:
    """12,345."""
    return f"{number or 0:,}"


@register.filter
def plain(number: float) -> str:
    """A number as SVG reads it, whatever the reader's language."""
    return f"{number:g}"


@register.filter
def month_from(first: date) -> str:
    """How the month that begins on this day is called."""
    return month_name(Month(first))


@register.filter
def more_or_less(seconds: int) -> str:
    """'0:04:00 more', or less, of what was learned later."""
    return f"{clock(abs(seconds))} {'less' if seconds < 0 else 'more'}"


@register.simple_tag
def month_name(month: Month) -> str:
    """'October 2026', or its days where it does not begin on the first."""
    if month.first.day == 1:
        return date_format(month.first, "YEAR_MONTH_FORMAT")
    return f"{date_format(month.first, 'MONTH_DAY_FORMAT')} to {date_format(month.last)}"
