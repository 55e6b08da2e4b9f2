"""Template tags of the call history, the home page and months: numbers, sums, codes."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language, gettext, gettext_lazy, gettext_noop, ngettext

from callmark.accounts.currencies import with_currency
from callmark.accounts.models import Account
from callmark.calls.lengths import calls_in_words, clock
from callmark.calls.models import Call, CallOutcome, Direction
from callmark.calls.overview import calls_to_assign
from callmark.calls.parties import other_party_shown
from callmark.calls.periods import Month
from callmark.calls.sums import CallSum
from callmark.codes.models import AccountCode
from callmark.local_formats import country as country_of
from callmark.local_formats import number
from callmark.portal.forms.calls import too_many
from callmark.portal.pages import Here
from callmark.portal.templatetags.callmark import icon, outcome

register = template.Library()

# In a row of the list; its title and the call's story say it in full.
_SHORT: dict[str, Any] = {
    CallOutcome.DECLINED: gettext_lazy("Declined"),
    CallOutcome.PROCEEDED: gettext_lazy("Max retries, went on"),
    CallOutcome.ENDED: gettext_lazy("Max retries, ended"),
    CallOutcome.ABANDONED: gettext_lazy("Abandoned"),
    CallOutcome.LET_THROUGH: gettext_lazy("Let through"),
    CallOutcome.REFUSED_UNASKED: gettext_lazy("Refused"),
    CallOutcome.REFUSED_NUMBER: gettext_lazy("No number"),
    CallOutcome.REFUSED_LIMIT: gettext_lazy("Over a limit"),
    CallOutcome.CONNECTED_WHILE_DOWN: gettext_lazy("While down"),
    CallOutcome.REFUSED_WHILE_DOWN: gettext_lazy("Refused, down"),
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
    return party(call, get_language())


def party(call: Call, language: str | None) -> SafeString:
    """The same, where the language is known."""
    text, country = other_party_shown(call)
    return _party(text, country, language, came_in=call.direction == Direction.INBOUND)


@lru_cache(maxsize=4096)
def _party(text: str, country: str, _language: str | None, *, came_in: bool) -> SafeString:
    return format_html(
        "{}{}",
        format_html(
            '{}<span class="visually-hidden">{} </span>',
            icon("phone-incoming"),
            gettext("Inbound, from"),
        )
        if came_in
        else "",
        number_with_country(text or gettext("Unknown"), country),
    )


def number_with_country(text: str, country: str) -> SafeString:
    """A number in international form, and its country beside it where it is known."""
    return format_html('<span class="digits">{}</span>{}', text, _country(country))


def _country(code: str) -> SafeString | str:
    if not code:
        return ""
    return format_html(' <abbr class="country" title="{}">{}</abbr>', country_of(code), code)


@register.simple_tag
def result(call: Call) -> SafeString:
    """How it ended: the gate's word where that is out of the ordinary, else the switch's."""
    return result_of(call.outcome, call.disposition, get_language())


@lru_cache(maxsize=256)
def result_of(of_gate: str, disposition: str, _language: str | None) -> SafeString:
    """The same of these words, in the language that is spoken now."""
    if disposition and of_gate in {CallOutcome.NOT_GATED, CallOutcome.CONNECTED}:
        return format_html("{}", in_words(disposition))
    short = _SHORT.get(of_gate)
    return outcome(of_gate) if short is None else outcome(of_gate, str(short))


_DISPOSITIONS: dict[str, str] = {
    "ANSWERED": gettext_noop("Answered"),
    "NO ANSWER": gettext_noop("No answer"),
    "BUSY": gettext_noop("Busy"),
    "FAILED": gettext_noop("Failed"),
    "CONGESTION": gettext_noop("Congestion"),
}
"""What a switch says of a call's end."""


@register.filter
def in_words(disposition: str) -> str:
    """What the switch says of a call's end; a word that is not known stays as it is."""
    known = _DISPOSITIONS.get(disposition)
    return gettext(known) if known else disposition.capitalize()


