"""A report in words: lines, figures, its period and what was asked, for pages and paper."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext

from callmark.accounts.currencies import written
from callmark.accounts.models import Account, User
from callmark.calls.lengths import clock, in_minutes
from callmark.calls.models import CallTypeChoice, Direction
from callmark.calls.parties import international
from callmark.calls.periods import Month, Period
from callmark.codes.models import AccountCode
from callmark.local_formats import number
from callmark.reports.definitions import (
    OVER_TIME,
    Definition,
    Kind,
    Line,
    Part,
    Report,
    What,
    definition_from,
)


def label_of(report: Report, line: Line) -> tuple[str, str]:
    """How a line is called in the reader's words, and the country of a number."""
    what = report.definition.what
    if line.key.part is not Part.ONE:
        return line.label, ""
    if what in OVER_TIME:
        return _day_in_words(what, date.fromisoformat(line.key.value)), ""
    if what is What.NUMBER and line.label.startswith("+"):
        return international(line.label)
    return line.label, ""


def _day_in_words(what: What, day: date) -> str:
    if what is What.MONTH and day.day == 1:
        return date_format(day, "YEAR_MONTH_FORMAT")
    if what is What.DAY:
        return gettext("{weekday}, {day}").format(
            weekday=date_format(day, "D"), day=date_format(day)
        )
    return date_format(day)


def period_of_report(period: Period) -> str:
    """'October 2026' for a month that begins on the first, else the days."""
    first, last = period.first, period.last
    if first and first.day == 1 and Month(first).last == last:
        return date_format(first, "YEAR_MONTH_FORMAT")
    if first and last:
        days = date_format(first), date_format(last)
        if first == last:
            return days[0]
        return gettext("{first} to {last}").format(first=days[0], last=days[1])
    if first:
        return gettext("From {day}").format(day=date_format(first))
    if last:
        return gettext("Until {day}").format(day=date_format(last))
    return gettext("All days")


def figure_in_words(kind: Kind, value: int | Decimal | None, currency: str) -> str:
    """12,345; 0:41:20 for a length; 48.20 for money; '' where there is none."""
    if value is None:
        return ""
    if kind is Kind.SECONDS:
        return clock(int(value))
    if kind is Kind.MONEY:
        return written(Decimal(value), currency)
    return number(value)


def about(asked: Definition, account: Account) -> Iterator[tuple[str, str]]:
    """Every filter of a report, in words."""
    words = asked.asked()
    if "codes" in words:
        yield gettext("Account codes"), names_of_codes(account, words["codes"])
    if asked.user:
        user = User.objects.of(account).filter(pk=asked.user).first()
        yield gettext("User"), user.name if user else "?"
    if asked.number:
        yield gettext("Number"), asked.number
    if asked.at_least is not None:
        yield gettext("At least"), in_minutes(asked.at_least)
    if asked.at_most is not None:
        yield gettext("At most"), in_minutes(asked.at_most)
    if asked.call_type:
        yield gettext("Call type"), str(CallTypeChoice(asked.call_type).label)
    if asked.direction:
        yield gettext("Direction"), str(Direction(asked.direction).label)


def names_of_codes(account: Account, codes: str) -> str:
    """Ids separated by commas (with ! for those left out) as names."""
    definition = definition_from({"codes": codes})
    ids = [*definition.codes, *definition.other_than_codes]
    found = AccountCode.objects.of(account).filter(pk__in=ids)
    names = dict(found.values_list("pk", "name"))
    wanted = [names.get(pk, "?") for pk in definition.codes]
    return ", ".join([*wanted, *(f"!{names.get(pk, '?')}" for pk in definition.other_than_codes)])
