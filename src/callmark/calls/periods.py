"""Days and months of an account, and the periods that a list of calls can be asked for.

Pure: the account's zone, its billing day and the moment are handed in. A day begins at midnight in
the account's zone; where clocks skip midnight, at the first moment after it. A month begins on the
account's billing day and is named by its first day. Bounds are in UTC, the end not included.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from callmark.accounts.refused import Refused
from callmark.policy.values import value_class

EARLIEST, LATEST = date(1970, 1, 2), date(2999, 11, 30)
_A_DAY = timedelta(days=1)


class Preset(StrEnum):
    """A period that is asked for by a word. Programs and saved filters use the values."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    THIS_WEEK = "this_week"
    LAST_WEEK = "last_week"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """An account's month, by its first day."""

    first: date

    @property
    def next(self) -> "Month":
        """The month after it."""
        return Month((self.first.replace(day=1) + timedelta(days=32)).replace(day=self.first.day))

    @property
    def before(self) -> "Month":
        """The month before it."""
        return Month((self.first.replace(day=1) - _A_DAY).replace(day=self.first.day))

    @property
    def last(self) -> date:
        """Its last day."""
        return self.next.first - _A_DAY

    def days(self) -> Iterator[date]:
        """Every day of it."""
        for number in range((self.next.first - self.first).days):
            yield self.first + timedelta(days=number)


@value_class
class Calendar:
    """How an account counts its days. ``billing_day`` is 1 to 28."""

    zone: ZoneInfo
    billing_day: int = 1

    def day_of(self, moment: datetime) -> date:
        """The account's day that a moment belongs to."""
        return moment.astimezone(self.zone).date()

    def month_of(self, day: date) -> Month:
        """The account's month that a day belongs to."""
        month = Month(day.replace(day=self.billing_day))
        return month if month.first <= day else month.before

    def begins(self, day: date) -> datetime:
        """The first moment of a day, in UTC."""
        # PEP 495 reads a time that clocks skip as if they had not been changed yet: a midnight that
        # is skipped, also with its whole day, is the moment of the change.
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)


@value_class
class Period:
    """Whole days of an account, ``first`` and ``last`` included; None: without that bound.

    ``since`` and ``until`` are the same in UTC, ``until`` not included.
    """

    preset: Preset
    first: date | None
    last: date | None
    since: datetime | None
    until: datetime | None


def period_of(
    preset: str,
    calendar: Calendar,
    now: datetime,
    *,
    since: str = "",
    until: str = "",
) -> Period:
    """The period of a preset, or of two days written as 2026-11-23 (either may be left out).

    '' is all time, or *custom* where days are given. Raises :class:`Refused` for a preset that is
    not known, a day that is none, and a range the wrong way round; its field names which.
    """
    if not preset and not since and not until:
        return Period(Preset.CUSTOM, None, None, None, None)
    if preset not in {"", Preset.CUSTOM}:
        if preset not in set(Preset):
            raise Refused(
                gettext("There is no period {name}.").format(name=repr(preset)),
                "period",
                code="bad_period",
            )
        if since or until:
            raise Refused(
                gettext("Choose a period or two days, not both."), "period", code="bad_period"
            )
        first, last = days_of(Preset(preset), calendar, calendar.day_of(now))
        return _period(Preset(preset), calendar, first, last)
    first_day = read_day(since, "since")
    last_day = read_day(until, "until")
    if first_day and last_day and last_day < first_day:
        raise Refused(gettext("This day is before the first one."), "until", code="bad_period")
    return _period(Preset.CUSTOM, calendar, first_day, last_day)


def days_of(preset: Preset, calendar: Calendar, today: date) -> tuple[date, date]:
    """The first and the last day of a preset; weeks begin on Monday (ISO 8601)."""
    monday = today - timedelta(days=today.weekday())
    month = calendar.month_of(today)
    match preset:
        case Preset.TODAY:
            return today, today
        case Preset.YESTERDAY:
            return today - _A_DAY, today - _A_DAY
        case Preset.THIS_WEEK:
            return monday, monday + timedelta(days=6)
        case Preset.LAST_WEEK:
            return monday - timedelta(days=7), monday - _A_DAY
        case Preset.THIS_MONTH:
            return month.first, month.last
        case Preset.LAST_MONTH:
            return month.before.first, month.before.last
        case Preset.CUSTOM:
            raise ValueError("a custom period has its own days")


def month_period(month: Month, calendar: Calendar) -> Period:
    """A whole month, as it is by this calendar."""
    return _period(Preset.CUSTOM, calendar, month.first, month.last)


def read_day(text: str, field: str) -> date | None:
    """A day written as 2026-11-23; None for ''. Raises :class:`Refused` for anything else."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        day = None
    if day is None or len(text) != 10 or not EARLIEST <= day <= LATEST:
        raise Refused(gettext("Write the day as 2026-11-23."), field, code="bad_date")
    return day


def _period(preset: Preset, calendar: Calendar, first: date | None, last: date | None) -> Period:
    return Period(
        preset,
        first,
        last,
        calendar.begins(first) if first else None,
        calendar.begins(last + _A_DAY) if last else None,
    )
