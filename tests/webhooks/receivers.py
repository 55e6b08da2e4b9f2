"""A receiver of webhooks: a real HTTP server on this machine, and a worker with a clock of ours."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from callmark.webhooks.sending import Answer, Limits, Request, send
from callmark.webhooks.worker import Worker

QUICK = Limits(connect=0.5, total=0.6)
"""For who is to be cut off. Whom others keep from the machine is, too."""
PATIENT = Limits(connect=20, total=20)


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body."""
        loaded: dict[str, Any] = json.loads(self.body)
        return loaded


Behaviour = Callable[[BaseHTTPRequestHandler], None]


def answering(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Answer so."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def asking_to_wait(status: int, retry_after: str) -> Behaviour:
    """Answer so, and say when to come back."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Retry-After", retry_after)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


@dataclass
class Receiver:
    """Keeps what it gets. ``behaviours`` are for the first requests, ``last`` for all others."""

    received: list[Received] = field(default_factory=list)
    behaviours: Iterator[Behaviour] = field(default_factory=lambda: iter(()))
    last: Behaviour = field(default_factory=lambda: answering(204))
    port: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    def will(self, *behaviours: Behaviour, then: Behaviour | None = None) -> None:
        """Treat the next requests so."""
        self.behaviours = iter(behaviours)
        self.last = then or self.last

    def fail(self, statuses: Iterable[int]) -> None:
        """Answer the next requests with these."""
        self.will(*[answering(status) for status in statuses])


@contextmanager
def listening() -> Iterator[Receiver]:
    """A receiver for the length of a test."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(self.path, headers, body))
            next(receiver.behaviours, receiver.last)(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Say nothing: the sender may be gone."""

    server = Server(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


class Clock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC) + timedelta(seconds=1)

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def forward(self, pause: timedelta) -> None:
        """Let time pass."""
        self.now += pause


def worker(clock: Clock | None = None, *, chance: float = 0.0, limits: Limits = PATIENT) -> Worker:
    """A worker by the test's own clock."""

    def sent(request: Request) -> Answer:
        return send(request, limits)

    return Worker(clock=clock or Clock(), chance=lambda: chance, sender=sent)
