"""What a gate can bear, and what it does beyond that.

A call that would have to be asked for a code, and that cannot be served in time, is given back at
once: the switch's fail policy decides it, as when no gate is there. Emergency calls and calls that
need no code are never given back: they cost little, and the fail policy might refuse them.
"""

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
    """

    calls: int = 1500
    waiting: int = 8
    lag_seconds: float = 0.04


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
