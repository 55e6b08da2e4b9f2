"""A scripted phone, and the carrier at the other end of a trunk."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from . import digest
from .call import WAIT, Call, PlacedCall
from .dialog import Dialog, Headers
from .message import Header, Message, address, parameter, response, token, unescape, user_part
from .rtp import Audio
from .trace import Trace
from .transport import Address, Transport

Behaviour = Callable[[Call], Awaitable[None]]
"""What a phone does with a call that comes in."""


def answer_after(seconds: float = 0.0) -> Behaviour:
    """Ring, then answer."""

    async def behave(call: Call) -> None:
        await call.ring()
        await asyncio.sleep(seconds)
        if not call.is_over:
            await call.answer()

    return behave


def reject_with(status: int) -> Behaviour:
    """Refuse every call: 486 busy, 503 for a trunk that is full."""

    async def behave(call: Call) -> None:
        await call.reject(status)

    return behave


def forward_to(contact: bytes) -> Behaviour:
    """302 to any address."""

    async def behave(call: Call) -> None:
        await call.redirect(contact)

    return behave


async def ring(call: Call) -> None:
    """Ring and leave the rest to the test."""
    await call.ring()


class Phone:
    """A user agent on a port of its own: ``async with Phone(...) as phone``.

    ``register``: make itself known to the switch, as it must to receive calls without a fixed
    address. Calls that come in are in :attr:`calls`, and do what ``behaviour`` says.
    """

    def __init__(
        self,
        name: str,
        password: str,
        switch: Address,
        *,
        port: int = 0,
        behaviour: Behaviour = ring,
        register: bool = True,
    ) -> None:
        self.name = name
        self.behaviour = behaviour
        self.calls: list[Call] = []
        """Calls that came in, in order."""
        self.placed: list[Call] = []
        self.trace = Trace(name)
        self.transport = Transport(self.trace, self._request)
        self._password = password
        self._switch = switch
        self._port = port
        self._registers = register
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._registration = (token(), token())
        self._cseq = 0

    async def __aenter__(self) -> Self:
        await self.transport.open("127.0.0.1", self._port)
        if self._registers:
            await self.register()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            error.add_note(f"SIP of {self.name}:\n{self.trace}")
        for call in (*self.placed, *self.calls):
            # Whatever a test left behind must not go on in the next.
            with suppress(Exception):
                await asyncio.wait_for(call.hang_up(), 2 if error else 10)
            call.end()
        if self._registers:
            with suppress(Exception):
                await asyncio.wait_for(self.register(seconds=0), 5)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.transport.close()

    @property
    def address(self) -> bytes:
        """The URI under which this very phone can be reached, past the switch."""
        host, port = self.transport.address
        return b"sip:%s@%s:%d" % (self.name.encode(), host.encode(), port)

    def uri(self, user: str | bytes) -> bytes:
        """The switch's URI with this user part, byte for byte."""
        data = user.encode() if isinstance(user, str) else user
        host, port = self._switch
        return b"sip:%s@%s:%d" % (data, host.encode(), port)

    async def register(self, seconds: int = 3600) -> None:
        """Tell the switch where this phone is; 0 takes it back."""
        host, _ = self._switch
        call_id, tag = self._registration
        own = b"<sip:%s@%s>" % (self.name.encode(), host.encode())
        registrar = self.uri("").replace(b"@", b"")
        extra: list[Header] = []
        for _ in range(2):
            self._cseq += 1
            headers = [
                self.transport.via(),
                (b"Max-Forwards", b"70"),
                (b"From", own + b";tag=" + tag),
                (b"To", own),
                (b"Call-ID", call_id),
                (b"CSeq", b"%d REGISTER" % self._cseq),
                (b"Contact", b"<%s>" % self.address),
                (b"Expires", b"%d" % seconds),
            ]
            message = Message(b"REGISTER %s SIP/2.0" % registrar, (*headers, *extra))
            answer = await self.transport.begin(message, self._switch).final()
            if answer.status != 401:
                break
            extra = [self._authorize(answer, message)]
        with self.trace.attached():
            assert answer.status == 200, f"{self.name} may not register: {answer.status}"

    async def call(
        self, user: str | bytes, *, headers: Headers = (), uri: bytes | None = None
    ) -> PlacedCall:
        """Place a call. ``user`` stands in the Request-URI byte for byte: encode it yourself with
        ``message.escape``; or give the whole ``uri``. Returns when the INVITE was sent."""
        target = uri or self.uri(user)
        odd = any(byte in b'<>"\\' or byte <= 32 or byte == 127 for byte in target)
        to = b"<%s>" % (self.uri("odd") if odd else target)
        dialog = Dialog.to_place(self.transport, self.name, target, to, self._switch)
        call = PlacedCall(dialog, await self._audio(), self._send)
        self.placed.append(call)
        self.transport.calls[dialog.call_id] = call.take
        self._start(call.run(headers, self._authorize))
        return call

    async def next_call(self, number: int = 1, timeout: float = WAIT) -> Call:
        """The call that came in as the ``number``-th of this phone's."""
        with self.trace.attached():
            deadline = asyncio.get_running_loop().time() + timeout
            while len(self.calls) < number:
                self._changed.clear()
                left = deadline - asyncio.get_running_loop().time()
                try:
                    await asyncio.wait_for(self._changed.wait(), left)
                except TimeoutError:
                    raise AssertionError(f"{self.name} was not called in {timeout} s") from None
            return self.calls[number - 1]

    async def _audio(self) -> Audio:
        audio = Audio()
        await audio.open("127.0.0.1")
        return audio

    async def _send(self, dialog: Dialog, method: str, headers: Headers, body: bytes) -> Message:
        message = dialog.request(method, headers, body)
        transaction = self.transport.begin(message, dialog.hop)
        answer = await transaction.final()
        if answer.status in {401, 407}:
            message = dialog.request(method, (*headers, self._authorize(answer, message)), body)
            transaction = self.transport.begin(message, dialog.hop)
            answer = await transaction.final()
        if method == "INVITE" and answer.status < 300:

            def acknowledge() -> None:
                self.transport.send(dialog.request("ACK", cseq=message.cseq), dialog.hop)

            transaction.on_late_answer = acknowledge
            acknowledge()
        return answer

    def _authorize(self, answer: Message, asked: Message) -> Header:
        # In a quoted string the URI could end it; the switch reckons with what stands here.
        uri = asked.uri if not set(asked.uri) & set(b'"\\') else self.uri("odd")
        return digest.authorization(answer, asked.method, uri, self.name, self._password)

    def _request(self, message: Message) -> None:
        """A request that belongs to no call yet."""
        if message.method == "INVITE" and not parameter(message["to"], b"tag"):
            self._start(self._receive(message))
        elif message.method == "NOTIFY":
            self.transport.answer(message, response(message, 200, "OK", token()))
        else:
            gone = response(message, 481, "Call Does Not Exist", token())
            self.transport.answer(message, gone)

    async def _receive(self, invite: Message) -> None:
        dialog = Dialog.of_invite(self.transport, invite, self.name)
        call = Call(dialog, await self._audio(), self._send, invite)
        self.transport.calls[dialog.call_id] = call.take
        call.hear_of(invite)
        self.calls.append(call)
        self._changed.set()
        await self.behaviour(call)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)


class Carrier(Phone):
    """The other end of a trunk: takes any number and remembers how it was dialed."""

    def __init__(
        self,
        name: str,
        switch: Address,
        port: int,
        *,
        password: str = "",
        behaviour: Behaviour | None = None,
    ) -> None:
        super().__init__(
            name,
            password,
            switch,
            port=port,
            behaviour=behaviour or answer_after(0),
            register=False,
        )

    @property
    def dialed(self) -> list[bytes]:
        """The user part of each call that came, byte for byte as it stood in the Request-URI."""
        return [user_part(call.invite.uri) for call in self.calls if call.invite]

    @property
    def numbers(self) -> list[str]:
        """The same, decoded."""
        return [unescape(user).decode("utf-8", "backslashreplace") for user in self.dialed]

    def dialed_by(self, caller: str, since: int = 0) -> list[bytes]:
        """The user parts that came with this number as the caller's, but for the first calls."""
        invites = [call.invite for call in self.calls[since:] if call.invite]
        own = caller.encode()
        return [user_part(one.uri) for one in invites if user_part(address(one["from"])) == own]
