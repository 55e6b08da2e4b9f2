"""FastAGI as a state machine without I/O: bytes from Asterisk in, events out; commands as bytes.

Asterisk connects, sends ``agi_...: value`` lines and an empty line, and then answers one command
at a time. It may put in a line ``HANGUP``. Nothing here ever shows what a caller typed: replies
hide their contents from ``repr`` and errors name no line's text.
"""

import re
from dataclasses import field
from enum import Enum, auto
from urllib.parse import parse_qs, unquote, urlsplit

from callmark.policy.values import value_class

MAX_LINE = 2048
"""Longest line either way; Asterisk's own buffer is as long."""

MAX_HEADER_LINES = 64
MAX_HEADER_BYTES = 16_384
MAX_USAGE_LINES = 200
"""A 520 reply carries the command's help text, which is dropped."""


GATES_TIME = "CALLMARK_GATES_TIME"
"""The channel variable in which a switch that asks ``doctor`` is told the time (s since 1970)."""


class ProtocolError(Exception):
    """What arrived is not FastAGI, or beyond the limits. The connection is of no use any more."""


@value_class
class AgiRequest:
    """The header: what Asterisk says about the call. ``arguments`` are those of the application."""

    variables: dict[str, str]
    arguments: tuple[str, ...]
    script: str
    query: dict[str, str]

    @property
    def channel(self) -> str:
        """The channel's name, such as ``PJSIP/acme-101-0000001a``."""
        return self.variables.get("agi_channel", "")

    @property
    def unique_id(self) -> str:
        """Asterisk's own id of the call's channel."""
        return self.variables.get("agi_uniqueid", "")

    @property
    def caller_id(self) -> str:
        """The caller's number as presented: shown in records, never trusted."""
        number = self.variables.get("agi_callerid", "")
        return "" if number == "unknown" else number

    def argument(self, position: int) -> str:
        """The application's argument at ``position`` from 0, or ''."""
        return self.arguments[position] if position < len(self.arguments) else ""


@value_class
class Reply:
    """One command's answer: ``200 result=1 (timeout)`` has result ``1`` and note ``timeout``."""

    code: int
    result: str = field(default="", repr=False)
    note: str = field(default="", repr=False)


@value_class
class HangUp:
    """Asterisk says that the caller is gone."""


Event = AgiRequest | Reply | HangUp


class _State(Enum):
    HEADER = auto()
    REPLIES = auto()
    USAGE = auto()


class AgiProtocol:
    """Reads one connection. Feed it with :meth:`receive`; after an error it is of no use."""

    def __init__(self) -> None:
        self._state = _State.HEADER
        self._buffer = b""
        self._header: dict[str, str] = {}
        self._header_bytes = 0
        self._usage_lines = 0

    def receive(self, data: bytes) -> list[Event]:
        """Take bytes as they arrive, in any pieces; returns what they completed."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        events: list[Event] = []
        for ended in lines:
            line = ended.removesuffix(b"\r")
            _check_length(len(line))
            event = self._read_line(line.decode("utf-8", "replace"))
            if event is not None:
                events.append(event)
        _check_length(len(self._buffer))
        return events

    def _read_line(self, line: str) -> Event | None:
        if self._state is _State.HEADER:
            return self._read_header_line(line)
        if self._state is _State.USAGE:
            return self._read_usage_line(line)
        if line == "HANGUP":
            return HangUp()
        return self._read_reply(line)

    def _read_header_line(self, line: str) -> Event | None:
        if not line:
            self._state = _State.REPLIES
            return _request(self._header)
        self._header_bytes += len(line)
        name, colon, value = line.partition(": ")
        if not colon and line.endswith(":"):
            name, colon = line[:-1], ":"
        if not colon or not name.startswith("agi_"):
            raise ProtocolError("the header has a line that is not 'agi_name: value'")
        self._header[name] = value
        if len(self._header) > MAX_HEADER_LINES or self._header_bytes > MAX_HEADER_BYTES:
            raise ProtocolError("the header is too long")
        return None

    def _read_reply(self, line: str) -> Event | None:
        code, separator, rest = line[:3], line[3:4], line[4:]
        if len(code) != 3 or not (code.isascii() and code.isdigit()):
            raise ProtocolError("a reply does not begin with a three-digit code")
        if separator == "-":
            self._state = _State.USAGE
            self._usage_lines = 0
            return None
        if code.startswith("1"):
            return None  # "100 result=0 Trying...": the real reply follows
        return _reply(int(code), rest)

    def _read_usage_line(self, line: str) -> Event | None:
        if line.startswith("520 "):
            self._state = _State.REPLIES
            return Reply(520)
        self._usage_lines += 1
        if self._usage_lines > MAX_USAGE_LINES:
            raise ProtocolError("a reply has too many lines")
        return None


def _check_length(length: int) -> None:
    if length > MAX_LINE:
        raise ProtocolError("a line is too long")


def _reply(code: int, text: str) -> Reply:
    if not text.startswith("result="):
        return Reply(code)
    result, _, rest = text.removeprefix("result=").partition(" ")
    note = rest[1:].partition(")")[0] if rest.startswith("(") else ""
    return Reply(code, result, note)


def _request(header: dict[str, str]) -> AgiRequest:
    try:
        url = urlsplit(header.get("agi_request", ""))
    except ValueError:
        raise ProtocolError("the request is not a URL") from None
    query = {name: values[-1] for name, values in parse_qs(url.query).items()}
    arguments: list[str] = []
    while (name := f"agi_arg_{len(arguments) + 1}") in header:
        # One argument may hold several: a dialplan of today has its own in one, which is cheaper.
        arguments.extend(map(unquote, header[name].split("&")))
    return AgiRequest(header, tuple(arguments), url.path.strip("/"), query)


def command(*words: str) -> bytes:
    """One command line. The first word (or two) is the command, the rest are its arguments.

    Every argument is quoted, so that none can be read as more than one, whatever is in it. Raises
    ``ValueError`` for what cannot be sent: control characters would start another command.
    """
    line = " ".join((words[0], *map(_quoted, words[1:]))).encode() + b"\n"
    if len(line) > MAX_LINE:
        raise ValueError("a command is too long")
    return line


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _quoted(argument: str) -> str:
    if _CONTROL.search(argument):
        raise ValueError("a command's argument has control characters")
    return '"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"'
