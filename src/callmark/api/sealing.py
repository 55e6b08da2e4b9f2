"""Keyed hashes and encryption with keys made from the pepper, which is not in the database."""

import base64
import hmac

from cryptography.fernet import Fernet
from django.conf import settings


def keyed_hash(purpose: str, text: str | bytes) -> str:
    """A hash that is useless without the pepper; each purpose has its own key."""
    message = text.encode() if isinstance(text, str) else text
    return hmac.digest(_key(purpose), message, "sha256").hex()


def seal(purpose: str, key: str, text: str) -> str:
    """Encrypt so that database and pepper together cannot read it: ``key`` is not kept."""
    return _cipher(purpose, key).encrypt(text.encode()).decode()


def unseal(purpose: str, key: str, sealed: str) -> str:
    """The text that :func:`seal` was given."""
    return _cipher(purpose, key).decrypt(sealed.encode()).decode()


def _cipher(purpose: str, key: str) -> Fernet:
    derived = hmac.digest(_key(purpose), key.encode(), "sha256")
    return Fernet(base64.urlsafe_b64encode(derived))


def _key(purpose: str) -> bytes:
    return hmac.digest(
        settings.API_TOKEN_PEPPER.encode(), b"callmark api " + purpose.encode(), "sha256"
    )
