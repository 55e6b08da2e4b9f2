"""What a gate can bear, and what it does beyond that.

A call that would have to be asked for a code, and that cannot be served in time, is given back at
once: the switch's fail policy decides it, as when no gate is there. Emergency calls and calls that
need no code are never given back: they cost little, and the fail policy might refuse them.

To be told so costs a switch as much as a third of a call. So with the answer it may be told for how
long the next ones would hear the same, and it asks none of these meanwhile: calls abroad alone, of
an account whose phones are all asked for a code on each of them (:func:`all_are_asked_abroad`).
"""

import math
from collections.abc import Iterable
from typing import Literal

from callmark.policy.prompt_options import PromptOptions
from callmark.policy.settings import EffectiveSettings, Unasked
from callmark.policy.values import value_class

Shed = Literal["", "calls", "lag"]
"""Why a call is given back: too many at once, or too slow; '' for a call that is served."""

GAP_SECONDS = 0.15
"""Nobody begins an entry sooner after the one before it; in a longer gap a digit may be lost."""


@value_class
class Load:
    """What a gate has in hand now.

    ``calls`` are those in progress, most of which wait for a person; ``waiting`` have not had the
    gate's first word carried out. ``lag_seconds`` is how late the gate does what is due, or the
    switch what it is told, whichever is later.
    """

    calls: int
    waiting: int
    lag_seconds: float


@value_class
class Bearable:
    """Beyond ``calls`` none is asked; nor once ``waiting`` of them wait, and for too long.

    Lateness alone is no overload: a busy machine is late with a single call, too, and serves it.
    ``always``: so many a second are asked however late they are, all of one moment if need be.
    """

    calls: int = 1500
    waiting: int = 8
    lag_seconds: float = 0.015
    always: float = 10.0


class Pace:
    """How many calls a second are asked: all that come, until they are served late for a while.

    Then a part less than were asked, and nearly none until the queue is short again; in time more:
    quickly up to near the rate that was too much, slowly beyond it. What a call costs comes over
    the seconds after it is let in, so a queue alone tells too late of it. A moment in which nothing
    moves, such as a slow flush, is no reason. Moments are seconds of any clock.
    """

    def __init__(self, bearable: Bearable) -> None:
        self._bearable = bearable
        self.limit = math.inf
        """Calls a second; infinite where nothing has been late."""
        self._too_much = math.inf
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
        limit = self._bearable.always if self._is_deep(now, lag_seconds) else self.limit
        if limit < math.inf:
            most = max(self._bearable.always, _BURST_SECONDS * limit + 1.0)
            self._room = min(most, self._room + passed * limit)
            if self._room < _ONE:
                return False
            self._room -= 1.0
        else:
            self._room = self._bearable.always
        self._asked += 1.0
        return True

    def closed_seconds(self) -> float:
        """After one was not allowed: for how long none would be, until there is room for a few."""
        if self.limit == math.inf:
            return 0.0
        return min(MOST_CLOSED_SECONDS, max(0.0, _A_FEW - self._room) / self.limit)

    def _adapt(self, now: float, passed: float, lag_seconds: float) -> None:
        if lag_seconds > self._bearable.lag_seconds:
            # What was late for a call some time ago says nothing of the time between.
            seen_all_along = passed < _LASTS_SECONDS
            self._late_since = min(self._late_since, now) if seen_all_along else now
            if self._lasts(now) and now - self._cut_at >= _CUT_SECONDS:
                self._cut(now)
            return
        self._late_since = math.inf
        if self.limit < math.inf:
            near = self.limit >= _NEAR * self._too_much
            self.limit *= 1 + (_GROWTH_NEAR if near else _GROWTH) * min(passed, 1.0)
            if now - self._cut_at > _FORGOTTEN_SECONDS:
                self.limit = math.inf

    def _cut(self, now: float) -> None:
        served = min(self.limit, self._asked / _RATE_SECONDS)
        again = now - self._cut_at <= _AGAIN_SECONDS
        # Of cuts in a row each finds the queue of the one before, too: the first knew the rate.
        self._too_much = _CUT * self._too_much if again else served
        self.limit = max(self._bearable.always, _CUT * served)
        self._cut_at = now

    def _lasts(self, now: float) -> bool:
        return now - self._late_since >= _LASTS_SECONDS

    def _is_deep(self, now: float, lag_seconds: float) -> bool:
        return lag_seconds > _DEEP * self._bearable.lag_seconds and self._lasts(now)


MOST_CLOSED_SECONDS = 0.1
"""What nobody hears of is looked at again this soon, and a gate that is gone is not to blame."""

_A_FEW = 5.0
"""Calls. With one at a time, nearly every call that is given back would have come to be told so."""

_RATE_SECONDS = 1.0
_BURST_SECONDS = 0.1
_ONE = 1.0 - 1e-6
"""So many parts of one may add up to a little less."""
_LASTS_SECONDS = 0.6
_DEEP = 4
_CUT, _CUT_SECONDS, _AGAIN_SECONDS = 0.85, 0.7, 2.5
_GROWTH, _NEAR, _GROWTH_NEAR = 0.8, 0.9, 0.03
_FORGOTTEN_SECONDS = 30.0


def shed_because(load: Load, bearable: Bearable) -> Shed:
    """Whether one more call that is to be asked is given back, and why."""
    if load.calls > bearable.calls:
        return "calls"
    late = load.lag_seconds > bearable.lag_seconds
    return "lag" if late and load.waiting > bearable.waiting else ""


def all_are_asked_abroad(
    settings: Iterable[EffectiveSettings], options: PromptOptions, unasked: Unasked
) -> bool:
    """Whether every call abroad from any phone of an account is asked for a code.

    ``settings`` are those of all who have a phone. A kept code stands in for an entry, and where
    the account lets through whom nobody can ask, a phone that nobody knows is not asked.
    """
    if options.kept_minutes or unasked is Unasked.LET_THROUGH:
        return False
    return all(one.active and one.rules.international for one in settings)


def may_have_lost_digits(gap_seconds: float, lag_seconds: float) -> bool:
    """Whether something that was typed between two commands to the switch may be lost.

    ``gap_seconds`` went by from its answer, as far as we saw it, to our next command;
    ``lag_seconds`` is how late we may have seen the answer. An entry of such a moment is never a
    guess: reference section 5, 1.
    """
    return gap_seconds + lag_seconds > GAP_SECONDS
