"""The event loop of the processes that calls wait for: uvloop where it is installed.

It takes a third off a gate's work for a call. Without it (another Python, a system that has no
wheel) everything works as well, on asyncio's own.
"""

import asyncio
from collections.abc import Callable, Coroutine


def run(work: Coroutine[object, object, None]) -> None:
    """Run to the end, as ``asyncio.run`` does."""
    with asyncio.Runner(loop_factory=_factory()) as runner:
        runner.run(work)


def _factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 (may be missing)
    except ImportError:
        return None
    return uvloop.new_event_loop
