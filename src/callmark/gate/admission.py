"""Who is served under overload: the rule is in ``policy.overload``, what is counted is here."""

import logging
import time
from collections.abc import Callable

from callmark.gate.counters import counters
from callmark.policy.overload import Bearable, Load, Pace, shed_because

log = logging.getLogger("callmark.gate")

SAID_AGAIN_SECONDS = 10.0

SWITCH_SECONDS = 1.0
"""What a switch took for a command says nothing of it after this long."""

_SMOOTHED = 0.2


class Overloaded(Exception):
    """The call would have to be asked for a code, and cannot be in time.

    The switch's fail policy decides, for ``closed_seconds`` also of calls of its kind that come
    next, where it can.
    """

    closed_seconds = 0.0


class Admission:
    """What is in hand. An adapter tells of each call; used from the event loop alone."""

    def __init__(
        self, bearable: Bearable | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bearable = bearable or Bearable()
        self._pace = Pace(self._bearable)
        self._clock = clock
        self._calls: set[object] = set()
        self._waiting: set[object] = set()
        self._said_at = float("-inf")
        self.lag: Callable[[], float] = lambda: 0.0
        """How late the event loop is now, in seconds; set by who watches it."""
        self._switch_took = 0.0
        self._switch_at = float("-inf")

    def came(self, call: object) -> None:
        """A call waits for the gate's first word."""
        self._calls.add(call)
        self._waiting.add(call)
        counters.calls_now = len(self._calls)

    def switch_took(self, seconds: float) -> None:
        """A switch has carried out a command that waits for nobody.

        Where gate and switch share a machine, the switch needs most of it: it is late first.
        """
        known = self._switch_took if self._switch_is_known() else 0.0
        self._switch_took = known + _SMOOTHED * (seconds - known)
        self._switch_at = self._clock()

    def answered(self, call: object) -> None:
        """It has had that."""
        self._waiting.discard(call)

    def went(self, call: object) -> None:
        """It is over, however it ended."""
        self._calls.discard(call)
        self._waiting.discard(call)
        counters.calls_now = len(self._calls)

    def may_be_asked(self, kind_is_asked: Callable[[], bool] = lambda: False) -> None:
        """One more call is to be asked for a code. Raises :class:`Overloaded`.

        ``kind_is_asked``: whether each call of its kind has to be.
        """
        late = max(self.lag(), self._switch_took if self._switch_is_known() else 0.0)
        load = Load(len(self._calls), len(self._waiting), late)
        why = shed_because(load, self._bearable)
        if not why and not self._pace.allows(self._clock(), late):
            why = "lag"
        if why:
            counters.shed[why] += 1
            self._say(load)
            overloaded = Overloaded()
            if why == "lag" and kind_is_asked():
                overloaded.closed_seconds = self._pace.closed_seconds()
            raise overloaded

    def _switch_is_known(self) -> bool:
        return self._clock() - self._switch_at < SWITCH_SECONDS

    def _say(self, load: Load) -> None:
        if self._clock() - self._said_at < SAID_AGAIN_SECONDS:
            return
        self._said_at = self._clock()
        log.error(
            "more calls than this gate can ask (%d in progress, %d waiting, %.0f ms late): those "
            "that need a code follow the fail policy; %d so far",
            load.calls,
            load.waiting,
            1000 * load.lag_seconds,
            sum(counters.shed.values()),
        )
