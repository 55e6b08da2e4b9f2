"""From a figure of a report to its calls: the links, and how the call history reads them.

A number or a former user's name may look like an account code, and a code's hash is the code's
own: where one stands in an address, it is encrypted.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext

from callmark.accounts.models import LATEST_BILLING_DAY, Account
from callmark.accounts.refused import Refused
from callmark.calls.calendars import calendar_of
from callmark.calls.models.totals import NOBODY
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
    """The query of the calls that a line is made of; '' where they cannot be listed."""
    what, key = report.definition.what, line.key
    asked = _asked(report)
    if key.part is Part.LEARNT_LATER:
        return ""
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
        found, label, value = _of_line(account, asked["line"])
        filters |= found
        words.append((label, value, "line"))
    return AskedOfReport(filters, tuple(words))


def _month(first: str) -> Month:
    day = read_day(first, "billed")
    if day is None or day.day > LATEST_BILLING_DAY:
        raise Refused(gettext("No month begins on this day."), "billed")
    return Month(day)


def _sealed(kind: str, value: str) -> str:
    return keyring().encrypt(f"{_SEALED}{kind} {value}")


def _of_line(account: Account, sealed: str) -> tuple[dict[str, Any], str, str]:
    try:
        text = keyring().decrypt(sealed)
    except Exception:
        text = ""
    kind, _, value = text.removeprefix(_SEALED).partition(" ")
    if not text.startswith(_SEALED):
        raise Refused(gettext("This link cannot be read any more: open the report again."), "line")
    if kind == "code":
        code = AccountCode.objects.of(account).filter(code_lookup=value).first()
        return (
            {"code_lookup": value},
            gettext("Code"),
            code.name if code else gettext("Not in the list"),
        )
    if kind == "nobody":
        return {"nobody_named": value}, gettext("User"), value or gettext("Caller unknown")
    return {"other_parties": frozenset([value])}, gettext("Number"), value or gettext("Unknown")
