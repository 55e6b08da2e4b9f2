"""Ids of call records, made from what the switch calls the leg: the same however often it is told.

RFC 9562 UUIDv8: 48 bits of time (milliseconds since 1970, from the switch's call id), then a hash.
Records of one month stand together that way, and a table can later be cut by ranges of ids.
"""

import hashlib
import re
from uuid import UUID

# Asterisk's unique id: an optional system name, the seconds since 1970, a counter.
_ASTERISK_ID = re.compile(r"(?:.*-)?(?P<seconds>[0-9]{9,11})\.[0-9]+")
_TIME_BITS, _HASH_BITS = 48, 74


def leg_id(switch: str, system: str, call_id: str, leg: int = 1, *, at: float = 0.0) -> UUID:
    """The id of a leg's record. ``at`` (seconds since 1970) dates a call id that has no time."""
    return _dated(_moment(call_id, at), "leg", switch, system, call_id, str(leg))


def inbound_id(switch: str, system: str, conversation: str, *, at: float = 0.0) -> UUID:
    """The id of an inbound call's record: one for the whole conversation, however many rang."""
    return _dated(_moment(conversation, at), "inbound", switch, system, conversation)


def _moment(call_id: str, at: float) -> int:
    match = _ASTERISK_ID.fullmatch(call_id)
    seconds = int(match["seconds"]) if match else at
    return int(seconds * 1000) % (1 << _TIME_BITS)


def _dated(milliseconds: int, *parts: str) -> UUID:
    # Each part with its length: no two lists of parts read the same.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest()) >> (256 - _HASH_BITS)
    high, low = digest >> 62, digest & ((1 << 62) - 1)
    return UUID(int=(milliseconds << 80) | (8 << 76) | (high << 64) | (0b10 << 62) | low)
