"""When a report is due: pure, the account's zone and the moment are handed in."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from callmark.reports.models import Every


def next_due(every: str, day: int, hour: int, zone: ZoneInfo, after: datetime) -> datetime:
    """The first moment after this one at which it is due, in UTC.

    ``day`` is that of a month (31 is the last day of a shorter one), or of a week from Monday, 1.
    An hour that clocks skip is due as much later; one that comes twice is due the first time.
    """
    today = after.astimezone(zone).date()
    for ahead in range(-1, 63):
        on = today + timedelta(days=ahead)
        if _is_day(every, day, on):
            # There and back again: clocks skip some hours.
            due = datetime.combine(on, time(hour), zone).astimezone(UTC)
            if due > after:
                return due
    raise AssertionError("every month has this day, and every week")


def _is_day(every: str, day: int, on: date) -> bool:
    if every == Every.WEEK:
        return on.isoweekday() == day
    return on.day == min(day, calendar.monthrange(on.year, on.month)[1])
