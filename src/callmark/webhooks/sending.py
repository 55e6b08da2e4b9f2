"""One request: to a checked address, without following redirects, cut off after a fixed time.

Over urllib3's connections, one level below its pools: no proxies from the environment, no cookies,
no redirects, no retries but ours. The host name stays what it was, so that the certificate is
checked against it; only the socket comes from here.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from http.client import HTTPException

from django.utils.translation import gettext_noop
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from callmark.languages import speaking
from callmark.policy.texts import Text
from callmark.policy.values import value_class
from callmark.webhooks.addresses import Forbidden, Place, resolve
from callmark.webhooks.models import EXCERPT_LENGTH

_MAY_ASK_FOR_REST = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


@value_class
class Limits:
    """Seconds: for finding and reaching the host, and for everything up to the answer's status."""

    connect: float = 5.0
    total: float = 15.0


_USUAL = Limits()


@value_class
class Answer:
    """What came of a request; ``status`` is None when no answer came, then ``problem`` tells.

    ``url`` is what was tried; empty when it never came to that, and the receiver is not to blame.
    """

    status: int | None
    problem: str = ""
    excerpt: str = ""
    milliseconds: int = 0
    retry_after: str = ""
    url: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the receiver has taken the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the receiver wants no more messages at this address, ever."""
        return self.status == HTTPStatus.GONE


@value_class
class Request:
    """What to send where."""

    url: str
    body: bytes
    headers: Mapping[str, str]


def send(request: Request, limits: Limits = _USUAL) -> Answer:
    """Make the request; whatever goes wrong is in the answer."""
    started = time.monotonic()
    status, problem, excerpt, retry_after = None, "", "", ""
    try:
        # What is stored is English: it is put into its reader's language when it is read.
        with (
            speaking("en"),
            _connection(Place.from_url(request.url), limits, started) as (connection, path),
        ):
            connection.request("POST", path, request.body, request.headers, preload_content=False)
            response = connection.getresponse()
            status = response.status
            if status in _MAY_ASK_FOR_REST:
                retry_after = response.headers.get("Retry-After", "").strip()
            excerpt = _excerpt(response.read1(EXCERPT_LENGTH, decode_content=False))
    except Forbidden as refusal:
        problem = str(refusal)
    except (HTTPError, HTTPException, OSError) as error:
        # Once the status is there, the message has arrived or not: the rest does not matter.
        problem = "" if status else _in_words(error, time.monotonic() - started, limits)
    milliseconds = round((time.monotonic() - started) * 1000)
    return Answer(status, problem, excerpt, milliseconds, retry_after, request.url)


@contextmanager
def _connection(
    place: Place, limits: Limits, started: float
) -> Iterator[tuple[HTTPConnection, str]]:
    raw = _connected_socket(place, limits, started)
    # A socket's time-out begins anew with every byte; this ends a receiver that drips them.
    # A duplicate, as TLS takes the socket itself over.
    handle = raw.dup()
    cut = threading.Timer(started + limits.total - time.monotonic(), _shut_down, [handle])
    cut.start()
    connection = _make(place, raw, limits)
    try:
        yield connection, place.path
    finally:
        cut.cancel()
        cut.join()
        connection.close()
        raw.close()
        handle.close()


def _connected_socket(place: Place, limits: Limits, started: float) -> socket.socket:
    deadline = started + limits.connect
    problem: OSError | None = None
    for address in resolve(place, limits.connect):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            return _connect(address, place.port, left)
        except OSError as error:
            problem = error
    raise problem or TimeoutError


def _connect(address: str, port: int, seconds: float) -> socket.socket:
    # Not socket.create_connection: that asks the resolver once more.
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    raw = socket.socket(family, socket.SOCK_STREAM)
    try:
        raw.settimeout(seconds)
        raw.connect((address, port))
    except OSError:
        raw.close()
        raise
    return raw


def _make(place: Place, raw: socket.socket, limits: Limits) -> HTTPConnection:
    if place.scheme == "https":
        return _Https(raw, place.host, place.port, limits.total)
    return _Http(raw, place.host, place.port, limits.total)


class _Http(HTTPConnection):
    """A connection over a socket that is connected already."""

    def __init__(self, raw: socket.socket, host: str, port: int, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._raw = raw

    def _new_conn(self) -> socket.socket:
        self._raw.settimeout(float(self.timeout))  # type: ignore[arg-type]
        return self._raw


class _Https(HTTPSConnection):
    """The same with TLS, the certificate checked against the host's name."""

    def __init__(self, raw: socket.socket, host: str, port: int, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout, ssl_context=tls_context())
        self._raw = raw

    def _new_conn(self) -> socket.socket:
        self._raw.settimeout(float(self.timeout))  # type: ignore[arg-type]
        return self._raw


@cache
def tls_context() -> ssl.SSLContext:
    """The system's certificates; ``SSL_CERT_FILE`` adds an operator's own authority."""
    return ssl.create_default_context()


def _shut_down(handle: socket.socket) -> None:
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _excerpt(data: bytes) -> str:
    text = data.decode("utf-8", errors="replace")
    return "".join(one if one.isprintable() else " " for one in text).strip()


_OF_THE_SYSTEM = (
    gettext_noop("Connection refused"),
    gettext_noop("Connection reset by peer"),
    gettext_noop("Network is unreachable"),
    gettext_noop("No route to host"),
)
"""What the system says of connections, so that it can be put into a reader's language."""


def _in_words(error: Exception, seconds: float, limits: Limits) -> str:
    cause = error.__cause__ or error
    if seconds >= limits.total * 0.99:
        return Text("no answer within {seconds} s", seconds=format(limits.total, "g"))
    if isinstance(cause, TimeoutError):
        return Text("no connection within {seconds} s", seconds=format(limits.connect, "g"))
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Text("the certificate is not valid: {why}", why=cause.verify_message)
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror[:200]
    return Text("the connection broke ({kind})", kind=type(cause).__name__)
