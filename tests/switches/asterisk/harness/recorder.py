"""A FastAGI server that lets every call through and keeps what the dialplan told it."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from callmark.switches.asterisk.port import CONNECT, RESULT_VARIABLE
from callmark.switches.asterisk.protocol import AgiRequest
from callmark.switches.asterisk.report_line import SCRIPT
from callmark.switches.asterisk.reports import ReportLines
from callmark.switches.asterisk.session import AgiSession


@dataclass(frozen=True)
class Told:
    """One request: which script, on which channel, with which arguments."""

    script: str
    channel: str
    query: dict[str, str]
    values: dict[str, str]


class Recorder:
    """Listens in a thread of its own, in place of a gate. ``answers`` go to every ``gate``."""

    def __init__(self, port: int) -> None:
        self.told: list[Told] = []
        self.answers = {RESULT_VARIABLE: CONNECT}
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._reports = ReportLines(self._note)
        self._answering: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Recorder":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def wait(self, matches: Callable[[Told], bool], what: str, timeout: float = 20) -> Told:
        """The first request that matches, old or new."""
        deadline = time.monotonic() + timeout
        while True:
            for one in list(self.told):
                if matches(one):
                    return one
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {timeout} s for {what}; was told {self.told}")
            time.sleep(0.02)

    def all(self, script: str) -> list[Told]:
        return [one for one in self.told if one.script == script]

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(
            lambda: AgiSession(self._came), "127.0.0.1", self._port
        )

    async def _close(self) -> None:
        self._server.close()
        self._reports.stop()
        if self._answering:
            await asyncio.wait(self._answering, timeout=2)

    def _came(self, session: AgiSession, _: asyncio.Transport) -> None:
        task = self._loop.create_task(self._answer(session))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, session: AgiSession) -> None:
        await session.read_header(5)
        if session.request.script == SCRIPT:
            await self._reports.serve(session)
        else:
            await self._note(session.request)
            if session.request.script == "gate":
                for name, value in self.answers.items():
                    await session.set_variable(name, value)
        session.close()

    async def _note(self, request: AgiRequest, _: object = None) -> bool:
        values = dict(argument.partition("=")[::2] for argument in request.arguments)
        self.told.append(Told(request.script, request.channel, request.query, values))
        return True
