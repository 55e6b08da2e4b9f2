"""Keyed hashes and encryption with keys made from the pepper, which is not in the database.

For what a rotation cannot renew: an API token is known only to who holds it, and an answer that is
kept can be read only with the key that came with the request.
"""

import base64
import hmac

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from callmark.keys import sealing

_FERNET_BEGINS = "gAAAA"


def keyed_hash(purpose: str, text: str | bytes) -> str:
    """A hash that is useless without the pepper; each purpose has its own key."""
    message = text.encode() if isinstance(text, str) else text
    return hmac.digest(_key(purpose), message, "sha256").hex()


def seal(purpose: str, key: str, text: str) -> str:
    """Encrypt so that database and pepper together cannot read it: ``key`` is not kept."""
    # A letter that Fernet's values never begin with.
    return "1" + sealing.seal(AESGCM(_derived(purpose, key)), text)


def unseal(purpose: str, key: str, sealed: str) -> str:
    """The text that :func:`seal` was given, now or by a version that used Fernet."""
    if sealed.startswith(_FERNET_BEGINS):
        former = Fernet(base64.urlsafe_b64encode(_derived(purpose, key)))
        return former.decrypt(sealed.encode()).decode()
    return sealing.unseal(AESGCM(_derived(purpose, key)), sealed[1:])


def _derived(purpose: str, key: str) -> bytes:
    return hmac.digest(_key(purpose), key.encode(), "sha256")


def _key(purpose: str) -> bytes:
    pepper = settings.API_TOKEN_PEPPER.encode()
    return hmac.digest(pepper, b"callmark api " + purpose.encode(), "sha256")
