"""When to try again: soon at first, then ever more rarely, for about two and a half days."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

FIRST_PAUSE = timedelta(seconds=5)
GROWTH = 4
LONGEST_PAUSE = timedelta(hours=24)
JITTER = 0.25
MAX_ATTEMPTS = 10

LONGEST_REST = timedelta(hours=1)
"""A receiver cannot ask for more at once: a mistake there must not hold everything up for long."""


def pause_after(attempts: int, chance: float, rest: timedelta = timedelta(0)) -> timedelta | None:
    """How long to wait after this many attempts; None: give up. ``chance`` is in 0-1.

    ``rest`` is what the receiver asked for: never earlier than that. The chance spreads what
    failed together, so that it does not all come back together.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    pause: timedelta = max(rest, FIRST_PAUSE * GROWTH ** (attempts - 1))
    return min(LONGEST_PAUSE, pause * (1 + JITTER * chance))


def rest_asked_for(retry_after: str, now: datetime) -> timedelta:
    """What a ``Retry-After`` header asks for, in seconds or as a date; nothing if it is neither."""
    if re.fullmatch("[0-9]{1,9}", retry_after):
        rest = timedelta(seconds=int(retry_after))
    else:
        rest = _until(retry_after, now)
    return min(LONGEST_REST, max(timedelta(0), rest))


def _until(date: str, now: datetime) -> timedelta:
    try:
        at = parsedate_to_datetime(date)
        # HTTP's dates are in GMT, whether or not they say so.
        return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return timedelta(0)
