"""Timing two ways of doing a thing in turns, so that a busy machine slows both alike."""

import statistics
import time
from collections.abc import Callable


def seconds_per_call(work: Callable[[], object], repeat: int) -> float:
    """Mean seconds of one call over ``repeat`` calls."""
    started = time.perf_counter()
    for _ in range(repeat):
        work()
    return (time.perf_counter() - started) / repeat


def compare(
    name: str, ours: Callable[[], object], peer_name: str, peer: Callable[[], object], repeat: int
) -> None:
    """Print the median of both over seven rounds taken in turns, and their ratio."""
    our_rounds, peer_rounds = [], []
    for _ in range(7):
        our_rounds.append(seconds_per_call(ours, repeat))
        peer_rounds.append(seconds_per_call(peer, repeat))
    mine, other = statistics.median(our_rounds), statistics.median(peer_rounds)
    print(
        f"{name}: {mine * 1e6:9.1f} µs   {peer_name}: {other * 1e6:9.1f} µs   "
        f"ratio {mine / other:.2f}"
    )
