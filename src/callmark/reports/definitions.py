"""What a report is asked to tell, and what it tells: plain values, no database.

All reports are of one shape: what is told, of which period, of which calls; the answer has lines
with figures of one kind each, and their total. *Calls* are legs; talk time is what was talked,
billed time what is paid for, and they are never in one column.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext, gettext_noop

from callmark.accounts.refused import Refused
from callmark.calls.models import CallTypeChoice, Direction
from callmark.calls.periods import Period, Preset, read_day
from callmark.policy.values import value_class


class What(StrEnum):
    """What the lines of a report are. Programs and kept reports use the values."""

    CODE = "code"
    USER = "user"
    CALL_TYPE = "call_type"
    NUMBER = "number"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    UNTAGGED = "untagged"


TITLES: dict[What, str] = {
    What.CODE: gettext_noop("By code (the bill)"),
    What.USER: gettext_noop("By user"),
    What.CALL_TYPE: gettext_noop("By call type"),
    What.NUMBER: gettext_noop("By number"),
    What.DAY: gettext_noop("By day"),
    What.WEEK: gettext_noop("By week"),
    What.MONTH: gettext_noop("By month"),
    What.UNTAGGED: gettext_noop("Calls to assign, by user"),
}

HEADS: dict[What, str] = {
    What.CODE: gettext_noop("Account code"),
    What.USER: gettext_noop("User"),
    What.CALL_TYPE: gettext_noop("Call type"),
    What.NUMBER: gettext_noop("Number"),
    What.DAY: gettext_noop("Day"),
    What.WEEK: gettext_noop("Week from"),
    What.MONTH: gettext_noop("Month from"),
    What.UNTAGGED: gettext_noop("User"),
}
"""What stands above the first column."""

OVER_TIME = (What.DAY, What.WEEK, What.MONTH)

SORTS = ("label", "calls", "seconds", "billed_seconds", "cost", "change")
"""What lines can be put in order by; with a minus before it, the largest first. *change* is that of
talk, in percent; those that have nothing to be compared with come last.
"""

MOST_CODES = 200
"""Codes that one report can name."""

_SHORTEST_NUMBER = 8
_LONGEST_TALK = 2**31 - 1


@value_class
class Definition:
    """What is asked. Seconds are of talk; ``since`` and ``until`` are days as 2026-11-23.

    ``preset`` '' with two days is a period of one's own. Nothing here is a code's digits.
    """

    what: What = What.CODE
    preset: str = Preset.LAST_MONTH
    since: str = ""
    until: str = ""
    codes: tuple[UUID, ...] = ()
    other_than_codes: tuple[UUID, ...] = ()
    user: UUID | None = None
    number: str = ""
    at_least: int | None = None
    at_most: int | None = None
    call_type: str = ""
    direction: str = ""
    compare: bool = True
    sort: str = ""

    @property
    def order(self) -> str:
        """How the lines are put in order: by time, or those with the most talk first."""
        return self.sort or ("label" if self.what in OVER_TIME else "-seconds")

    def asked(self) -> dict[str, str]:
        """As an address has it, and as it is kept; :func:`definition_from` reads it."""
        codes = [str(one) for one in self.codes] + [f"!{one}" for one in self.other_than_codes]
        said = {
            "what": str(self.what),
            "period": "" if self.since or self.until else str(self.preset),
            "since": self.since,
            "until": self.until,
            "codes": ",".join(codes),
            "user": str(self.user or ""),
            "number": self.number,
            "at_least": "" if self.at_least is None else str(self.at_least),
            "at_most": "" if self.at_most is None else str(self.at_most),
            "call_type": self.call_type,
            "direction": self.direction,
            "compare": "" if self.compare else "no",
            "sort": self.sort,
        }
        return {name: value for name, value in said.items() if value}

    def query(self) -> str:
        """The same as the query of an address."""
        return urlencode(self.asked())

    def without_filters(self) -> "Definition":
        """The same of all calls of the period."""
        asked = self.asked()
        kept = ("what", "period", "since", "until", "compare", "sort")
        return definition_from({name: asked[name] for name in kept if name in asked})


def definition_from(asked: Mapping[str, str]) -> Definition:
    """What is asked by these words; what is left out is as a new report has it.

    Raises :class:`Refused` for what cannot be asked; its ``field`` says which word.
    """
    since, until = asked.get("since", ""), asked.get("until", "")
    preset = asked.get("period", "") or ("" if since or until else Preset.LAST_MONTH)
    _check_period(preset, since, until)
    codes, others = _codes(asked.get("codes", ""))
    least, most = _seconds(asked, "at_least"), _seconds(asked, "at_most")
    if least is not None and most is not None and most < least:
        raise Refused(gettext("This is shorter than the shortest."), "at_most")
    return Definition(
        what=What(_one_of(asked, "what", tuple(What)) or What.CODE),
        preset=preset,
        since=since,
        until=until,
        codes=codes,
        other_than_codes=others,
        user=_id(asked["user"], "user") if asked.get("user") else None,
        number=number_asked(asked.get("number", "")),
        at_least=least,
        at_most=most,
        call_type=_one_of(asked, "call_type", CallTypeChoice.values),
        direction=_one_of(asked, "direction", Direction.values),
        compare=asked.get("compare", "") != "no",
        sort=_one_of(asked, "sort", [*SORTS, *(f"-{name}" for name in SORTS)]),
    )


def number_asked(text: str) -> str:
    """A number, or a part of one that is too long for an account code. Raises :class:`Refused`."""
    number = "".join(one for one in text if one not in " -()./")
    if not number:
        return ""
    digits = number.removeprefix("+")
    is_number = digits.isascii() and digits.isdecimal() and len(number) <= 40
    if not is_number or (number == digits and len(digits) < _SHORTEST_NUMBER):
        raise Refused(gettext("Write the number with + and its country, such as +44 20."), "number")
    return number


def _check_period(preset: str, since: str, until: str) -> None:
    if preset == Preset.CUSTOM or (not preset and not (since and until)):
        if not (since and until):
            raise Refused(
                gettext("Choose the first and the last day."), "until" if since else "since"
            )
    elif preset and preset not in set(Preset):
        raise Refused(
            gettext("There is no period {name}.").format(name=repr(preset)),
            "period",
            code="bad_period",
        )
    elif preset and (since or until):
        raise Refused(
            gettext("Choose a period or two days, not both."), "period", code="bad_period"
        )
    first, last = read_day(since, "since"), read_day(until, "until")
    if first and last and last < first:
        raise Refused(gettext("This day is before the first one."), "until", code="bad_period")


def _codes(text: str) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    terms = [one.strip() for one in text.split(",") if one.strip()]
    if len(terms) > MOST_CODES:
        raise Refused(gettext("Name at most {most} codes.").format(most=MOST_CODES), "codes")
    wanted = tuple(_id(one, "codes") for one in terms if not one.startswith("!"))
    others = tuple(_id(one[1:].strip(), "codes") for one in terms if one.startswith("!"))
    return wanted, others


def _id(text: str, name: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused(gettext("There is no such one."), name) from None


def _seconds(asked: Mapping[str, str], name: str) -> int | None:
    text = asked.get(name, "")
    if not text:
        return None
    # Python makes no number of thousands of digits.
    is_number = text.isascii() and text.isdecimal() and len(text) < 9
    if not is_number or int(text) > _LONGEST_TALK:
        raise Refused(gettext("Write a length in seconds."), name)
    return int(text)


def _one_of(asked: Mapping[str, str], name: str, values: Sequence[str]) -> str:
    text = asked.get(name, "")
    if text and text not in set(values):
        raise Refused(gettext("This cannot be chosen here."), name)
    return text


class Kind(StrEnum):
    """What the cells of a column are."""

    TEXT = "text"
    COUNT = "count"
    SECONDS = "seconds"
    MONEY = "money"
    PERCENT = "percent"


class Column(NamedTuple):
    """``name`` is also what one sorts by, where it is one of :data:`SORTS`."""

    name: str
    title: str
    kind: Kind


@value_class
class Figures:
    """Sums of calls. ``billed_seconds`` and ``cost`` are None where the account has no rates."""

    calls: int = 0
    seconds: int = 0
    billed_seconds: int | None = None
    cost: Decimal | None = None

    def __add__(self, other: "Figures") -> "Figures":
        billed, cost = self.billed_seconds, self.cost
        if other.billed_seconds is not None:
            billed = (billed or 0) + other.billed_seconds
        if other.cost is not None:
            cost = (cost or Decimal(0)) + other.cost
        return Figures(self.calls + other.calls, self.seconds + other.seconds, billed, cost)

    def __sub__(self, other: "Figures") -> "Figures":
        billed, cost = other.billed_seconds, other.cost
        return self + Figures(
            -other.calls,
            -other.seconds,
            None if billed is None else -billed,
            None if cost is None else -cost,
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not any((self.calls, self.seconds, self.billed_seconds, self.cost))


class Part(StrEnum):
    """What a line stands for: what is asked, or what is left beside it."""

    ONE = "one"
    """One code, one user, one day..."""
    TO_ASSIGN = "to_assign"
    NO_CODE_NEEDED = "none"
    NOT_BILLABLE = "not_billable"
    LEARNT_LATER = "learned_later"
    """What was learned of calls after their month was closed, and is counted in another."""


class Key(NamedTuple):
    """Which line: the code's hash, the user's id, the type, the number, the first day.

    ``more`` is the name of a user who was deleted, or the direction where there is no type.
    """

    part: Part
    value: str = ""
    more: str = ""


@value_class
class Line:
    """One line. ``before`` is of the period before; None: nothing is compared.

    ``id`` is that of the code or the user, while there is one. ``code_encrypted`` is the code's
    digits, for those who may see them.
    """

    key: Key = field(repr=False)
    label: str
    figures: Figures
    before: Figures | None = None
    id: UUID | None = None
    code_encrypted: str = field(default="", repr=False)


@value_class
class Report:
    """What a report tells. ``lines`` may be the first of ``count``; ``rest`` stand below them.

    ``month`` is the first day of the month in which its calls are billed (``is_closed``: it is
    closed); None: its calls are those that started in the period. ``notes`` are sentences: what the
    figures are made of.
    """

    definition: Definition
    title: str
    period: Period
    month: date | None
    is_closed: bool
    before: Period | None
    made_at: datetime
    columns: tuple[Column, ...]
    lines: Sequence[Line]
    count: int
    rest: Sequence[Line]
    total: Figures
    total_before: Figures | None
    currency: str
    notes: tuple[str, ...]

    def share(self, line: Line) -> float:
        """The line's part of all talk, from 0 to 1; of all calls, where nobody talked."""
        if self.total.seconds:
            return line.figures.seconds / self.total.seconds
        return line.figures.calls / self.total.calls if self.total.calls else 0.0


def change_in_percent(now: int | Decimal, before: int | Decimal) -> int | None:
    """How much more or less; None where there was nothing before."""
    return round(100 * (now - before) / before) if before else None
