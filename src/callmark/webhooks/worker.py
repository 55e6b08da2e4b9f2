"""The process ``callmark webhooks``: sends what is due, several at once, until told to stop.

Between two looks it does a part of other work: its starter says what there may be.

The main thread alone uses the database; the other threads only send. A worker that dies loses
nothing and sends perhaps one message twice: receivers tell by its id.
"""

import logging
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from types import FrameType

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from callmark.keys.keyring import KeyProblem
from callmark.webhooks.deliveries import Taken, due, finish, forget_old, request_for, take
from callmark.webhooks.limit_warnings import warn_of_limits
from callmark.webhooks.sending import Answer, Request, send

log = logging.getLogger("callmark.webhooks")

AT_ONCE = 8
AT_ONCE_TO_ONE = 3
"""One receiver that hangs must leave room for the others."""

LOOK_SECONDS = 0.5
RETRY_SECONDS = 2.0
STOP_SECONDS = 5.0
FORGET_EVERY = timedelta(hours=1)
WARN_EVERY = timedelta(seconds=10)


class Worker:
    """Takes, sends and settles deliveries. Clock, chance and sender can be replaced in tests."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = timezone.now,
        chance: Callable[[], float] = random.random,
        sender: Callable[[Request], Answer] = send,
        work: Sequence[Callable[[], bool]] = (),
        came_round: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._send = sender
        # Each does a part, and says whether there was any.
        self._work = work
        self._came_round = came_round
        self._threads = ThreadPoolExecutor(AT_ONCE, "webhook")
        self._running: dict[Future[Answer], Taken] = {}
        self._forget_at = clock()
        self._warn_at = clock()

    def run(self, stopping: threading.Event) -> None:
        """Work until ``stopping`` is set; a database that is away is waited for."""
        while not stopping.is_set():
            self._came_round()
            try:
                close_old_connections()
                self.begin_due()
                self.settle(LOOK_SECONDS)
                self._forget_now_and_then()
                self._warn_now_and_then()
                worked = [some() for some in self._work]
                if not any(worked) and not self._running:
                    stopping.wait(LOOK_SECONDS)
            except DatabaseError as problem:
                log.warning("the database cannot be used now: %s", type(problem).__name__)
                stopping.wait(RETRY_SECONDS)
        self.stop()

    def run_due(self) -> int:
        """Send whatever is due now and wait for the answers; return how many were sent."""
        count = 0
        while self.begin_due() or self._running:
            count += self.settle(None)
        return count

    def begin_due(self) -> int:
        """Start sending what is due, as far as there is room; return how many."""
        to_each = Counter(taken.endpoint_id for taken in self._running.values())
        busy = [pk for pk, count in to_each.items() if count >= AT_ONCE_TO_ONE]
        begun = 0
        for one in due(self._clock(), busy):
            if len(self._running) >= AT_ONCE:
                break
            if to_each[one.endpoint_id] >= AT_ONCE_TO_ONE:
                continue
            if taken := take(one, self._clock()):
                self._begin(taken)
                to_each[one.endpoint_id] += 1
                begun += 1
        return begun

    def _begin(self, taken: Taken) -> None:
        try:
            request = request_for(taken, self._clock())
        except KeyProblem as problem:
            finish(taken, Answer(None, str(problem)), self._clock(), self._chance())
            return
        if request is not None:
            self._running[self._threads.submit(self._send, request)] = taken

    def settle(self, seconds: float | None) -> int:
        """Wait for an answer, this long at most, and store all that are there; return how many."""
        done = wait(self._running, seconds, FIRST_COMPLETED).done if self._running else ()
        for future in done:
            # Kept until stored: if the database is away now, it is tried again.
            finish(self._running[future], _answer_of(future), self._clock(), self._chance())
            del self._running[future]
        return len(done)

    def stop(self) -> None:
        """Wait a moment for answers. What is still under way then is sent again later."""
        wait(self._running, STOP_SECONDS)
        try:
            self.settle(0)
        except DatabaseError:
            log.warning("answers could not be stored: those messages are sent again")
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _forget_now_and_then(self) -> None:
        if self._clock() >= self._forget_at:
            self._forget_at = self._clock() + FORGET_EVERY
            if count := forget_old(self._clock()):
                log.info("forgot %d old messages", count)

    def _warn_now_and_then(self) -> None:
        if self._clock() >= self._warn_at:
            self._warn_at = self._clock() + WARN_EVERY
            warn_of_limits(self._clock())


def _answer_of(future: "Future[Answer]") -> Answer:
    try:
        return future.result()
    except Exception as problem:
        log.exception("a message could not be sent")
        return Answer(None, f"internal error ({type(problem).__name__})")


def serve(
    work: Sequence[Callable[[], bool]], came_round: Callable[[], None] = lambda: None
) -> None:
    """Run a worker until SIGTERM or SIGINT; ``work`` is what it does besides, a part at a time.

    ``came_round`` is called before each look for something to do.
    """
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    log.info("webhooks are sent")
    Worker(work=work, came_round=came_round).run(stopping)