_NONE_YET = gettext_noop("No call found so far")
"""In the sum of those that were looked at, where there are more to look at."""
_NO_COST = gettext_noop("too many to add up what they cost: choose a shorter period")
"""Where there are rates, and what some of the calls cost would be taken for what all do."""


@register.simple_tag
def sum_of_calls(found: CallSum, currency: str = "") -> SafeString:
    """'312 calls · 41:20:05 of talk · USD 48.20', with *more than* where not all were counted."""
    if not found.calls and not found.exact:
        return format_html("<strong>{}</strong>", gettext(_NONE_YET))
    if found.exact:
        words = gettext("<strong>{calls}</strong> · <strong>{length}</strong> of talk")
    else:
        words = gettext(
            "more than <strong>{calls}</strong> · more than <strong>{length}</strong> of talk"
        )
    told = format_html(words, calls=calls_in_words(found.calls), length=clock(found.seconds))
    if found.cost is not None:
        return format_html("{} · <strong>{}</strong>", told, with_currency(found.cost, currency))
    if found.currency and not found.exact:
        return format_html('{} · <span class="text-secondary">{}</span>', told, gettext(_NO_COST))
    return told


@register.simple_tag
def calls_here(shown: Sequence[Call]) -> str:
    """'50 calls on this page': what paper says of itself."""
    return gettext("{counted} on this page").format(counted=calls_in_words(len(shown)))


@register.simple_tag
def sum_in_words(found: CallSum | str) -> str:
    """The same to be announced: '312 calls, 41 hours 20 minutes, USD 48.20'."""
    if not isinstance(found, CallSum):
        return ""
    if not found.calls and not found.exact:
        return gettext(_NONE_YET)
    hours, minutes = divmod(found.seconds // 60, 60)
    time = [
        ngettext("{count} hour", "{count} hours", hours).format(count=number(hours)),
        ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes),
    ]
    calls = calls_in_words(found.calls)
    if not found.exact:
        calls = gettext("more than {calls}").format(calls=calls)
    told = f"{calls}, {' '.join(time)}"
    if found.cost is not None:
        return f"{told}, {with_currency(found.cost, found.currency)}"
    return f"{told}, {gettext(_NO_COST)}" if found.currency and not found.exact else told


@register.simple_tag
def zone_name(account: Account) -> str:  # noqa: ARG001
    """'New York time': the zone in which a page tells its times, said once."""
    city = get_current_timezone_name().rsplit("/", 1)[-1].replace("_", " ")
    return gettext("{city} time").format(city=city)


@register.filter
def code_names(here: Here) -> list[str]:
    """Names of active codes to choose from; none where they are too many."""
    codes = AccountCode.objects.of(here.account).filter(active=True)
    return [] if too_many(codes) else list(codes.order_by("name").values_list("name", flat=True))


@register.simple_tag
def to_assign(here: Here) -> int:
    """How many calls of the account should have a code and have none."""
    return here.once(calls_to_assign)


@register.filter
def thousands(count: int | None) -> str:
    """12,345."""
    return number(count or 0)


@register.filter
def in_calls(count: int | None) -> str:
    """'1 call', '12,345 calls'."""
    return calls_in_words(count or 0)


@register.filter
def percent(value: object) -> str:
    """12%."""
    return gettext("{number}%").format(number=value)


@register.filter
def plain(value: float) -> str:
    """A number as SVG reads it, whatever the reader's language."""
    return f"{value:g}"


@register.filter
def month_from(first: date) -> str:
    """How the month that begins on this day is called."""
    return month_name(Month(first))


@register.filter
def more_or_less(seconds: int) -> str:
    """'0:04:00 more', or less, of what was learned later."""
    words = gettext("{length} less") if seconds < 0 else gettext("{length} more")
    return words.format(length=clock(abs(seconds)))


@register.simple_tag
def month_name(month: Month) -> str:
    """'October 2026', or its days where it does not begin on the first."""
    if month.first.day == 1:
        return date_format(month.first, "YEAR_MONTH_FORMAT")
    first, last = date_format(month.first, "MONTH_DAY_FORMAT"), date_format(month.last)
    return gettext("{first} to {last}").format(first=first, last=last)
