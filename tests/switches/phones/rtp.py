"""Audio and DTMF of one call over RTP (RFC 3550, RFC 4733), paced by its own clock."""

import asyncio
import struct
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from .sdp import ULAW, Description
from .sound import PACKET, SILENCE, Recording

KEYS = "0123456789*#ABCD"
_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
_VOLUME = 10
_END = 0x80
_RESENT_ENDS = 2


@dataclass(frozen=True)
class Digit:
    """One key heard. ``at`` is a time.monotonic(), ``ms`` how long it was pressed."""

    key: str
    at: float
    ms: float


class Audio(asyncio.DatagramProtocol):
    """Both directions of a call's audio. Silence is sent while there is nothing else."""

    def __init__(self) -> None:
        self.recording = Recording()
        self.digits: list[Digit] = []
        self.muted = False
        """Send nothing at all, like a phone on hold."""
        self._remote: Description | None = None
        self._socket: asyncio.DatagramTransport
        self._sequence, self._timestamp = 1, 160
        self._ssrc = int(time.monotonic_ns()) & 0xFFFFFFFF
        self._to_send: deque[Iterator[tuple[int, bytes, bool] | None]] = deque()
        self._seen_events: set[int] = set()
        self._sending: asyncio.Task[None] | None = None
        self._event_start = 0
        self._closed = False
        self._waiting: set[asyncio.Event] = set()
        self._event_payload = 101

    async def open(self, host: str) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))

    @property
    def port(self) -> int:
        port: int = self._socket.get_extra_info("sockname")[1]
        return port

    def connect(self, remote: Description) -> None:
        """Send to where the other side said, from now on."""
        self._remote = remote
        self._event_payload = remote.events or self._event_payload
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())

    @property
    def connected(self) -> bool:
        return self._remote is not None

    def close(self) -> None:
        """Send no more. What was heard is kept; who waits for a key to be sent, waits no longer."""
        if self._sending is not None:
            self._sending.cancel()
        self._socket.close()
        self._closed = True
        for done in self._waiting:
            done.set()

    async def dial(self, digits: str, tone_ms: int = 100, gap_ms: int = 60) -> None:
        """Press keys; returns when the last was sent. Both times are rounded up to 20 ms."""
        done = asyncio.Event()
        for index, key in enumerate(digits):
            last = done if index == len(digits) - 1 else None
            self._to_send.append(self._press(KEYS.index(key), tone_ms, gap_ms, last))
        if digits:
            await self._sent(done)

    async def play(self, ulaw: bytes) -> None:
        """Speak; returns when the last was sent."""
        done = asyncio.Event()
        self._to_send.append(self._speak(ulaw, done))
        await self._sent(done)

    async def _sent(self, done: asyncio.Event) -> None:
        if not self._closed:
            self._waiting.add(done)
            await done.wait()
            self._waiting.discard(done)

    def heard(self, since: float = 0) -> str:
        """The keys that came in, in order."""
        return "".join(digit.key for digit in self.digits if digit.at >= since)

    # --- out

    async def _send(self) -> None:
        # A late turn is made up for at once: the stream's own clock is what the switch goes by.
        due = time.monotonic()
        while True:
            due += PACKET / 8000
            if (packet := self._next()) is not None:
                payload_type, payload, mark = packet
                stamp = self._event_start if payload_type == self._event_payload else None
                self._emit(payload_type, payload, mark, stamp)
            self._timestamp += PACKET
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def _next(self) -> tuple[int, bytes, bool] | None:
        while self._to_send:
            try:
                return next(self._to_send[0])
            except StopIteration:
                self._to_send.popleft()
        return None if self.muted else (ULAW, SILENCE, False)

    def _emit(self, payload_type: int, payload: bytes, mark: bool, stamp: int | None) -> None:
        if self._remote is None or self._remote.port == 0:
            return
        second = payload_type | (0x80 if mark else 0)
        timestamp = self._timestamp if stamp is None else stamp
        header = _HEADER.pack(
            0x80, second, self._sequence & 0xFFFF, timestamp & 0xFFFFFFFF, self._ssrc
        )
        self._sequence += 1
        self._socket.sendto(header + payload, (self._remote.host, self._remote.port))

    def _press(
        self, event: int, tone_ms: int, gap_ms: int, done: asyncio.Event | None
    ) -> Iterator[tuple[int, bytes, bool] | None]:
        self._event_start = self._timestamp
        kind = self._event_payload
        ticks = max(1, -(-tone_ms // 20))
        for tick in range(ticks):
            yield kind, _EVENT.pack(event, _VOLUME, (tick + 1) * PACKET), tick == 0
        end = _EVENT.pack(event, _END | _VOLUME, ticks * PACKET)
        for _ in range(_RESENT_ENDS):
            self._emit(kind, end, False, self._event_start)
        yield kind, end, False
        for _ in range(max(1, -(-gap_ms // 20)) - 1):
            yield ULAW, SILENCE, False
        if done is not None:
            done.set()

    def _speak(self, ulaw: bytes, done: asyncio.Event) -> Iterator[tuple[int, bytes, bool]]:
        for start in range(0, len(ulaw), PACKET):
            yield ULAW, ulaw[start : start + PACKET].ljust(PACKET, b"\xff"), start == 0
        done.set()

    # --- in

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._socket = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        now = time.monotonic()
        if len(data) <= _HEADER.size:
            return
        _, second, _, timestamp, ssrc = _HEADER.unpack_from(data)
        payload = data[_HEADER.size :]
        if second & 0x7F == ULAW:
            self.recording.add(now, payload)
        elif second & 0x7F == self._event_payload and len(payload) == _EVENT.size:
            event, flags, duration = _EVENT.unpack(payload)
            if (
                flags & _END
                and event < len(KEYS)
                and hash((timestamp, ssrc)) not in self._seen_events
            ):
                self._seen_events.add(hash((timestamp, ssrc)))
                self.digits.append(Digit(KEYS[event], now, duration / 8))
