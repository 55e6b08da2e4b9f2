"""One connection of the switch to its relay: a report, or a question that a gate is asked."""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, cast

from callmark.policy.values import value_class
from callmark.switches.asterisk.access import SECRET_QUESTION
from callmark.switches.asterisk.relay_reports import Reports
from callmark.switches.asterisk.report_file import REPORTS

log = logging.getLogger("callmark.relay")

GATE_SECONDS = 7.0
"""At the prompt. The dialplan's own limit is a second longer."""
TALK_SECONDS = 1.8
"""During a conversation, which is silent meanwhile: the whole is to stay under 2 s."""

STEP_SECONDS = 90
"""What the gate's first step may take: a prompt, and each digit at the last moment. The relay tells
the switch, and the gate that it has: a command less."""

LAST_SECONDS = 5.0
"""A switch that has not done by then what it was told last is let go without."""

BOUNDED = "agi_callmark_bounded"
"""The line of the header that says so."""

_TAKEN = (
    b'GET FULL VARIABLE "${SET(CALLMARK_RELAY=1)}${SET(TIMEOUT(absolute)=%d)}"\n' % STEP_SECONDS
)
"""The dialplan must not ask the gate by itself once we have the question."""

_LONGEST_HEADER = 16_384

SHORTEST_HEADER = 450
"""Bytes. Asterisk sends a header line by line; we are woken when so much of it is there, instead of
for each of its 23 lines. One that is shorter has to wait for :data:`PATIENCE`."""
PATIENCE = 0.05
"""Seconds."""


@value_class
class Limits:
    """How long the relay waits, in seconds, and for how many reports it has room."""

    gate: float = GATE_SECONDS
    talk: float = TALK_SECONDS
    connect: float = 1.0
    header: float = 5.0
    report: float = 5.0
    """A gate may take this long for a report before it is tried again."""
    keep_reports: float = 900.0
    """Older ones are given up; ``import-cdr`` completes such calls."""
    reports: int = 10_000


class Owner(Protocol):
    """What a call needs of the relay it came to."""

    @property
    def limits(self) -> Limits:
        """How long it may wait for whom."""

    @property
    def reports(self) -> Reports:
        """Where its report goes."""

    def came(self, call: "Call") -> None:
        """A connection of the switch."""

    def went(self, call: "Call") -> None:
        """It is over."""

    def open_gate(self, call: "Call") -> None:
        """Reach a gate for this call; it is told, or cut off where there is none."""


