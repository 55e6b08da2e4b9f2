"""Signatures as the Standard Webhooks specification has them, made and checked.

``webhook-signature`` holds one or more ``v1,<base64>`` separated by spaces; each is the
HMAC-SHA-256, keyed with a secret, of ``<webhook-id>.<webhook-timestamp>.<body>``.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable, Mapping

PREFIX = "whsec_"
TOLERANCE_SECONDS = 300
_SECRET_BYTES = 32


class NotGenuine(Exception):
    """The message was not signed with this secret, or too long ago."""


def new_secret() -> str:
    """A secret as its owner enters it in their program."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(
    message_id: str, body: bytes, timestamp: int, keys: Iterable[str]
) -> dict[str, str]:
    """The three headers, with a signature for each secret."""
    signatures = [_signature(key, message_id, str(timestamp), body) for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def verify(
    secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None
) -> None:
    """Raise :class:`NotGenuine` unless the message was signed with this secret a short while ago.

    ``headers`` must be found by their lower-case names; ``body`` is what came, byte for byte.
    """
    try:
        message_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        given = headers["webhook-signature"]
        age = abs((time.time() if now is None else now) - int(timestamp))
    except (KeyError, ValueError):
        raise NotGenuine("a header is missing or wrong") from None
    if age > TOLERANCE_SECONDS:
        raise NotGenuine("the message is too old: it may be repeated by somebody else")
    expected = _signature(secret, message_id, timestamp, body).encode()
    # A comparison takes the same time, however much of a signature is right.
    if not any(hmac.compare_digest(expected, one.encode()) for one in given.split(" ")):
        raise NotGenuine("no signature is right")


def _signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
