"""Making a report: its lines, what stands below them, the total, and the period before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext

from callmark.accounts.models import Account, User
from callmark.calls.models import ClosedMonth, TagState
from callmark.reports.by_code import ByCode
from callmark.reports.by_period import ByDay, ByMonth, ByWeek
from callmark.reports.by_type import ByNumber, ByType
from callmark.reports.by_user import ByUser, ByUserToAssign
from callmark.reports.definitions import (
    HEADS,
    OVER_TIME,
    TITLES,
    Column,
    Definition,
    Figures,
    Key,
    Kind,
    Line,
    Part,
    Report,
    What,
)
from callmark.reports.reading import Reading, by_hash, in_memory, pages_kept, with_a_helper
from callmark.reports.selection import Selection, before, select

ON_A_PAGE = 100
"""Lines that a page shows; a file has them all."""

_READINGS: dict[What, type[Reading]] = {
    What.CODE: ByCode,
    What.USER: ByUser,
    What.CALL_TYPE: ByType,
    What.NUMBER: ByNumber,
    What.DAY: ByDay,
    What.WEEK: ByWeek,
    What.MONTH: ByMonth,
    What.UNTAGGED: ByUserToAssign,
}


def make_report(
    account: Account,
    asked: Definition,
    *,
    person: User | None,
    now: datetime | None = None,
    most: int | None = ON_A_PAGE,
) -> Report:
    """The report, as it is now, of the calls that this person may read (None: of all of them).

    ``most`` lines at most (None: all). Raises :class:`Refused` for what is asked of a code or user
    that is not there.
    """
    with pages_kept(), in_memory():
        return _made(account, asked, person, now or timezone.now(), most)


def _made(
    account: Account, asked: Definition, person: User | None, now: datetime, most: int | None
) -> Report:
    selection = select(account, asked, person, now)
    if selection.search.number:
        by_hash()
    if asked.what is What.NUMBER:
        with_a_helper()
    reading = _READINGS[asked.what](selection)
    earlier = before(selection, asked) if asked.compare else None
    reading_before = _READINGS[asked.what](earlier) if earlier else None
    learned = _learned_later(reading, asked)
    lines: Sequence[Line] = _lines(reading, reading_before, asked, most)
    rest = [*reading.rest(), *([learned] if learned else [])]
    total = reading.total() + (learned.figures if learned else Figures())
    total_before = None
    if reading_before is not None:
        lines, rest, total_before = _compared(reading_before, asked, lines, rest)
    return Report(
        definition=asked,
        title=gettext(TITLES[asked.what]),
        period=selection.period,
        month=selection.month,
        is_closed=(is_closed := _is_closed(selection)),
        before=earlier.period if earlier else None,
        made_at=now,
        columns=_columns(asked, selection),
        lines=lines,
        count=reading.count() if most is not None and len(lines) == most else len(lines),
        rest=rest,
        total=total,
        total_before=total_before,
        currency=selection.currency,
        notes=tuple(_notes(selection, is_closed=is_closed)),
    )


def _lines(
    reading: Reading, earlier: Reading | None, asked: Definition, most: int | None
) -> list[Line]:
    order = asked.order
    if earlier is None or asked.what in OVER_TIME or order.removeprefix("-") != "change":
        return reading.lines(order, most)
    return reading.lines_by_change(earlier, most, is_down=order[0] == "-")


def _learned_later(reading: Reading, asked: Definition) -> Line | None:
    """What the month's totals have in their lines already, and other sources do not know."""
    by_totals = asked.what in {What.CODE, What.USER, What.UNTAGGED}
    if by_totals and reading.selection.month_totals_tell:
        return None
    states = {TagState.TO_ASSIGN} if asked.what is What.UNTAGGED else set(TagState)
    found = reading.selection.learned_later(frozenset(states))
    if found.is_empty:
        return None
    return Line(Key(Part.LEARNT_LATER), gettext("Learned later of closed months"), found)


def _compared(
    earlier: Reading, asked: Definition, lines: Sequence[Line], rest: Sequence[Line]
) -> tuple[Sequence[Line], list[Line], Figures]:
    if asked.what not in OVER_TIME:
        # Before the sums, which calls that are gone through tell along with them.
        found = earlier.figures({line.key for line in lines}) if lines else {}
        lines = [replace(line, before=found.get(line.key, Figures())) for line in lines]
    learned = _learned_later(earlier, asked)
    below = {line.key: line.figures for line in [*earlier.rest(), *([learned] if learned else [])]}
    total = earlier.total() + (learned.figures if learned else Figures())
    rest = [replace(line, before=below.get(line.key, Figures())) for line in rest]
    return lines, list(rest), total


def _columns(asked: Definition, selection: Selection) -> tuple[Column, ...]:
    columns = (
        Column("label", gettext(HEADS[asked.what]), Kind.TEXT),
        Column("calls", gettext("Calls"), Kind.COUNT),
        Column("seconds", gettext("Talk"), Kind.SECONDS),
    )
    if not selection.has_cost:
        return columns
    cost = gettext("Cost, {currency}")
    return (
        *columns,
        Column("billed_seconds", gettext("Billed"), Kind.SECONDS),
        Column("cost", cost.format(currency=selection.currency), Kind.MONEY),
    )


def _is_closed(selection: Selection) -> bool:
    if selection.month is None:
        return False
    return ClosedMonth.objects.of(selection.account).filter(month=selection.month).exists()


def _notes(selection: Selection, *, is_closed: bool) -> list[str]:
    notes = [gettext("Calls are legs: each time somebody asks for a number is a call of its own.")]
    if selection.month is None:
        notes.append(gettext("Calls that started in the period, by the account's time zone."))
    else:
        notes.append(
            gettext(
                "Calls that are billed in the month. The month is closed: this does not change."
            )
            if is_closed
            else gettext("Calls that are billed in the month. The month is open.")
        )
    notes.append(gettext("Talk is the time from answer to end. Test calls are in no figure."))
    if selection.has_cost:
        notes.append(
            gettext("Billed is the time that the rates charge for; cost is what they come to.")
        )
    return notes
