"""One call at a scripted phone: what it hears, says and asks for."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from . import sdp
from .dialog import Dialog, Headers, cancel_of
from .message import Header, Message, escape, response
from .rtp import Audio
from .transport import PATIENCE, ClientTransaction, NoAnswer, Transport

WAIT = 30.0
"""Seconds a condition may take; long, because the machine may be busy, and nobody waits longer."""

Send = Callable[[Dialog, str, Headers, bytes], Awaitable[Message]]
_SDP: Header = (b"Content-Type", b"application/sdp")


class CallEnded(AssertionError):
    """The call ended while something else was waited for."""


@dataclass
class Transfer:
    """A REFER on its way: what the switch said of it, in order (202, then 100, 200, 486 ...)."""

    accepted: int
    reports: list[int]
    _call: "Call"

    async def reported(self, timeout: float = WAIT) -> int:
        """The first status that is final, or the one of the REFER when it was refused."""
        if self.accepted >= 300:
            return self.accepted
        await self._call.until(
            lambda: any(status >= 200 for status in self.reports),
            "the transfer's outcome",
            timeout,
            also_ended=True,
        )
        return next(status for status in self.reports if status >= 200)


class Call:
    """Placed by :meth:`Phone.call`, or received.

    Nothing here waits longer than its ``timeout`` (seconds); failures carry the SIP trace.
    """

    def __init__(self, dialog: Dialog, audio: Audio, send: Send, invite: Message | None) -> None:
        self.dialog = dialog
        self.audio = audio
        self.invite = invite
        """The INVITE that came in; None when this phone called."""
        self.status = 0
        """The last status of the INVITE."""
        self.reason = b""
        """The Reason header of what ended the call."""
        self.statuses: list[int] = []
        self.info: list[str] = []
        """Keys that came in by SIP INFO."""
        self.transfers: list[Transfer] = []
        self.held_by_other_side = False
        self.is_over = False
        self.answered_at: float | None = None
        """A time.monotonic()."""
        self.ended_at: float | None = None
        self._send = send
        self._changed = asyncio.Event()
        self._description_version = 0
        self._direction = "sendrecv"

    @property
    def is_answered(self) -> bool:
        return self.answered_at is not None

    # --- waiting

    @property
    def transport(self) -> Transport:
        return self.dialog.transport

    async def until(
        self,
        condition: Callable[[], object],
        what: str,
        timeout: float = WAIT,
        *,
        also_ended: bool = False,
    ) -> None:
        """Wait for a condition on this call. Raises :class:`CallEnded` when it ends first."""
        with self.transport.trace.attached():
            deadline = asyncio.get_running_loop().time() + timeout
            while not condition():
                if self.is_over and not also_ended:
                    raise CallEnded(f"ended with {self.status} while waiting for {what}")
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    raise AssertionError(f"waited {timeout} s for {what}")
                # Sound comes without a sign, so look again from time to time.
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), min(left, 0.02))
                self._changed.clear()

    async def ringing(self, timeout: float = WAIT) -> None:
        await self.until(lambda: 180 in self.statuses, "180 Ringing", timeout)

    async def early_media(self, timeout: float = WAIT) -> None:
        """Until the switch can hear keys before it answers."""
        await self.until(lambda: self.audio.connected, "early media", timeout)

    async def answered(self, timeout: float = WAIT) -> None:
        await self.until(lambda: self.is_answered, "an answer", timeout)

    async def talking(self, timeout: float = WAIT) -> None:
        """Until the switch has connected both sides, a moment after the answer: sound comes from
        the other end. A switch refuses to transfer a call earlier."""
        await self.answered(timeout)
        since = self.answered_at or 0.0
        await self.until(
            lambda: self.audio.recording.seconds(since) >= 0.06, "sound from the other end", timeout
        )

    async def ended(self, timeout: float = WAIT) -> int:
        """Until the call is over, whoever ended it; the INVITE's last status."""
        await self.until(lambda: self.is_over, "the end", timeout)
        return self.status

    async def heard(self, digits: str, timeout: float = WAIT) -> None:
        """Until these keys, and no others, came in."""
        await self.until(lambda: self.audio.heard() == digits, f"{len(digits)} keys", timeout)

    async def hears(
        self, *frequencies: float, seconds: float = 0.1, since: float = 0, timeout: float = WAIT
    ) -> None:
        """Until a tone of these frequencies was heard for so long altogether."""

        def heard() -> bool:
            tones = self.audio.recording.tones(*frequencies, since=since)
            return sum(tone.seconds for tone in tones) >= seconds - 0.001

        await self.until(heard, f"a tone of {frequencies} Hz", timeout)

    # --- keys

    async def dial(self, digits: str, tone_ms: int = 100, gap_ms: int = 60) -> None:
        """Press keys at any moment there is audio; RFC 4733."""
        await self.audio.dial(digits, tone_ms, gap_ms)

    async def dial_by_info(self, digits: str, tone_ms: int = 100) -> None:
        kind: Header = (b"Content-Type", b"application/dtmf-relay")
        for key in digits:
            body = f"Signal={key}\r\nDuration={tone_ms}\r\n".encode()
            await self._ask("INFO", [kind], body)

    # --- ending

    async def hang_up(self) -> None:
        """CANCEL, refuse or BYE, whichever the call is ready for."""
        if self.is_over:
            return
        if self.is_answered:
            await self._send(self.dialog, "BYE", (), b"")
            self.end()
        elif self.invite is not None:
            await self.reject(486)
        else:
            await self.cancel()

    async def cancel(self) -> None:
        """Take back a call that nobody answered; filled in by who placed it."""
        raise NotImplementedError

    def end(self, reason: bytes = b"") -> None:
        self.reason = self.reason or reason
        self.is_over = True
        self.ended_at = self.ended_at or time.monotonic()
        self.audio.close()
        self._changed.set()

    # --- a call that came in

    async def ring(self) -> None:
        self._answer_invite(180, "Ringing")

    async def progress(self) -> None:
        """183 with early media."""
        self._answer_invite(183, "Session Progress", described=True)

    async def answer(self) -> None:
        self._answer_invite(200, "OK", described=True)
        self.answered_at = time.monotonic()
        self._changed.set()

    async def reject(self, status: int, reason: str = "Refused") -> None:
        self._answer_invite(status, reason)
        self.end()

    async def redirect(self, contact: bytes) -> None:
        """302 to any address."""
        self._answer_invite(302, "Moved Temporarily", [(b"Contact", contact)])
        self.end()

    def _answer_invite(
        self, status: int, reason: str, headers: Headers = (), *, described: bool = False
    ) -> None:
        assert self.invite is not None, "this phone placed the call"
        contact = [] if status >= 300 else [(b"Contact", self.dialog.contact)]
        tag = self.dialog.local_tag
        made = response(self.invite, status, reason, tag, (*contact, *headers))
        if described:
            made = self._described(made)
        self.status = status
        self.statuses.append(status)
        self.transport.answer(self.invite, made)

    # --- during the call

    async def hold(self) -> None:
        await self.reinvite("sendonly")

    async def resume(self) -> None:
        await self.reinvite("sendrecv")

    async def reinvite(self, direction: str) -> None:
        self._direction = direction
        self.audio.muted = direction in {"inactive", "recvonly", "sendonly"}
        await self._ask("INVITE", [_SDP], self.description())

    async def refer(self, to: bytes, headers: Headers = ()) -> Transfer:
        """Blind transfer: ``to`` is the URI of Refer-To, byte for byte."""
        transfer = Transfer(0, [], self)
        self.transfers.append(transfer)
        own = (b"Referred-By", self.dialog.contact)
        answer = await self._send(
            self.dialog, "REFER", [(b"Refer-To", b"<%s>" % to), own, *headers], b""
        )
        transfer.accepted = answer.status
        return transfer

    async def refer_to_call(self, other: "Call") -> Transfer:
        """Attended transfer: connects this call's other side with that of ``other``."""
        dialog = other.dialog
        ids = (dialog.call_id, dialog.remote_tag, dialog.local_tag)
        replaces = escape(b"%s;to-tag=%s;from-tag=%s" % ids, keep=_LETTERS)
        target = dialog.target.partition(b"?")[0]
        return await self.refer(b"%s?Replaces=%s" % (target, replaces))

    async def _ask(self, method: str, headers: Headers, body: bytes) -> None:
        with self.transport.trace.attached():
            answer = await self._send(self.dialog, method, headers, body)
            assert answer.status < 300, f"{method} was answered with {answer.status}"
            if method == "INVITE":
                self.hear_of(answer)

    # --- what the other side says

    def progressed(self, answer: Message) -> None:
        """A response to our INVITE."""
        self.status = answer.status
        self.statuses.append(answer.status)
        if answer.status < 300:
            self.dialog.learn(answer)
            self.hear_of(answer)
            if answer.status >= 200:
                self.answered_at = time.monotonic()
        else:
            self.end(answer["reason"])
        self._changed.set()

    def hear_of(self, message: Message) -> None:
        """Take the other side's audio address out of a message."""
        if described := sdp.parse(message.body):
            self.held_by_other_side = described.direction in {"sendonly", "inactive"}
            self.audio.connect(described)

    def take(self, message: Message) -> None:
        """A request inside the call."""
        method, answer = message.method, self.transport.answer
        okay = response(
            message, 200, "OK", self.dialog.local_tag, [(b"Contact", self.dialog.contact)]
        )
        if method in {"INVITE", "UPDATE"}:
            self.hear_of(message)
            okay = self._described(okay) if message.body or method == "INVITE" else okay
        answer(message, okay)
        if method == "BYE":
            self.end(message["reason"])
        elif method == "CANCEL":
            self._cancelled(message)
        elif method == "NOTIFY":
            self._notified(message)
        elif method == "INFO" and (found := re.search(rb"Signal=\s*(\S)", message.body)):
            self.info.append(found[1].decode())
        self._changed.set()

    def _cancelled(self, message: Message) -> None:
        if not self.is_over and not self.is_answered:
            self._answer_invite(487, "Request Terminated")
            self.end(message["reason"])

    def _notified(self, message: Message) -> None:
        found = re.match(rb"SIP/2\.0 (\d{3})", message.body)
        if found and self.transfers:
            # With several REFERs the event's id is the CSeq of its own; one at a time is the rule.
            self.transfers[-1].reports.append(int(found[1]))

    # --- our description

    def description(self) -> bytes:
        self._description_version += 1
        host, _ = self.transport.address
        described = sdp.Description(host, self.audio.port, self._direction)
        return described.to_bytes(self._description_version)

    def _described(self, message: Message) -> Message:
        return Message(message.start, (*message.headers, _SDP), self.description())


