"""From a figure of a report to its calls: the links, and how the call history reads them.

A number or a former user's name may look like an account code, and a code's hash is the code's
own: where one stands in an address, it is encrypted.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode
from uuid import UUID

from django.utils.translation import gettext

from callmark.accounts.models import LATEST_BILLING_DAY, Account, User
from callmark.accounts.refused import Refused
from callmark.calls.calendars import calendar_of
from callmark.calls.learned import LearnedLater
from callmark.calls.models import TagState
from callmark.calls.models.totals import NOBODY
from callmark.calls.months import CodeFigure
from callmark.calls.overview import UserSum
from callmark.calls.periods import Month, month_period, read_day
from callmark.codes.models import AccountCode
from callmark.keys.installed import keyring
from callmark.policy.values import value_class
from callmark.reports.definitions import Line, Part, Report, What, definition_from
from callmark.reports.words import names_of_codes, period_of_report

_TAGS = {
    Part.TO_ASSIGN: "to_assign",
    Part.NO_CODE_NEEDED: "not_needed",
    Part.NOT_BILLABLE: "not_billable",
}
_TAGS_OF_STATES = {
    TagState.TAGGED: "billable",
    TagState.TO_ASSIGN: "to_assign",
    TagState.NONE: "not_needed",
    TagState.NOT_BILLABLE: "not_billable",
}
_SEALED = "report line "
"""Begins what is encrypted here: nothing else that is encrypted can be taken for it."""


@value_class
class AskedOfReport:
    """What a report's link asks: of :class:`callmark.calls.filters.CallFilter`, and in words."""

    filters: Mapping[str, Any]
    words: tuple[tuple[str, str, str], ...]
    """Label, value and the field's name."""


def calls_of_report(report: Report) -> str:
    """The query of the calls that all lines are made of."""
    return urlencode(_asked(report))


def calls_of_line(report: Report, line: Line) -> str:
    """The query of the calls that a line is made of."""
    what, key = report.definition.what, line.key
    asked = _asked(report)
    if key.part is Part.LEARNT_LATER:
        return _learned_later(report)
    if key.part is not Part.ONE:
        return urlencode(asked | {"tag": _TAGS[key.part]})
    if what is What.CODE:
        return urlencode(asked | {"tag": "billable", "line": _sealed("code", key.value)})
    if what in {What.USER, What.UNTAGGED}:
        if UUID(key.value) == NOBODY:
            return urlencode(asked | {"line": _sealed("nobody", key.more)})
        return urlencode(asked | {"user": key.value})
    if what is What.CALL_TYPE:
        return urlencode(asked | _of_type(key.value, key.more))
    if what is What.NUMBER:
        return urlencode(asked | {"line": _sealed("number", key.value)})
    return urlencode(asked | _days(report, date.fromisoformat(key.value)))


def calls_of_code(month: Month, code: CodeFigure) -> str:
    """The query of the calls of a line by code of a month's page."""
    # A page has a hundred of them: only what needs it is quoted.
    asked = f"billed={month.first.isoformat()}&tag={_TAGS_OF_STATES[code.state]}"
    if code.lookup:
        return f"{asked}&line={quote_plus(_sealed('total', f'{code.lookup} {code.name}'))}"
    if code.state is TagState.NOT_BILLABLE:
        return f"{asked}&line={quote_plus(_sealed('without', ''))}"
    return asked


def calls_of_user(month: Month, user: UserSum) -> str:
    """The query of the calls of a line by user of a month's page."""
    line = _sealed("nobody", user.name)
    if user.who != NOBODY:
        line = _sealed("called", f"{user.who} {user.name}")
    return f"billed={month.first.isoformat()}&line={quote_plus(line)}"


def _learned_later(report: Report) -> str:
    """User and codes are asked of what was learned: the call may have others since."""
    assert report.month is not None
    asked = _asked(report)
    learned = {"month": asked.pop("billed"), "codes": asked.pop("of_codes", "")}
    learned |= {"user": asked.pop("user", ""), "state": ""}
    if asked.pop("tag", ""):
        learned["state"] = TagState.TO_ASSIGN.value
    return urlencode(asked | {"line": _sealed("learned", urlencode(learned))})


def _asked(report: Report) -> dict[str, str]:
    asked = report.definition.asked()
    kept = ("user", "number", "at_least", "at_most", "call_type", "direction")
    found = {name: asked[name] for name in kept if name in asked}
    if "codes" in asked:
        found["of_codes"] = asked["codes"]
    if report.month is not None:
        found["billed"] = report.month.isoformat()
    elif report.period.first and report.period.last:
        found["since"] = report.period.first.isoformat()
        found["until"] = report.period.last.isoformat()
    if report.definition.what is What.UNTAGGED:
        found["tag"] = "to_assign"
    return found


