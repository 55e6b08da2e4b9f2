"""Session descriptions: one audio stream of u-law and RFC 4733 events."""

import re
from dataclasses import dataclass

ULAW, EVENTS = 0, 101


@dataclass(frozen=True)
class Description:
    """Where audio goes. ``direction`` is sendrecv, sendonly, recvonly or inactive."""

    host: str
    port: int
    direction: str = "sendrecv"
    events: int | None = EVENTS
    """The payload type of telephone-event, None: not offered."""

    def to_bytes(self, version: int) -> bytes:
        lines = [
            "v=0",
            f"o=phone 1 {version} IN IP4 {self.host}",
            "s=-",
            f"c=IN IP4 {self.host}",
            "t=0 0",
            f"m=audio {self.port} RTP/AVP {ULAW}" + (f" {self.events}" if self.events else ""),
            f"a=rtpmap:{ULAW} PCMU/8000",
        ]
        if self.events:
            lines += [f"a=rtpmap:{self.events} telephone-event/8000", f"a=fmtp:{self.events} 0-15"]
        lines += ["a=ptime:20", f"a={self.direction}", ""]
        return "\r\n".join(lines).encode()


def parse(body: bytes) -> Description | None:
    """None when there is no audio in it."""
    text = body.decode("utf-8", "replace")
    media = re.search(r"^m=audio (\d+) ", text, re.MULTILINE)
    host = re.search(r"^c=IN IP4 (\S+)", text, re.MULTILINE)
    if not media or not host:
        return None
    direction = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)\s*$", text, re.MULTILINE)
    events = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", text, re.MULTILINE)
    return Description(
        host[1],
        int(media[1]),
        direction[1] if direction else "sendrecv",
        int(events[1]) if events else None,
    )
