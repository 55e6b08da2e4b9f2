"""What a gate can bear, and what it does beyond that.

A call that would have to be asked for a code, and that cannot be served in time, is given back at
once: the switch's fail policy decides it, as when no gate is there. Emergency calls and calls that
need no code are never given back: they cost little, and the fail policy might refuse them.
"""

import math
from dataclasses import dataclass
from typing import Literal

Shed = Literal["", "calls", "lag"]
"""Why a call is given back: too many at once, or too slow; '' for a call that is served."""

GAP_SECONDS = 0.15
"""Nobody begins an entry sooner after the one before it; in a longer gap a digit may be lost."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a gate has in hand now.

    ``calls`` are those in progress, most of which wait for a person; ``waiting`` have not had the
    gate's first word carried out. ``lag_seconds`` is how late the gate does what is due, or the
    switch what it is told, whichever is later.
    """

    calls: int
    waiting: int
    lag_seconds: float


@dataclass(frozen=True, slots=True)
class Bearable:
    """Beyond ``calls`` none is asked; nor once ``waiting`` of them wait, and for too long.

    Lateness alone is no overload: a busy machine is late with a single call, too, and serves it.
    ``always``: so many a second are asked however late they are.
    """

    calls: int = 1500
    waiting: int = 8
    lag_seconds: float = 0.025
    always: float = 10.0


class Pace:
    """How many calls a second are asked: all that come, until they are served late.

    Then a part less than came, and less again while that does not help; in time slowly more. What
    a call costs comes over the seconds after it is let in, so a queue alone tells too late of it.
    Moments are seconds of any clock.
    """

    def __init__(self, bearable: Bearable) -> None:
        self._bearable = bearable
        self.limit = math.inf
        """Calls a second; infinite where nothing has been late."""
        self._asked = 0.0
        self._room = 0.0
        self._at = -math.inf
        self._cut_at = -math.inf
        self._late_since = math.inf

    def allows(self, now: float, lag_seconds: float) -> bool:
        """Whether one more call is asked; counts it if so."""
        passed, self._at = now - self._at, now
        self._asked *= math.exp(-passed / _RATE_SECONDS)
        self._adapt(now, passed, lag_seconds)
        if self.limit < math.inf:
            self._room = min(_BURST_SECONDS * self.limit + 1.0, self._room + passed * self.limit)
            if self._room < _ONE:
                return False
            self._room -= 1.0
        else:
            self._room = 1.0
        self._asked += 1.0
        return True

    def _adapt(self, now: float, passed: float, lag_seconds: float) -> None:
        late = lag_seconds > self._bearable.lag_seconds
        self._late_since = min(self._late_since, now) if late else math.inf
        if late:
            # One late answer is nobody's queue.
            lasts = now - self._late_since >= _LASTS_SECONDS
            if lasts and now - self._cut_at >= _CUT_SECONDS:
                served = min(self.limit, self._asked / _RATE_SECONDS)
                self.limit = max(self._bearable.always, _CUT * served)
                self._cut_at = now
        elif self.limit < math.inf:
            self.limit *= 1 + _GROWTH * min(passed, 1.0)
            if now - self._cut_at > _FORGOTTEN_SECONDS:
                self.limit = math.inf


_RATE_SECONDS = 1.0
_BURST_SECONDS = 0.1
_ONE = 1.0 - 1e-6
"""So many parts of one may add up to a little less."""
_LASTS_SECONDS = 0.15
_CUT, _CUT_SECONDS = 0.85, 0.7
_GROWTH = 0.15
_FORGOTTEN_SECONDS = 30.0


def shed_because(load: Load, bearable: Bearable) -> Shed:
    """Whether one more call that is to be asked is given back, and why."""
    if load.calls > bearable.calls:
        return "calls"
    late = load.lag_seconds > bearable.lag_seconds
    return "lag" if late and load.waiting > bearable.waiting else ""


def may_have_lost_digits(gap_seconds: float, lag_seconds: float) -> bool:
    """Whether something that was typed between two commands to the switch may be lost.

    ``gap_seconds`` went by from its answer, as far as we saw it, to our next command;
    ``lag_seconds`` is how late we may have seen the answer. An entry of such a moment is never a
    guess: reference section 5, 1.
    """
    return gap_seconds + lag_seconds > GAP_SECONDS
