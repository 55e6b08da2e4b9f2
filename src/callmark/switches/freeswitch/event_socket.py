"""The event socket as a state machine without I/O: bytes from FreeSWITCH in, messages out.

A message is lines ``Name: value``, an empty line, and as many bytes as ``Content-Length`` says. The
same protocol serves a call that the switch hands over (outbound socket) and the connection for all
calls (inbound socket). Nothing here ever shows what a caller typed: events and replies hide their
contents from ``repr``, and errors name no line's text.
"""

from dataclasses import field
from urllib.parse import unquote

from callmark.policy.values import value_class

MAX_HEADER_BYTES = 512 * 1024
"""Of one block of lines; the answer to ``connect`` has a channel's variables, about 10 kB."""

MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_LINES = 4000
"""Of one block; a channel has some hundred variables."""

LONGEST_COMMAND = 8192


class ProtocolError(Exception):
    """What arrived is no event socket, or beyond the limits. The connection is of no use now."""


@value_class
class Reply:
    """The answer to a command, or what an API command has written.

    ``fields`` is there after ``connect`` alone: all of the channel's data.
    """

    text: str = field(repr=False)
    fields: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def refused(self) -> bool:
        """Whether the switch did not do it."""
        return self.text.startswith("-")


@value_class
class Event:
    """Something has happened on a channel (``uuid``, '' if on none)."""

    name: str
    fields: dict[str, str] = field(repr=False)

    @property
    def uuid(self) -> str:
        """The channel's id."""
        return self.fields.get("Unique-ID", "")

    def variable(self, name: str) -> str:
        """A channel variable, '' if it is not set."""
        return self.fields.get(f"variable_{name}", "")


@value_class
class PasswordWanted:
    """The switch asks who we are, at the beginning of an inbound connection."""


@value_class
class Disconnect:
    """The switch is about to close. With ``lingers``, last events are still to come."""

    lingers: bool = False


@value_class
class Rejected:
    """The switch lets nobody in from this address."""


Message = Reply | Event | PasswordWanted | Disconnect | Rejected


class EventSocket:
    """Reads one connection. Feed it with :meth:`receive`; after an error it is of no use."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._looked_at = 0
        self._headers: dict[str, str] | None = None
        self._awaited = 0

    def receive(self, data: bytes) -> list[Message]:
        """Take bytes as they arrive, in any pieces; returns what they completed.

        Raises :class:`ProtocolError`.
        """
        self._buffer += data
        messages: list[Message] = []
        while self._advance(messages):
            pass
        return messages

    def _advance(self, messages: list[Message]) -> bool:
        """Take one block, if it is whole."""
        if self._headers is None:
            block = self._block()
            if block is None:
                return False
            if not block:
                return True  # empty lines between messages
            self._headers = _fields(block)
            self._awaited = _length(self._headers.get("Content-Length"))
        if len(self._buffer) < self._awaited:
            return False
        body = bytes(self._buffer[: self._awaited])
        del self._buffer[: self._awaited]
        headers, self._headers, self._awaited = self._headers, None, 0
        message = _message(headers, body)
        if message is not None:
            messages.append(message)
        return True

    def _block(self) -> bytes | None:
        """Lines up to an empty one, or None while there is none. Line ends may have a CR."""
        while (end := self._buffer.find(b"\n", self._looked_at)) >= 0:
            line_begins = self._buffer.rfind(b"\n", 0, end) + 1
            if not self._buffer[line_begins:end].strip(b"\r"):
                block = bytes(self._buffer[:line_begins])
                del self._buffer[: end + 1]
                self._looked_at = 0
                _check(len(block) <= MAX_HEADER_BYTES)
                return block
            self._looked_at = end + 1
        _check(len(self._buffer) <= MAX_HEADER_BYTES)
        return None


def _check(within_limits: bool) -> None:
    if not within_limits:
        raise ProtocolError("a message is too long")


def _length(text: str | None) -> int:
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ProtocolError("a message does not say how long it is")
    _check(int(text) <= MAX_BODY_BYTES)
    return int(text)


def _fields(block: bytes) -> dict[str, str]:
    """``Name: value`` lines; a line that is none is skipped, of two of one name the first counts.

    The switch itself reads the first; to read another would be to see a call that it does not.
    """
    lines = block.split(b"\n", MAX_LINES + 1)
    _check(len(lines) <= MAX_LINES)
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("utf-8", "replace").rstrip("\r").partition(":")
        if colon and name:
            found.setdefault(name, value.removeprefix(" "))
    return found


def _decoded(fields: dict[str, str]) -> dict[str, str]:
    return {name: unquote(value) for name, value in fields.items()}


def _message(headers: dict[str, str], body: bytes) -> Message | None:
    """None for what nobody here needs, such as a log line, or an event without a name."""
    kind = headers.get("Content-Type", "")
    if kind == "command/reply":
        # After ``connect`` alone there is an event in the block itself, and then all is encoded.
        if "Event-Name" in headers:
            fields = _decoded(headers)
            return Reply(fields.get("Reply-Text", "").strip(), fields)
        return Reply(headers.get("Reply-Text", "").strip())
    if kind == "api/response":
        return Reply(body.decode("utf-8", "replace").strip())
    if kind == "text/event-plain":
        fields = _decoded(_fields(body.partition(b"\n\n")[0] + b"\n"))
        return Event(fields["Event-Name"], fields) if fields.get("Event-Name") else None
    if kind == "auth/request":
        return PasswordWanted()
    if kind == "text/disconnect-notice":
        return Disconnect(headers.get("Content-Disposition", "") == "linger")
    return Rejected() if kind == "text/rude-rejection" else None


def command(*words: str) -> bytes:
    """One command line: ``command("api", "uuid_setvar", uuid, name, value)``.

    Raises ``ValueError`` for what cannot be sent: control characters would start another command.
    """
    return _checked(" ".join(word for word in words if word)) + b"\n\n"


def execute(application: str, argument: str, run: str, leg: str = "") -> bytes:
    """Run an application on the connection's channel, or on the channel ``leg``.

    ``run`` is an id of ours, which its events carry as ``Application-UUID``. Raises ``ValueError``.
    """
    lines = [
        f"sendmsg {leg}".rstrip(),
        "call-command: execute",
        f"execute-app-name: {application}",
        f"Event-UUID: {run}",
        "event-lock: true",
        *([f"execute-app-arg: {argument}"] if argument else []),
    ]
    return b"\n".join(map(_checked, lines)) + b"\n\n"


def _checked(line: str) -> bytes:
    if any(ord(one) < 32 or ord(one) in {127, 0x85, 0x2028, 0x2029} for one in line):
        raise ValueError("a command has control characters")
    data = line.encode("utf-8", "replace")
    if not data or len(data) > LONGEST_COMMAND:
        raise ValueError("a command is empty or too long")
    return data


_EXPANDED = str.maketrans({"$": "%", "\\": "/"})


def plain(text: str, longest: int = 200) -> str:
    """Text as it may be the value of a variable: one line, of which the switch expands nothing.

    FreeSWITCH itself puts ``%`` for ``$`` in what phones send.
    """
    printable = "".join(one if one.isprintable() else " " for one in text)
    return printable.translate(_EXPANDED).strip().encode()[:longest].decode("utf-8", "ignore")


def assignments(values: dict[str, str]) -> str:
    """The argument of ``multiset``. Raises ``ValueError`` for a value that would become another."""
    parts = []
    for name, value in values.items():
        if any(one in value for one in ";'\\$\"") or value != value.strip():
            raise ValueError("a value cannot be set together with others")
        parts.append(f"{name}={value}")
    return "^^;" + ";".join(parts)
