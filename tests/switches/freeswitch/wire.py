"""The event socket from the switch's side: what it reads of us, and how it writes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Command:
    """What the gate has sent: ``words`` of the first line, then the headers of a ``sendmsg``."""

    words: tuple[str, ...]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def application(self) -> str:
        return self.headers.get("execute-app-name", "")

    @property
    def argument(self) -> str:
        return self.headers.get("execute-app-arg", "")

    @property
    def leg(self) -> str:
        return self.words[1] if self.words[0] == "sendmsg" and len(self.words) > 1 else ""


class Wire:
    """One connection. ``split`` sends everything in pieces of so many bytes."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, split: int = 0
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._split = split
        self.received = b""

    async def command(self) -> Command | None:
        """The next; None at the end of the stream."""
        lines: list[str] = []
        while True:
            try:
                line = await self._reader.readline()
            except ConnectionError:
                return None
            self.received += line
            if not line:
                return None
            text = line.decode().removesuffix("\n")
            if text:
                lines.append(text)
            elif lines:
                break
        headers = dict(line.split(": ", 1) for line in lines[1:])
        return Command(tuple(lines[0].split(" ")), headers)

    async def send(self, data: bytes) -> None:
        size = self._split or len(data)
        for start in range(0, len(data), size):
            if self._writer.is_closing():
                return
            self._writer.write(data[start : start + size])
            try:
                await self._writer.drain()
            except ConnectionError:
                return
            if self._split:
                await asyncio.sleep(0)

    async def reply(self, text: str = "+OK") -> None:
        await self.send(reply(text))

    def close(self) -> None:
        self._writer.close()


def reply(text: str) -> bytes:
    return f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode()


def api_reply(text: str) -> bytes:
    body = text.encode()
    return b"Content-Type: api/response\nContent-Length: %d\n\n" % len(body) + body


def channel_data(fields: Fields) -> bytes:
    """The answer to ``connect``: a block without a body, and all of it encoded."""
    said = {"Event-Name": "CHANNEL_DATA", **fields}
    lines = [f"{name}: {quote(value, safe='')}" for name, value in said.items()]
    lines += [
        "Content-Type: command/reply",
        "Reply-Text: %2BOK%0A",
        "Socket-Mode: async",
        "Control: full",
    ]
    return "\n".join([*lines, "", ""]).encode()


def event(name: str, fields: Fields) -> bytes:
    """One event; without a name where ``name`` is ''."""
    said = {**({"Event-Name": name} if name else {}), **fields}
    lines = [f"{key}: {quote(value, safe='')}" for key, value in said.items()]
    body = "\n".join([*lines, "", ""]).encode()
    return b"Content-Length: %d\nContent-Type: text/event-plain\n\n" % len(body) + body


def disconnect(disposition: str = "disconnect") -> bytes:
    body = b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
    head = f"Content-Type: text/disconnect-notice\nContent-Disposition: {disposition}\n"
    return head.encode() + b"Content-Length: %d\n\n" % len(body) + body
