"""A FastAGI server that lets every call through and keeps what the dialplan told it."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from callmark.switches.asterisk.port import CONNECT, RESULT_VARIABLE
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
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Recorder":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
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
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self._port)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = AgiSession(reader, writer)
        await session.read_header(5)
        request = session.request
        values = dict(argument.partition("=")[::2] for argument in request.arguments)
        told = Told(request.script, request.channel, request.query, values)
        self.told.append(told)
        if request.script == "gate":
            for name, value in self.answers.items():
                await session.set_variable(name, value)
        else:
            await session.run("NOOP", "kept")
        await session.close()
