"""SIP messages as bytes: what is sent is exactly what a test asked for, what came is kept whole."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

Header = tuple[bytes, bytes]

_COMPACT = {
    b"f": b"from",
    b"t": b"to",
    b"i": b"call-id",
    b"m": b"contact",
    b"v": b"via",
    b"c": b"content-type",
    b"l": b"content-length",
    b"r": b"refer-to",
    b"b": b"referred-by",
}
# RFC 3261, section 25.1: what may stand in the user part of a URI as it is.
_UNRESERVED = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()&=+$,;?/"
)


@dataclass(frozen=True)
class Message:
    """One request or response. ``start`` is its first line; header names keep their spelling."""

    start: bytes
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    source: tuple[str, int] = field(default=("", 0), compare=False)

    @property
    def is_request(self) -> bool:
        return not self.start.startswith(b"SIP/2.0 ")

    @property
    def method(self) -> str:
        """Of a request its method, of a response that of the request it answers."""
        word = self.start.split(b" ", 1)[0] if self.is_request else self["cseq"].split()[-1]
        return word.decode("ascii", "replace")

    @property
    def uri(self) -> bytes:
        """The Request-URI, byte for byte."""
        return self.start.split(b" ", 1)[1].rsplit(b" ", 1)[0]

    @property
    def status(self) -> int:
        return int(self.start.split(b" ", 2)[1])

    def __getitem__(self, name: str) -> bytes:
        """The first header of this name, ``b""`` when there is none."""
        return next(iter(self.all(name)), b"")

    def all(self, name: str) -> list[bytes]:
        wanted = name.lower().encode()
        return [value for key, value in self.headers if _full(key) == wanted]

    @property
    def branch(self) -> bytes:
        return parameter(self["via"], b"branch")

    @property
    def cseq(self) -> int:
        return int(self["cseq"].split()[0])

    def to_bytes(self) -> bytes:
        length = (b"Content-Length", str(len(self.body)).encode())
        lines = [self.start, *(b"%s: %s" % header for header in (*self.headers, length))]
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


def parse(data: bytes, source: tuple[str, int] = ("", 0)) -> Message:
    """Raises ValueError for what is no SIP message (keep-alives, for one)."""
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        raise ValueError("no end of headers")
    start, *lines = re.sub(rb"\r\n[ \t]+", b" ", head).split(b"\r\n")
    if not re.match(rb"SIP/2\.0 \d{3} |\S+ .+ SIP/2\.0$", start, re.DOTALL):
        raise ValueError("no start line")
    headers = []
    for line in lines:
        name, _, value = line.partition(b":")
        if _full(name.strip()) != b"content-length":
            headers.append((name.strip(), value.strip()))
    return Message(start, tuple(headers), body, source)


def request(method: str, uri: bytes, headers: Iterable[Header], body: bytes = b"") -> Message:
    return Message(b"%s %s SIP/2.0" % (method.encode(), uri), tuple(headers), body)


def response(
    to: Message, status: int, reason: str, tag: bytes, headers: Iterable[Header] = ()
) -> Message:
    """A response without a body; ``tag`` is put into To when there is none yet."""
    copied = [(b"Via", value) for value in to.all("via")]
    copied += [(b"Record-Route", value) for value in to.all("record-route")]
    target = to["to"]
    if tag and not parameter(target, b"tag"):
        target += b";tag=" + tag
    copied += [(b"From", to["from"]), (b"To", target)]
    copied += [(b"Call-ID", to["call-id"]), (b"CSeq", to["cseq"])]
    return Message(b"SIP/2.0 %d %s" % (status, reason.encode()), (*copied, *headers))


def parameter(value: bytes, name: bytes) -> bytes:
    """A parameter of a header behind its address: ``tag`` of From, ``branch`` of Via."""
    behind = value.rpartition(b">")[2]
    found = re.search(rb";\s*" + re.escape(name) + rb"\s*=\s*([^;,\s]+)", behind, re.IGNORECASE)
    return found[1] if found else b""


def address(value: bytes) -> bytes:
    """The URI in a From, To, Contact or Refer-To header."""
    found = re.search(rb"<([^>]*)>", value)
    return found[1] if found else value.partition(b";")[0].strip()


def user_part(uri: bytes) -> bytes:
    """What stands between the scheme and the host, still encoded; an ``@`` in it may be one."""
    rest = uri.partition(b":")[2]
    user, at, _ = rest.rpartition(b"@")
    return user if at else b""


def host_of(uri: bytes) -> tuple[str, int]:
    """Where a request to this URI goes; only addresses in figures, as the tests use."""
    rest = uri.partition(b":")[2].rpartition(b"@")[2]
    host, _, port = re.split(rb"[;?>]", rest, maxsplit=1)[0].partition(b":")
    return host.decode(), int(port or 5060)


def escape(text: str | bytes, keep: Iterable[int] = _UNRESERVED) -> bytes:
    """A user part that says ``text``: every byte not in ``keep`` becomes ``%XX``."""
    data = text.encode() if isinstance(text, str) else text
    kept = frozenset(keep)
    return b"".join(bytes([byte]) if byte in kept else b"%%%02X" % byte for byte in data)


def unescape(text: bytes) -> bytes:
    return re.sub(rb"%([0-9a-fA-F]{2})", lambda found: bytes([int(found[1], 16)]), text)


def token() -> bytes:
    """A new tag, branch or Call-ID."""
    return secrets.token_hex(8).encode()


def _full(name: bytes) -> bytes:
    lower = name.lower()
    return _COMPACT.get(lower, lower)