_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


class PlacedCall(Call):
    """A call that this phone placed: runs its INVITE until the final response."""

    def __init__(self, dialog: Dialog, audio: Audio, send: Send) -> None:
        super().__init__(dialog, audio, send, None)
        self._transaction: ClientTransaction | None = None

    async def run(self, headers: Headers, authorize: Callable[[Message, Message], Header]) -> None:
        """Until the final response; a challenge is answered once. Silence counts as 408."""
        try:
            await self._run(headers, authorize)
        except NoAnswer:
            self.status = 408
            self.end()

    async def _run(self, headers: Headers, authorize: Callable[[Message, Message], Header]) -> None:
        invite = self.dialog.request("INVITE", (*headers, _SDP), self.description())
        transaction = self._begin(invite)
        answer = await self._final(transaction)
        if answer.status in {401, 407}:
            extra = authorize(answer, invite)
            invite = self.dialog.request("INVITE", (*headers, extra, _SDP), invite.body)
            transaction = self._begin(invite)
            answer = await self._final(transaction)
        self.progressed(answer)
        if answer.status < 300:
            acknowledge = partial(self._acknowledge, invite.cseq)
            acknowledge()
            transaction.on_late_answer = acknowledge

    async def cancel(self) -> None:
        """Take the call back. An answer that was faster is hung up."""
        await self.until(lambda: self.statuses, "a provisional response", also_ended=True)
        if not self.is_answered and not self.is_over and self._transaction is not None:
            taking_back = cancel_of(self._transaction.sent)
            await self.transport.begin(taking_back, self.dialog.peer).final()
            await self.until(lambda: self.is_answered or self.is_over, "the end", also_ended=True)
        if self.is_answered:
            await self.hang_up()

    def _begin(self, invite: Message) -> ClientTransaction:
        self._transaction = self.transport.begin(invite, self.dialog.peer)
        return self._transaction

    async def _final(self, transaction: ClientTransaction) -> Message:
        answer = await transaction.response(PATIENCE)
        while answer.status < 200:
            self.progressed(answer)
            answer = await transaction.response(600)
        return answer

    def _acknowledge(self, cseq: int) -> None:
        self.transport.send(self.dialog.request("ACK", cseq=cseq), self.dialog.hop)
