"""Rows of the list of calls.

Made here, not by a template: of a page of 50 calls they are most of the work. So are plain strings,
in which whatever is not our own is escaped.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, tzinfo
from functools import lru_cache
from html import escape
from uuid import UUID

from django import template
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language, gettext, gettext_noop

from callmark.calls.corrections import call_version
from callmark.calls.lengths import clock
from callmark.calls.models import Call, CallTypeChoice, Direction
from callmark.calls.parties import other_party_shown
from callmark.calls.suggesting import Suggestion
from callmark.codes.secrecy import masked
from callmark.policy.values import value_class
from callmark.portal.pages import Here
from callmark.portal.templatetags.callmark import icon
from callmark.portal.templatetags.calls import party, result_of
from callmark.portal.templatetags.rates import cost

register = template.Library()


class _Words(dict[str, str]):
    """Texts in one language, to be put into HTML: each is looked up once, and not for each row."""

    def __missing__(self, text: str) -> str:
        self[text] = said = escape(gettext(text))
        return said


@value_class
class _Page:
    """What all rows of a page have alike."""

    with_codes: bool
    language: str
    zone: tzinfo
    words: _Words


Cell = Callable[[Call, _Page], str]


def read_for_rows(calls: QuerySet[Call], columns: Sequence[str]) -> QuerySet[Call]:
    """The same calls with what their rows need, and no more."""
    if "cost" not in columns:
        return calls.only(*_NEEDED)
    charge = ("charge__amount", "charge__currency")
    return calls.select_related("charge").only(*_NEEDED, *charge)


_NEEDED = (
    "started_at",
    "ended_at",
    "seconds",
    "simulated",
    "payer",
    "user_name",
    "direction",
    "caller",
    "dialed",
    "number",
    "e164",
    "call_type",
    "outcome",
    "disposition",
    "account_code_encrypted",
    "account_code_lookup",
    "account_code_name",
    "entered_by",
    "needs_code",
    "not_billable",
    "switch",
)


@register.simple_tag(name="call_rows")
def rows_of(
    calls: Iterable[Call], columns: Sequence[str], here: Here, may_correct: bool = False
) -> SafeString:
    """The rows of these calls, with the cells of these columns in their order.

    ``may_correct``: each but that of a test call begins with a box to choose it.
    """
    return _rows(calls, [_CELLS[name] for name in columns], here, may_correct=may_correct)


@register.simple_tag
def rows_to_assign(
    calls: Sequence[tuple[Call, Suggestion | None]], here: Here, may_correct: bool = False
) -> SafeString:
    """The rows of calls to assign, each with its likely code, and a button that assigns it."""
    likely = {call.pk: found for call, found in calls if found and may_correct}
    assign = gettext(": assign it to the call at {time}. {why}.")

    def suggestion(call: Call, page: _Page) -> str:
        found = likely.get(call.pk)
        if found is None:
            none = f'<span class="text-secondary">{page.words[_NONE]}</span>'
            return f'<td class="col-suggestion">{none}</td>'
        at, why = call.started_at.astimezone(page.zone), found.in_words
        return (
            '<td class="col-suggestion"><button class="btn btn-sm suggestion" type="submit" '
            f'name="what" value="suggested:{call.pk}" title="{escape(why)}">{icon("tag")} '
            f'<bdi>{escape(found.code.name)}</bdi><span class="visually-hidden">'
            f"{escape(assign.format(time=f'{at:%H:%M}', why=why))}</span></button></td>"
        )

    cells = [_user, _number, _length, suggestion]
    return _rows((call for call, _ in calls), cells, here, may_correct=may_correct)


def _rows(
    calls: Iterable[Call], cells: Sequence[Cell], here: Here, *, may_correct: bool
) -> SafeString:
    language = get_language() or ""
    page = _Page(here.may_administer, language, get_current_timezone(), _words_of(language))
    # Made once, not for each call.
    story = reverse("portal:call", args=[here.account.slug, _SOME])
    choose = gettext("Choose the call at {time}, {number}")
    rows = []
    for call in calls:
        pk, at = str(call.pk), call.started_at.astimezone(page.zone)
        pick = ""
        if may_correct:
            which = choose.format(time=f"{at:%H:%M}", number=other_party_shown(call)[0])
            pick = _NO_PICK if call.simulated else _pick(f"{pk}:{call_version(call)}", which)
        # As SHORT_DATETIME_FORMAT has it; its day is the same for many calls.
        when = (
            f'<td class="col-when"><a class="row-link" data-story '
            f'href="{escape(story.replace(_SOME_TEXT, pk))}">'
            f'<time datetime="{at.isoformat()}">{_day(at.date(), language)}, {at:%H:%M}</time>'
            "</a></td>"
        )
        rows.append(f"<tr>{pick}{when}{''.join([cell(call, page) for cell in cells])}</tr>")
    # What is not our own has been escaped.
    return mark_safe("\n".join(rows))  # noqa: S308


_SOME = UUID(int=0)
_SOME_TEXT = str(_SOME)


@lru_cache(maxsize=16)
def _words_of(_language: str) -> _Words:
    return _Words()


_NO_PICK = '<td class="col-pick"></td>'


def _pick(value: str, which: str) -> str:
    return (
        '<td class="col-pick"><label class="pick"><input class="form-check-input" type="checkbox" '
        f'name="call" value="{value}"><span class="visually-hidden">{escape(which)}'
        "</span></label></td>"
    )


@lru_cache(maxsize=1024)
def _day(day: date, _language: str) -> str:
    return escape(date_format(day, "MONTH_DAY_FORMAT"))


_UNKNOWN, _NOT_LISTED = gettext_noop("Unknown"), gettext_noop("Not in the list")
_TO_ASSIGN, _NONE = gettext_noop("To assign"), gettext_noop("None")
_NOT_BILLABLE, _TEST = gettext_noop("Not billable"), gettext_noop("Test")


def _user(call: Call, page: _Page) -> str:
    name = escape(call.payer_name) or page.words[_UNKNOWN]
    return f'<td class="col-user"><bdi>{name}</bdi></td>'


def _number(call: Call, page: _Page) -> str:
    return f'<td class="col-number">{party(call, page.language)}</td>'


def _type(call: Call, page: _Page) -> str:
    return f'<td class="col-type">{_type_of(call.call_type, call.direction, page.language)}</td>'


@lru_cache(maxsize=256)
def _type_of(call_type: str, direction: str, _language: str) -> str:
    return escape(str(_TYPES.get(call_type, call_type) or _DIRECTIONS.get(direction, direction)))


def _code(call: Call, page: _Page) -> str:
    if call.account_code_lookup:
        digits = call.account_code
        what = (
            f"<bdi>{escape(call.account_code_name) or page.words[_NOT_LISTED]}</bdi> "
            '<span class="digits text-secondary">'
            f"{escape(digits if page.with_codes else masked(digits))}</span>"
        )
    elif call.needs_code:
        what = f'<span class="badge bg-yellow-lt">{icon("tag")} {page.words[_TO_ASSIGN]}</span>'
    else:
        what = f'<span class="text-secondary">{page.words[_NONE]}</span>'
    mark = ""
    if call.not_billable:
        mark = f' <span class="badge bg-secondary-lt">{page.words[_NOT_BILLABLE]}</span>'
    return f'<td class="col-code">{what}{mark}</td>'


def _result(call: Call, page: _Page) -> str:
    test = ""
    if call.simulated:
        test = f' <span class="badge bg-purple-lt">{icon("flask")} {page.words[_TEST]}</span>'
    result = result_of(call.outcome, call.disposition, page.language)
    return f'<td class="col-result">{result}{test}</td>'


def _length(call: Call, _: _Page) -> str:
    shown = "" if call.seconds is None else clock(call.seconds)
    return f'<td class="col-length text-end digits">{shown}</td>'


def _cost(call: Call, _: _Page) -> str:
    return f'<td class="col-cost text-end digits">{escape(cost(call))}</td>'


def _ended(call: Call, page: _Page) -> str:
    shown = f"{call.ended_at.astimezone(page.zone):%H:%M:%S}" if call.ended_at else ""
    return f'<td class="col-ended">{shown}</td>'


def _entered(call: Call, _: _Page) -> str:
    return f'<td class="col-entered">{escape(str(call.get_entered_by_display()))}</td>'


def _switch(call: Call, _: _Page) -> str:
    return f'<td class="col-switch">{escape(call.switch)}</td>'


_TYPES: dict[str, object] = dict(CallTypeChoice.choices)
_DIRECTIONS: dict[str, object] = dict(Direction.choices)
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
