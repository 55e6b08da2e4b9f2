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
_IDLE_SECONDS = 0.25


class Lateness:
    """Watches how late the event loop is; started with the server, stopped with it.

    Of a server that says when it is busy, closely no longer than that.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._late_at = float("-inf")
        self._expected = float("inf")
        self._last = 0.0
        self._looked_at = float("-inf")
        self._looking: asyncio.TimerHandle | None = None
        self._is_idle = False
        self.is_busy: Callable[[], bool] = lambda: True

    def start(self) -> None:
        """Watch from now on."""
        self._look_in(_LOOK_SECONDS)

    def stop(self) -> None:
        """Watch no more."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking, self._is_idle = None, False

    def hurry(self) -> None:
        """It is busy from now on."""
        if self._is_idle:
            self.stop()
            self._look_in(_LOOK_SECONDS)

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

    def _look_in(self, seconds: float) -> None:
        self._expected = self._clock() + seconds
        self._looking = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        self.looked(self._expected)
        self._is_idle = not self.is_busy()
        self._look_in(_IDLE_SECONDS if self._is_idle else _LOOK_SECONDS)

    def looked(self, expected: float) -> None:
        """A look that was to be at ``expected`` is now."""
        late = max(0.0, self._clock() - expected)
        self._last, self._looked_at = late, self._clock()
        counters.loop_was_late(late)
        if late > LATE_SECONDS:
            self._late_at = self._clock()
