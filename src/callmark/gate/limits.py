"""What is used of limits, in memory: what is on record, and what this process has let go on since.

A call costs a look into a dictionary. What is not known does not limit: before the first reading,
of a new limit, and when the records have not been read for a while.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from threading import Lock

from callmark.calls.limits import Used
from callmark.policy.limits import Limit, LimitUnit
from callmark.policy.numbering import Classification

FRESH_SECONDS = 60.0
"""A reading older than this is no longer believed: the database is away."""

LONGEST_SECONDS = 2 * 86_400.0
"""No period in which calls are counted is longer: what was heard before does not count."""


class LimitCounts:
    """Counts of every limit. Heard in one thread; what is on record comes from any."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._used: Mapping[str, Used] = {}
        self._read_at = float("-inf")
        # By limit and whose count it is: calls that went on here and may not be on record yet, with
        # when, the earliest first.
        self._heard: dict[tuple[str, str], dict[str, float]] = {}
        self._lock = Lock()

    @property
    def waiting(self) -> list[str]:
        """Calls heard here of which it is not known that they are on record."""
        with self._lock:
            return list({call_id for calls in self._heard.values() for call_id in calls})

    def take_over(self, used: Mapping[str, Used], on_record: set[str]) -> None:
        """Put what the records tell now in place of what they told before."""
        with self._lock:
            self._used, self._read_at = used, self._clock()
            for key, calls in tuple(self._heard.items()):
                limit = used.get(key[0])
                # A record that was set aside may never come.
                since = limit.since.timestamp() if limit else self._read_at - LONGEST_SECONDS
                for call_id, at in tuple(calls.items()):
                    if call_id in on_record or at < since:
                        del calls[call_id]
                if not calls:
                    del self._heard[key]

    def usage(self, limit: Limit, whose: str) -> int | None:
        """:data:`callmark.policy.limits.Usage`."""
        now, used = self._clock(), self._used.get(limit.id)
        if used is None or now - self._read_at > FRESH_SECONDS:
            return None
        since, until = used.since.timestamp(), used.until.timestamp()
        # The next period has begun since the last reading: nothing of it is on record.
        begins = since if now < until else until
        count = used.amounts.get(whose, 0) if now < until else 0
        if limit.unit is LimitUnit.CALLS:
            with self._lock:
                count += _since(begins, self._heard.get((limit.id, whose), {}))
        return count

    def count(
        self, call_id: str, limits: Iterable[Limit], found: Classification, user_id: str | None
    ) -> None:
        """A call goes on. Its minutes are known when it is over, and on record."""
        now = self._clock()
        for limit in limits:
            if limit.unit is LimitUnit.CALLS and limit.concerns(found, user_id):
                whose = limit.counted_for(user_id)
                with self._lock:
                    self._heard.setdefault((limit.id, whose), {})[call_id] = now


def _since(moment: float, calls: Mapping[str, float]) -> int:
    """How many began then or later; as quick for thousands, but as a period ends."""
    if next(iter(calls.values()), moment) >= moment:
        return len(calls)
    return sum(at >= moment for at in calls.values())