class Call(asyncio.Protocol):
    """One connection of the switch: a report, or a question that is passed on."""

    def __init__(self, relay: Owner) -> None:
        self._relay = relay
        self._limits = relay.limits
        self._switch: asyncio.Transport
        self._gate: asyncio.Transport | None = None
        self._take: Callable[[bytes], None] = self._read_header
        self._came = b""
        self._script = ""
        self._header = b""
        self._clock: asyncio.TimerHandle | None = None
        self._is_over = False

    # --- the switch's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self._switch = cast(asyncio.Transport, transport)  # uvloop's own class is none of these
        self._relay.came(self)
        self._after(PATIENCE, self._be_content)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._take(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """The connection is over."""
        self._end()

    def pause_writing(self) -> None:
        """It takes no more for now."""
        if self._gate is not None:
            self._gate.pause_reading()

    def resume_writing(self) -> None:
        """It does again."""
        if self._gate is not None:
            self._gate.resume_reading()

    # --- its steps

    def _be_content(self) -> None:
        """With whatever comes, however little."""
        self._wake_for(1)
        self._after(self._limits.header, self._cut_silent)

    def _wake_for(self, size: int) -> None:
        with suppress(OSError):  # it may just be gone
            connection = self._switch.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)

    def _read_header(self, data: bytes) -> None:
        if not self._came:
            self._be_content()
        self._came += data
        header, end, self._came = self._came.partition(b"\n\n")
        if not end:
            self._came = header
            if len(header) > _LONGEST_HEADER:
                self.cut("a header that is too long")
            return
        self._header, self._script = header + end, _script(header)
        if self._script in REPORTS:
            self._ask(SECRET_QUESTION, self._take_report)
        elif self._script == "gate":
            self._ask(_TAKEN, self._pass_on_what_is_bounded)
        else:
            self._pass_on()

    def _ask(self, question: bytes, then: Callable[[bytes, bytes], None]) -> None:
        """Have the switch answer one command, and go on with its reply.

        And with what it said in between (that the caller is gone).
        """
        others = b""

        def answered(data: bytes) -> None:
            nonlocal others
            self._came += data
            while True:
                line, end, rest = self._came.partition(b"\n")
                if not end:
                    if len(line) > _LONGEST_HEADER:
                        self.cut("a reply that is too long")
                    return
                self._came = rest
                if line[:3].isdigit() and not line.startswith(b"1"):
                    then(line + end, others)
                    return
                others += line + end

        self._take = answered
        self._after(self._limits.connect, self._cut_silent)
        self._switch.write(question)
        answered(b"")

    def _take_report(self, secret: bytes, _: bytes) -> None:
        self._relay.reports.take(self._header, secret)
        self._switch.close()

    def _pass_on_what_is_bounded(self, _: bytes, others: bytes) -> None:
        self._header = self._header[:-1] + f"{BOUNDED}: yes\n\n".encode() + others
        self._pass_on()

    def _pass_on(self) -> None:
        self._stop_clock()
        self._header += self._came
        self._take = self._wait_for_gate
        self._relay.open_gate(self)

    def _wait_for_gate(self, data: bytes) -> None:
        self._header += data
        if len(self._header) > 2 * _LONGEST_HEADER:
            self.cut("too much for one question")

    # --- the gate's side

    def reached(self, gate: asyncio.Transport) -> None:
        """There is a gate: it is asked."""
        if self._is_over:
            gate.abort()
            return
        self._gate = gate
        self._take = self._to_the_gate
        self._to_the_gate(self._header)

    def _to_the_gate(self, data: bytes) -> None:
        # A turn that has begun is not made longer by more.
        if self._clock is None:
            limit = self._limits.gate if self._script == "gate" else self._limits.talk
            self._after(limit, self._take_back)
        assert self._gate is not None
        self._gate.write(data)

    def gate_said(self, data: bytes) -> None:
        """A command: what comes next is the switch's, or the caller's, own time."""
        if not self._is_over:
            self._stop_clock()
            self._switch.write(data)

    def gate_said_all(self) -> None:
        """The dialplan goes on when the switch has done what it was told last."""
        if not self._is_over:
            self._stop_clock()
            self._take = self._drop
            self._switch.write_eof()
            self._after(LAST_SECONDS, self._switch.close)

    def _drop(self, data: bytes) -> None:
        """A last reply, which nobody waits for."""

    def gate_went(self) -> None:
        """It has said all there is: the dialplan goes on."""
        self._stop_clock()
        self._switch.close()

    def pause_the_switch(self) -> None:
        """The gate takes no more for now."""
        self._switch.pause_reading()

    def resume_the_switch(self) -> None:
        """It does again."""
        self._switch.resume_reading()

    # --- ends

    def _take_back(self) -> None:
        log.error("the gate says nothing: a %r was taken back from it", self._script)
        self.abort()

    def _cut_silent(self) -> None:
        self.cut("TimeoutError")

    def cut(self, why: str) -> None:
        """Hang up on the switch, for its fail policy to decide."""
        if self._is_over:
            return
        log.warning("a connection was cut: %s", why)
        self.abort()

    def abort(self) -> None:
        """Let both sides go at once."""
        self._switch.abort()
        if self._gate is not None:
            self._gate.abort()

    def _end(self) -> None:
        self._is_over = True
        self._stop_clock()
        if self._gate is not None:
            self._gate.close()
        self._relay.went(self)

    def _after(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop_clock()
        self._clock = asyncio.get_running_loop().call_later(seconds, then)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None


class GatesSide(asyncio.Protocol):
    """The connection to the gate that belongs to a call."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self._call.reached(cast(asyncio.Transport, transport))

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._call.gate_said(data)

    def eof_received(self) -> bool:
        """It has said all; what it says last is still to be done."""
        self._call.gate_said_all()
        return True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """The connection is over."""
        self._call.gate_went()

    def pause_writing(self) -> None:
        """It takes no more for now."""
        self._call.pause_the_switch()

    def resume_writing(self) -> None:
        """It does again."""
        self._call.resume_the_switch()


def _script(header: bytes) -> str:
    for line in header.split(b"\n"):
        name, _, value = line.partition(b": ")
        if name == b"agi_network_script":
            return value.partition(b"?")[0].decode("ascii", "replace").strip("/")
    return ""
