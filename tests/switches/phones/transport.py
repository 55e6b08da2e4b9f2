"""One UDP socket of a SIP user agent, and its transactions (RFC 3261, section 17)."""

import asyncio
from collections.abc import Callable
from typing import cast

from .message import Message, host_of, parse, request, response, token
from .trace import Trace

T1, T2 = 0.5, 4.0
PATIENCE = 32.0
"""Seconds until a request without an answer has failed: 64 times T1."""

Address = tuple[str, int]
Handler = Callable[[Message], None]


class NoAnswer(AssertionError):
    """Nobody answered a request in time."""


class ClientTransaction:
    """One request that was sent; its responses come in order out of :meth:`response`."""

    def __init__(self, transport: "Transport", sent: Message, to: Address) -> None:
        self.sent = sent
        self.to = to
        self.on_late_answer: Callable[[], None] | None = None
        self._transport = transport
        self._responses: asyncio.Queue[Message] = asyncio.Queue()
        self._provisional = self._final = False
        self._resending = asyncio.create_task(self._resend())

    async def response(self, timeout: float = PATIENCE) -> Message:
        """The next response. Raises :class:`NoAnswer`."""
        try:
            return await asyncio.wait_for(self._responses.get(), timeout)
        except TimeoutError:
            raise NoAnswer(f"no response to {self.sent.method} in {timeout} s") from None

    async def final(self, timeout: float = PATIENCE) -> Message:
        """The response that is no 1xx."""
        while (answer := await self.response(timeout)).status < 200:
            pass
        return answer

    def receive(self, answer: Message) -> None:
        if answer.status < 200:
            self._provisional = True
        elif self.sent.method == "INVITE":
            self._resending.cancel()
            if answer.status >= 300:
                self._acknowledge(answer)
            elif self._final and self.on_late_answer:
                self.on_late_answer()  # our ACK was lost: the 200 came again
        if answer.status >= 200:
            self._resending.cancel()
            if self._final:
                return
            self._final = True
        self._responses.put_nowait(answer)

    def close(self) -> None:
        self._resending.cancel()

    def _acknowledge(self, answer: Message) -> None:
        headers = [
            (b"Via", self.sent["via"]),
            (b"Max-Forwards", b"70"),
            *((b"Route", value) for value in self.sent.all("route")),
            (b"From", self.sent["from"]),
            (b"To", answer["to"]),
            (b"Call-ID", self.sent["call-id"]),
            (b"CSeq", b"%d ACK" % self.sent.cseq),
        ]
        self._transport.send(request("ACK", self.sent.uri, headers), self.to)

    async def _resend(self) -> None:
        wait = T1
        while True:
            await asyncio.sleep(wait)
            if self._provisional and self.sent.method == "INVITE":
                return
            self._transport.send(self.sent, self.to)
            wait = min(2 * wait, T2)


class Transport(asyncio.DatagramProtocol):
    """Sends, resends, and hands each request to its call once.

    ``calls`` maps a Call-ID to who takes its requests; others go to ``on_request``.
    """

    def __init__(self, trace: Trace, on_request: Handler) -> None:
        self.trace = trace
        self.calls: dict[bytes, Handler] = {}
        self._on_request = on_request
        self._transactions: dict[tuple[bytes, str], ClientTransaction] = {}
        self._answers: dict[tuple[bytes, str], Message | None] = {}
        self._unacknowledged: dict[bytes, asyncio.Task[None]] = {}
        self._socket: asyncio.DatagramTransport

    async def open(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))

    @property
    def address(self) -> Address:
        host, port = self._socket.get_extra_info("sockname")
        return host, port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._socket = cast(asyncio.DatagramTransport, transport)

    def close(self) -> None:
        for transaction in self._transactions.values():
            transaction.close()
        for task in self._unacknowledged.values():
            task.cancel()
        self._socket.close()

    # --- out

    def send(self, message: Message, to: Address) -> None:
        self.trace.add("->", message)
        self._socket.sendto(message.to_bytes(), to)

    def via(self) -> tuple[bytes, bytes]:
        """A Via with a new branch."""
        host, port = self.address
        text = b"SIP/2.0/UDP %s:%d;rport;branch=z9hG4bK%s"
        return b"Via", text % (host.encode(), port, token())

    def begin(self, message: Message, to: Address) -> ClientTransaction:
        """Send a request and wait for its responses."""
        transaction = ClientTransaction(self, message, to)
        self._transactions[message.branch, message.method] = transaction
        self.send(message, to)
        return transaction

    def answer(self, to: Message, answer: Message) -> None:
        """Answer a request; a 2xx to an INVITE is sent again until its ACK comes."""
        self._answers[to.branch, to.method] = answer
        self.send(answer, to.source)
        if to.method == "INVITE" and answer.status >= 200:
            again = asyncio.create_task(self._answer_again(answer, to.source))
            self._unacknowledged[to["call-id"]] = again

    async def _answer_again(self, answer: Message, to: Address) -> None:
        wait = waited = T1
        while waited < PATIENCE:
            await asyncio.sleep(wait)
            self.send(answer, to)
            wait = min(2 * wait, T2)
            waited += wait

    # --- in

    def datagram_received(self, data: bytes, addr: Address) -> None:
        try:
            message = parse(data, addr)
        except ValueError:
            return
        self.trace.add("<-", message)
        if message.is_request:
            self._take_request(message)
        elif transaction := self._transactions.get((message.branch, message.method)):
            transaction.receive(message)

    def _take_request(self, message: Message) -> None:
        call_id = message["call-id"]
        if message.method == "ACK":
            if task := self._unacknowledged.pop(call_id, None):
                task.cancel()
            return
        key = (message.branch, message.method)
        if key in self._answers:
            if answer := self._answers[key]:
                self.send(answer, message.source)
            return
        self._answers[key] = None
        if message.method == "OPTIONS":
            self.answer(message, response(message, 200, "OK", token()))
            return
        self.calls.get(call_id, self._on_request)(message)

    def error_received(self, exc: Exception) -> None:
        self.trace.remark(f"socket: {exc}")


def next_hop(target: bytes, routes: list[bytes], default: Address) -> Address:
    """Where a request in a dialog is sent: the first route, or the target."""
    uri = routes[0].strip(b"<>") if routes else target
    try:
        return host_of(uri)
    except ValueError:
        return default
