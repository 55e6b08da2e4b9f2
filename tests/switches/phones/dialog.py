"""What two user agents agreed on for one call (RFC 3261, section 12)."""

from collections.abc import Iterable

from .message import Header, Message, address, parameter, request, token
from .transport import Address, Transport, next_hop

Headers = Iterable[Header]


class Dialog:
    """Builds requests of one call. ``local`` and ``remote`` are From and To as we send them."""

    def __init__(
        self,
        transport: Transport,
        *,
        call_id: bytes,
        local: bytes,
        remote: bytes,
        target: bytes,
        peer: Address,
        contact: bytes,
    ) -> None:
        self.transport = transport
        self.call_id = call_id
        self.local = local
        self.remote = remote
        self.target = target
        self.peer = peer
        self.contact = contact
        self.routes: list[bytes] = []
        self._cseq = 0

    @classmethod
    def to_place(
        cls, transport: Transport, user: str, uri: bytes, to: bytes, peer: Address
    ) -> "Dialog":
        host, port = transport.address
        own = b"sip:%s@%s" % (user.encode(), host.encode())
        return cls(
            transport,
            call_id=token(),
            local=b"<%s>;tag=%s" % (own, token()),
            remote=to,
            target=uri,
            peer=peer,
            contact=b"<%s:%d>" % (own, port),
        )

    @classmethod
    def of_invite(cls, transport: Transport, invite: Message, user: str) -> "Dialog":
        host, port = transport.address
        dialog = cls(
            transport,
            call_id=invite["call-id"],
            local=invite["to"] + b";tag=" + token(),
            remote=invite["from"],
            target=address(invite["contact"]),
            peer=invite.source,
            contact=b"<sip:%s@%s:%d>" % (user.encode(), host.encode(), port),
        )
        dialog.routes = invite.all("record-route")
        return dialog

    @property
    def local_tag(self) -> bytes:
        return parameter(self.local, b"tag")

    @property
    def remote_tag(self) -> bytes:
        return parameter(self.remote, b"tag")

    @property
    def hop(self) -> Address:
        return next_hop(self.target, self.routes, self.peer)

    def learn(self, answer: Message) -> None:
        """Take the other side's tag, address and routes from its answer to our INVITE."""
        if parameter(answer["to"], b"tag"):
            self.remote = answer["to"]
        if answer["contact"]:
            self.target = address(answer["contact"])
        if routes := answer.all("record-route"):
            self.routes = routes[::-1]

    def request(
        self, method: str, headers: Headers = (), body: bytes = b"", *, cseq: int | None = None
    ) -> Message:
        """A new request, or one that belongs to an earlier (ACK, CANCEL) by its ``cseq``."""
        if cseq is None:
            self._cseq += 1
            cseq = self._cseq
        common = [
            self.transport.via(),
            (b"Max-Forwards", b"70"),
            *((b"Route", route) for route in self.routes),
            (b"From", self.local),
            (b"To", self.remote),
            (b"Call-ID", self.call_id),
            (b"CSeq", b"%d %s" % (cseq, method.encode())),
            (b"Contact", self.contact),
        ]
        return request(method, self.target, (*common, *headers), body)


def cancel_of(invite: Message) -> Message:
    """Takes an INVITE back (section 9.1): same branch, same address."""
    kept = ("via", "max-forwards", "route", "from", "to", "call-id")
    headers = [(name, value) for name, value in invite.headers if name.decode().lower() in kept]
    headers.append((b"CSeq", b"%d CANCEL" % invite.cseq))
    return request("CANCEL", invite.uri, headers)
