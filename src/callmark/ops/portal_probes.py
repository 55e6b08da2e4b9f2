"""The portal's health and metrics: around the web application, before anything of Django's.

So whether it is alive needs neither a database nor a host name that is allowed, nor a sign-in.
``PROMETHEUS_MULTIPROC_DIR`` (a folder that is emptied at each start) lets several web processes
count together; without it each tells its own.
"""

import os
import time
from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

from callmark.ops.health import Health
from callmark.ops.metrics import Metrics
from callmark.ops.probes import FORWARDING_HEADERS, PATHS, Answer, Asker, Pages

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

TOGETHER = "PROMETHEUS_MULTIPROC_DIR"
_AREAS = {"/api/": "api", "/static/": "static"}
_REASONS = {200: "OK", 403: "Forbidden", 405: "Method Not Allowed", 503: "Service Unavailable"}
_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class PortalProbes:
    """A WSGI application around another: answers the three pages, and counts all others."""

    def __init__(self, application: Application, health: Health, token: str) -> None:
        self._application = application
        own = CollectorRegistry()
        self._requests = Counter(
            "callmark_requests", "Requests answered.", ["area", "status"], registry=own
        )
        self._seconds = Histogram(
            "callmark_request_seconds",
            "Time to an answer's first byte.",
            ["area"],
            buckets=_BOUNDS,
            registry=own,
        )
        metrics = Metrics(health, _together if os.environ.get(TOGETHER) else own.collect)
        self._pages = Pages(health, metrics, token)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if path in PATHS:
            return _send(self._answer(environ, path), environ, start_response)
        return self._counted(environ, start_response, _area(path))

    def _answer(self, environ: Environ, path: str) -> Answer:
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return Answer(405, b"GET\n")
        forwarded = any(environ.get(_variable(name)) for name in FORWARDING_HEADERS)
        shown = environ.get("HTTP_AUTHORIZATION", "")
        return self._pages.answer(path, Asker(environ.get("REMOTE_ADDR", ""), forwarded, shown))

    def _counted(
        self, environ: Environ, start_response: StartResponse, area: str
    ) -> Iterable[bytes]:
        started = time.perf_counter()

        def start(status: str, *rest: Any) -> Any:  # noqa: ANN401
            self._requests.labels(area, f"{status[:1]}xx").inc()
            self._seconds.labels(area).observe(time.perf_counter() - started)
            return start_response(status, *rest)

        return self._application(environ, start)


def _together() -> Iterable[Any]:
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry.collect()


def _area(path: str) -> str:
    return next((area for start, area in _AREAS.items() if path.startswith(start)), "pages")


def _variable(header: str) -> str:
    return f"HTTP_{header.upper().replace('-', '_')}"


def _send(answer: Answer, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    headers = [
        ("Content-Type", answer.kind),
        ("Content-Length", str(len(answer.text))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response(f"{answer.status} {_REASONS[answer.status]}", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.text]
