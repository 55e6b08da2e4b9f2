"""Whether this process has been too slow to be sure of what callers typed.

While a switch waits for our next command it throws away what the caller types. A process that was
held up for a moment may have lost digits so, and an entry of that moment is nobody's guess.
"""

import asyncio
import time
from collections.abc import Callable

from callmark.gate.counters import counters

LATE_SECONDS = 0.25
"""Fast typists leave 80 ms between digits; a pause between two entries is longer than this."""

_LOOK_SECONDS = 0.05


class Lateness:
    """Watches how late the event loop is; started with the server, stopped with it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._late_at = float("-inf")
        self._expected = float("inf")
        self._last = 0.0
        self._looked_at = float("-inf")
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Watch from now on."""
        self._task = asyncio.create_task(self._watch())

    def stop(self) -> None:
        """Watch no more."""
        if self._task is not None:
            self._task.cancel()

    def now(self) -> float:
        """The moment to compare with, later."""
        return self._clock()

    def since(self, moment: float) -> bool:
        """Whether the loop was late at any time since then."""
        return self._late_at >= moment

    def lag(self) -> float:
        """How late the loop is now, in seconds: as it was when looked at, or a look is overdue."""
        now = self._clock()
        seen = self._last if now - self._looked_at < 3 * _LOOK_SECONDS else 0.0
        return max(seen, now - self._expected, 0.0)

    async def _watch(self) -> None:
        while True:
            self._expected = self._clock() + _LOOK_SECONDS
            await asyncio.sleep(_LOOK_SECONDS)
            self.looked(self._expected)

    def looked(self, expected: float) -> None:
        """A look that was to be at ``expected`` is now."""
        late = max(0.0, self._clock() - expected)
        self._last, self._looked_at = late, self._clock()
        counters.loop_was_late(late)
        if late > LATE_SECONDS:
            self._late_at = self._clock()
