"""How long calls took, counted in buckets: what the caller spent at the prompt, and what we did.

Plain numbers, written by the event loop; any thread may read them.
"""

from bisect import bisect_left
from dataclasses import dataclass, field


@dataclass(slots=True)
class Timings:
    """Counts of seconds, one for each bound and one above the last; ``seconds`` is their sum."""

    bounds: tuple[float, ...]
    counts: list[int] = field(default_factory=list)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.seconds += seconds


decisions = Timings((0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5))
"""From a call's question to its durable record, without the time a caller was asked in."""

prompts = Timings((1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0))
"""What callers who were asked spent listening and typing."""
