"""The relay's reports, from when a channel is let go until a gate has them on its disk."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import cast

from callmark.switches.asterisk.report_line import (
    GREETING,
    HELLO,
    MOST_UNDER_WAY,
    Frame,
    NotAReportLine,
    read_answer,
)

log = logging.getLogger("callmark.relay")

Address = tuple[str, int]

_MOST_FROM_FILES = 1000
_NEVER = float("inf")

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
"""Seconds between attempts: at one report that a gate failed to keep, or to reach any gate."""


class _Report:
    """What a switch reported. Mutable: how often it was tried is its own.

    One from a file has no secret of its own, and waits there for as long as there is no gate.
    """

    def __init__(
        self, header: bytes, secret: bytes, give_up_at: float, done: Callable[[], None]
    ) -> None:
        self.header = header
        self.secret = secret
        self.give_up_at = give_up_at
        self.done = done
        self.pause = _SHORTEST_PAUSE
        self.sent_at = 0.0


class Reports:
    """Holds reports and brings them to the first of ``gates`` that takes them, over one line.

    ``answer_seconds``: a gate that says nothing of a report for so long is taken for hung.
    ``keep_seconds``: older reports are given up; ``import-cdr`` completes such calls.
    """

    def __init__(
        self, gates: Sequence[Address], *, answer_seconds: float, keep_seconds: float, most: int
    ) -> None:
        self._gates = tuple(gates)
        self._answer_seconds = answer_seconds
        self._keep_seconds = keep_seconds
        self._most = most
        self._held = 0
        self._waiting: deque[_Report] = deque()
        self._sent: dict[int, _Report] = {}
        self._number = 0
        self._line: _Line | None = None
        self._opening: asyncio.Task[None] | None = None
        self._watching: asyncio.TimerHandle | None = None
        self.secret = b""
        """With which reports from a file are vouched for."""
        self.on_empty: Callable[[], None] = lambda: None
        """Called when the last report is off our hands."""
        self.on_kept: Callable[[bytes], None] = lambda _secret: None
        """Called with the secret of a report that a gate has kept."""
        self.on_refused: Callable[[], None] = lambda: None
        """Called when a gate has not kept one from a file."""

    @property
    def held(self) -> int:
        """How many are on our hands."""
        return self._held

    def take(self, header: bytes, secret: bytes) -> None:
        """One more. Beyond what there is room for it is dropped, and the log says so."""
        if self._held >= self._most:
            log.error("%d reports wait for a gate: one more was not taken", self._held)
            return
        give_up_at = asyncio.get_running_loop().time() + self._keep_seconds
        self._hold(_Report(header, secret, give_up_at, lambda: None))

    def take_from_file(self, header: bytes, done: Callable[[], None]) -> bool:
        """One that stays in its file until it is ``done``; False where there is no room for it."""
        if self._held >= min(self._most, _MOST_FROM_FILES):
            return False
        self._hold(_Report(header, b"", _NEVER, done))
        return True

    def _hold(self, report: _Report) -> None:
        self._held += 1
        self._waiting.append(report)
        self._go_on()

    def stop(self) -> None:
        """Bring no more."""
        if self._opening is not None:
            self._opening.cancel()
        if self._watching is not None:
            self._watching.cancel()
        if self._line is not None:
            self._line.abort()

    def _go_on(self) -> None:
        """Send what may be sent, over a line that is opened where there is none."""
        if not self._waiting:
            return
        if self._line is None:
            if self._opening is None:
                self._opening = asyncio.create_task(self._open())
            return
        now = asyncio.get_running_loop().time()
        frames = []
        while self._waiting and len(self._sent) < MOST_UNDER_WAY:
            report = self._waiting.popleft()
            report.sent_at = now
            self._number += 1
            self._sent[self._number] = report
            secret = report.secret or self.secret
            frames.append(bytes(Frame(self._number, report.header, secret)))
        if frames:
            self._line.write(b"".join(frames))
            self._watch()

    async def _open(self) -> None:
        """Until there is a line, or nothing is left to send."""
        pause = _SHORTEST_PAUSE
        while self._waiting:
            for host, port in self._gates:
                line = await self._reach(host, port)
                if line is not None and not line.is_lost:
                    self._line, self._opening = line, None
                    line.on_answer, line.on_lost = self._answered, self._lost
                    self._go_on()
                    return
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)
            self._give_up_the_oldest()
        self._opening = None

    async def _reach(self, host: str, port: int) -> "_Line | None":
        line: _Line | None = None
        try:
            async with asyncio.timeout(self._answer_seconds):
                loop = asyncio.get_running_loop()
                _, line = await loop.create_connection(_Line, host, port)
                await line.greeted
        except (OSError, TimeoutError, NotAReportLine):
            if line is not None:
                line.abort()
            return None
        return line

    def _answered(self, number: int, kept: bool) -> None:
        report = self._sent.pop(number, None)
        if report is None:
            return
        if kept:
            self._done(report)
            if report.secret:
                self.on_kept(report.secret)
        else:
            # Others go on: what keeps this one from being kept may be its own.
            loop = asyncio.get_running_loop()
            if not report.secret:
                report.give_up_at = min(report.give_up_at, loop.time() + self._keep_seconds)
                self.on_refused()
            loop.call_later(report.pause, self._again, report)
            report.pause = min(_LONGEST_PAUSE, report.pause * 2)
        self._go_on()

    def _again(self, report: _Report) -> None:
        if not self._is_given_up(report):
            self._waiting.append(report)
            self._go_on()

    def _lost(self) -> None:
        """Whether what was under way has been kept, nobody knows: it is sent again."""
        self._line = None
        self._waiting.extendleft(reversed(self._sent.values()))
        self._sent.clear()
        self._give_up_the_oldest()
        if self._waiting and self._opening is None:
            self._opening = asyncio.create_task(self._open_later())

    async def _open_later(self) -> None:
        await asyncio.sleep(_SHORTEST_PAUSE)
        await self._open()

    def _watch(self) -> None:
        """One timer for all: the first in the table has waited longest."""
        if self._watching is None and self._sent:
            oldest = next(iter(self._sent.values()))
            loop = asyncio.get_running_loop()
            self._watching = loop.call_at(oldest.sent_at + self._answer_seconds, self._look)

    def _look(self) -> None:
        self._watching = None
        now = asyncio.get_running_loop().time()
        oldest = next(iter(self._sent.values()), None)
        if oldest and self._line and now >= oldest.sent_at + self._answer_seconds:
            log.error("the gate says nothing of %d reports: they go to another", len(self._sent))
            self._line.abort()
        self._watch()

    def _give_up_the_oldest(self) -> None:
        while self._waiting and self._is_given_up(self._waiting[0]):
            self._waiting.popleft()

    def _is_given_up(self, report: _Report) -> bool:
        if asyncio.get_running_loop().time() <= report.give_up_at:
            return False
        log.error("a report was given up: no gate took it")
        self._done(report)
        return True

    def _done(self, report: _Report) -> None:
        report.done()
        self._held -= 1
        if not self._held:
            self.on_empty()


class _Line(asyncio.Protocol):
    """The connection: says who it is, is greeted, and hears of each report."""

    def __init__(self) -> None:
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_answer: Callable[[int, bool], None] = lambda _number, _kept: None
        self.on_lost: Callable[[], None] = lambda: None
        self._transport: asyncio.Transport
        self._begun = b""
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(HELLO.encode())

    def data_received(self, data: bytes) -> None:
        *lines, self._begun = (self._begun + data).split(b"\n")
        try:
            for line in lines:
                if self.greeted.done():
                    self.on_answer(*read_answer(line))
                elif line + b"\n" == GREETING:
                    self.greeted.set_result(None)
                else:
                    raise NotAReportLine("no gate that takes reports by a line")
            if len(self._begun) > len(GREETING) + 30:
                raise NotAReportLine("an answer has no end")
        except NotAReportLine as problem:
            log.error("%s: the gate's version is not the relay's?", problem)
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        if not self.greeted.done():
            self.greeted.set_exception(ConnectionError("the gate closed the line"))
        self.is_lost = True
        self.on_lost()

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def abort(self) -> None:
        self._transport.abort()
