"""When to try again: soon at first, then ever more rarely, for about two and a half days."""

from datetime import timedelta

FIRST_PAUSE = timedelta(seconds=5)
GROWTH = 4
LONGEST_PAUSE = timedelta(hours=24)
JITTER = 0.25
MAX_ATTEMPTS = 10


def pause_after(attempts: int, chance: float) -> timedelta | None:
    """How long to wait after this many attempts; None: give up. ``chance`` is in 0-1.

    The chance spreads what failed together, so that it does not all come back together.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    pause: timedelta = FIRST_PAUSE * GROWTH ** (attempts - 1)
    return min(LONGEST_PAUSE, pause * (1 + JITTER * chance))
