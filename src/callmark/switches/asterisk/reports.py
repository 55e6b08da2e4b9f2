"""The gate's side of the lines by which relays bring reports."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from callmark.switches.asterisk.protocol import AgiProtocol, AgiRequest, ProtocolError, Reply
from callmark.switches.asterisk.report_line import (
    GREETING,
    MOST_UNDER_WAY,
    Frame,
    FrameReader,
    NotAReportLine,
    answer,
)
from callmark.switches.asterisk.session import AgiSession

log = logging.getLogger("callmark.asterisk")

Keep = Callable[[AgiRequest, Reply], Awaitable[bool]]


class ReportLines:
    """Serves each line until its relay closes it; ``keep`` puts a report on disk, or says no."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._lines: set[AgiSession] = set()

    def stop(self) -> None:
        """Take no more: a relay brings again what has not been answered."""
        for line in self._lines:
            line.close()

    async def serve(self, line: AgiSession) -> None:
        """Until its relay, or :meth:`stop`, closes it.

        Raises :class:`ProtocolError` for what is no line of reports.
        """
        line.be_bare()
        line.write(GREETING)
        self._lines.add(line)
        frames, under_way = FrameReader(), set[asyncio.Task[None]]()
        try:
            while data := await line.read():
                for frame in frames.receive(data):
                    task = asyncio.create_task(self._answer(frame, line))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                if len(under_way) > MOST_UNDER_WAY:
                    raise ProtocolError("more reports than a line may have under way")
        except NotAReportLine as problem:
            raise ProtocolError(str(problem)) from problem
        finally:
            self._lines.discard(line)
            if under_way:
                await asyncio.wait(under_way)

    async def _answer(self, frame: Frame, line: AgiSession) -> None:
        # One that nobody can read ends no line: others wait on it.
        read = _read(frame)
        kept = read is not None and await self._keep(*read)
        line.write(answer(frame.number, kept=kept))


def _read(frame: Frame) -> tuple[AgiRequest, Reply] | None:
    try:
        events = AgiProtocol().receive(frame.header + frame.secret)
    except ProtocolError as problem:
        log.warning("a report cannot be read: %s", problem)
        return None
    match events:
        case [AgiRequest() as request, Reply() as secret]:
            return request, secret
        case _:
            log.warning("a report is not a header and an answer")
            return None
