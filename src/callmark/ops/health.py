"""Whether a process is alive, and whether it is ready: what ``/healthz`` and ``/readyz`` say.

Alive asks nothing but the process itself: a database that is away must not get a gate killed that
decides calls from memory. Ready asks what its work needs, at most once in two seconds however often
it is asked, in a thread of its own that nobody waits for longer than three.

What a check says is read by people who may not know a secret: never a message of another program,
which may quote an address with a password, only the kind of problem.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from callmark.policy.values import value_class

ASKED_AGAIN_SECONDS = 2.0
LONGEST_SECONDS = 3.0


@value_class
class Check:
    """Something that a process needs; ``look`` returns '' when all is well, or what is not.

    What is not ``needed`` leaves a process ready, and is told: a gate without its database goes on.
    """

    name: str
    look: Callable[[], str]
    needed: bool = True


@dataclass(slots=True)
class _Look:
    """One look at every check, in a thread."""

    problems: dict[str, str] = field(default_factory=dict)
    done: threading.Event = field(default_factory=threading.Event)
    ended_at: float = 0.0


class Health:
    """Of one process. ``when_done`` follows each look, in its thread: to close what it opened."""

    def __init__(
        self,
        process: str,
        checks: Sequence[Check] = (),
        *,
        is_alive: Callable[[], bool] = lambda: True,
        when_done: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        longest: float = LONGEST_SECONDS,
    ) -> None:
        self.process = process
        self.is_alive = is_alive
        self._checks = tuple(checks)
        self._when_done = when_done
        self._clock = clock
        self._longest = longest
        self._lock = threading.Lock()
        self._look: _Look | None = None

    def problems(self) -> Mapping[str, str]:
        """Every check's name, with what is wrong, or ''."""
        with self._lock:
            look = self._look
            if look is None or self._is_stale(look):
                look = self._look = _Look()
                threading.Thread(target=self._work, args=(look,), daemon=True).start()
        look.done.wait(self._longest)
        found = dict(look.problems)
        late = f"no answer within {self._longest:g} s"
        return {check.name: found.get(check.name, late) for check in self._checks}

    def is_ready(self, problems: Mapping[str, str]) -> bool:
        """Whether the process can do its work with these problems."""
        return not any(problems[check.name] for check in self._checks if check.needed)

    def _is_stale(self, look: _Look) -> bool:
        # One that hangs is waited for, not asked again beside itself.
        return look.done.is_set() and self._clock() - look.ended_at > ASKED_AGAIN_SECONDS

    def _work(self, look: _Look) -> None:
        try:
            for check in self._checks:
                try:
                    look.problems[check.name] = check.look()
                except Exception as problem:
                    look.problems[check.name] = f"could not be looked at ({type(problem).__name__})"
        finally:
            self._when_done()
            look.ended_at = self._clock()
            look.done.set()