def _of_type(call_type: str, direction: str) -> dict[str, str]:
    return {"call_type": call_type} if call_type else {"call_type": "none", "direction": direction}


def _days(report: Report, first: date) -> dict[str, str]:
    what, period, last = report.definition.what, report.period, first
    if what is What.WEEK:
        last = first + timedelta(days=6)
    elif what is What.MONTH:
        last = Month(first).last
    if report.month is None and period.first and period.last:
        first, last = max(first, period.first), min(last, period.last)
    return {"since": first.isoformat(), "until": last.isoformat()}


def read_links(account: Account, asked: Mapping[str, Any]) -> AskedOfReport:
    """What the fields of links ask. Raises :class:`Refused` for what cannot be read (any more)."""
    filters: dict[str, Any] = {}
    words = []
    codes = asked.get("of_codes") or ""
    definition = definition_from({"codes": codes, "number": asked.get("number") or ""})
    if definition.codes or definition.other_than_codes:
        filters["code_ids"] = frozenset(definition.codes)
        filters["other_than_code_ids"] = frozenset(definition.other_than_codes)
        words.append((gettext("Codes"), names_of_codes(account, codes), "of_codes"))
    if definition.number:
        filters["number"] = definition.number
        words.append((gettext("Number"), definition.number, "number"))
    if asked.get("billed"):
        month = _month(asked["billed"])
        filters["billing_month"] = month.first
        words.append(
            (
                gettext("Billed in"),
                period_of_report(month_period(month, calendar_of(account))),
                "billed",
            )
        )
    if asked.get("line"):
        found, said = _of_line(account, asked["line"])
        filters |= found
        words += [(label, value, "line") for label, value in said.items()]
    return AskedOfReport(filters, tuple(words))


def _month(first: str) -> Month:
    day = read_day(first, "billed")
    if day is None or day.day > LATEST_BILLING_DAY:
        raise Refused(gettext("No month begins on this day."), "billed")
    return Month(day)


def _sealed(kind: str, value: str) -> str:
    return keyring().encrypt(f"{_SEALED}{kind} {value}")


_Read = tuple[dict[str, Any], dict[str, str]]


def _of_line(account: Account, sealed: str) -> _Read:
    try:
        text = keyring().decrypt(sealed)
    except Exception:
        text = ""
    kind, _, value = text.removeprefix(_SEALED).partition(" ")
    if not text.startswith(_SEALED):
        raise Refused(gettext("This link cannot be read any more: open the report again."), "line")
    return _LINES[kind](account, value)


def _code(account: Account, lookup: str) -> _Read:
    code = AccountCode.objects.of(account).filter(code_lookup=lookup).first()
    name = code.name if code else gettext("Not in the list")
    return {"code_lookup": lookup}, {gettext("Code"): name}


def _total(_: Account, value: str) -> _Read:
    lookup, name = value.split(" ", 1)
    said = name or gettext("Not in the list")
    return {"code_lookup": lookup, "code_called": name}, {gettext("Code"): said}


def _without(_: Account, __: str) -> _Read:
    return {"untagged": True}, {gettext("Code"): gettext("None")}


def _called(_: Account, value: str) -> _Read:
    who, name = value.split(" ", 1)
    return {"user_id": UUID(who), "user_called": name}, {gettext("User"): name}


def _nobody(_: Account, name: str) -> _Read:
    return {"nobody_named": name}, {gettext("User"): name or gettext("Caller unknown")}


def _number(_: Account, number: str) -> _Read:
    return {"other_parties": frozenset([number])}, {gettext("Number"): number or gettext("Unknown")}


def _learned(account: Account, value: str) -> _Read:
    asked = dict(parse_qsl(value))
    definition = definition_from({"codes": asked.get("codes", "")})
    month = _month(asked["month"])
    user = User.objects.of(account).filter(pk=asked["user"]).first() if "user" in asked else None
    learned = LearnedLater(
        account_id=account.pk,
        month=month.first,
        state=asked.get("state", ""),
        user_id=UUID(asked["user"]) if "user" in asked else None,
        code_ids=frozenset(definition.codes),
        other_than_code_ids=frozenset(definition.other_than_codes),
    )
    days = period_of_report(month_period(month, calendar_of(account)))
    said = {gettext("Learned later, closed months"): days}
    if user:
        said[gettext("User")] = user.name
    if "codes" in asked:
        said[gettext("Codes")] = names_of_codes(account, asked["codes"])
    return {"learned": learned}, said


_LINES: dict[str, Callable[[Account, str], _Read]] = {
    "code": _code,
    "total": _total,
    "without": _without,
    "called": _called,
    "nobody": _nobody,
    "number": _number,
    "learned": _learned,
}
