"""``/healthz``, ``/readyz`` and ``/metrics``: for a service manager, a balancer, and Prometheus.

The portal answers them itself; every other process has a small port of its own for them, on
loopback unless told otherwise. Whether a process is alive or ready is said to anyone who reaches
that port; what is wrong, and the metrics, to this machine, or to those who have the token.

Loads neither Django nor the rest: the relay has it, too.
"""

import hmac
import logging
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

from callmark.ops.health import Health
from callmark.policy.values import value_class

log = logging.getLogger("callmark.ops")

PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
HUNG_SECONDS = 2.0
_REQUEST_SECONDS = 5.0
_AT_ONCE = 8
_PLAIN = "text/plain; charset=utf-8"


@value_class
class Asker:
    """Who asks: the other end's address, whether somebody passes it on, and what they show."""

    address: str
    is_forwarded: bool = False
    authorization: str = ""

    def may_read(self, token: str) -> bool:
        """Whether they may read more than a word: this machine's own, or who has the token."""
        shown = self.authorization.removeprefix("Bearer ").encode()
        if token and hmac.compare_digest(shown, token.encode()):
            return True
        # A proxy on this machine speaks for the whole world.
        return not self.is_forwarded and _is_loopback(self.address)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


FORWARDING_HEADERS = ("x-forwarded-for", "forwarded", "x-real-ip", "via")


@value_class
class Answer:
    """An answer over HTTP."""

    status: int
    text: bytes
    kind: str = _PLAIN


@value_class
class Pages:
    """The three pages of one process; ``metrics`` makes the text of its own and says its type."""

    health: Health
    metrics: Callable[[], tuple[bytes, str]]
    token: str = ""

    def answer(self, path: str, asker: Asker) -> Answer:
        """One of :data:`PATHS`."""
        if path == "/healthz":
            alive = self.health.is_alive()
            return Answer(200, b"alive\n") if alive else Answer(503, b"hung\n")
        if path == "/readyz":
            return self._readiness(asker)
        if not asker.may_read(self.token):
            return Answer(403, b"From this machine, or with the token of CALLMARK_METRICS_TOKEN.\n")
        text, kind = self.metrics()
        return Answer(200, text, kind)

    def _readiness(self, asker: Asker) -> Answer:
        problems = self.health.problems()
        ready = self.health.is_ready(problems)
        lines = ["ready" if ready else "not ready"]
        if asker.may_read(self.token):
            lines += [f"{name}: {problem or 'ok'}" for name, problem in problems.items()]
        return Answer(200 if ready else 503, ("\n".join(lines) + "\n").encode())


class ProbeServer:
    """The small port, served by threads of its own: a few at once, none for longer than seconds."""

    def __init__(self, host: str, port: int, pages: Pages) -> None:
        self._server = _Server((host, port), _handler(pages))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """The port listened on; tells which one was chosen when it was 0."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


def serve_probes(place: tuple[str, int] | None, pages: Pages) -> ProbeServer | None:
    """Serve the pages at a host and port. Without a place, or where it is taken, nothing is served.

    That is said and stops nothing: a gate that nobody can watch still decides calls.
    """
    if place is None:
        return None
    try:
        server = ProbeServer(*place, pages)
    except OSError as problem:
        log.warning(
            "health and metrics cannot be asked at %s port %d (%s): set CALLMARK_HEALTH_PORT",
            *place,
            problem.strerror,
        )
        return None
    server.start()
    return server


class Pulse:
    """When an event loop, or a worker's own, last came round; asked in another thread."""

    def __init__(self, hung_after: float = HUNG_SECONDS) -> None:
        self._hung_after = hung_after
        self._at = time.monotonic()

    def beat(self) -> None:
        """It has come round."""
        self._at = time.monotonic()

    def is_alive(self) -> bool:
        """Whether it has lately."""
        return time.monotonic() - self._at < self._hung_after


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._room = threading.BoundedSemaphore(_AT_ONCE)
        super().__init__(address, handler)

    def process_request(self, request: object, client_address: object) -> None:
        """Serve one in a thread; where too many are served already, hang up."""
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)  # type: ignore[arg-type]
            return
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def process_request_thread(self, request: object, client_address: object) -> None:
        """The thread of one."""
        try:
            super().process_request_thread(request, client_address)  # type: ignore[arg-type]
        finally:
            self._room.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Somebody hung up: nothing to tell."""


def _handler(pages: Pages) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _REQUEST_SECONDS
        server_version, sys_version = "Callmark", ""

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path in PATHS:
                self._send(pages.answer(path, self._asker()))
            else:
                self._send(Answer(404, b"healthz, readyz or metrics\n"))

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            """Every few seconds, and tells nothing."""

        def _asker(self) -> Asker:
            forwarded = any(self.headers.get(name) for name in FORWARDING_HEADERS)
            shown = self.headers.get("Authorization", "")
            return Asker(self.client_address[0], forwarded, shown)

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.text)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.text)

    return Handler
