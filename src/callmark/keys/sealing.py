"""The one cipher: AES-256-GCM with a random nonce, as URL-safe text."""

import base64
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32


def seal(cipher: AESGCM, text: str) -> str:
    """Encrypt: the nonce, then what it hides."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + cipher.encrypt(nonce, text.encode(), None)).decode()


def unseal(cipher: AESGCM, sealed: str) -> str:
    """The text again. Raises ``InvalidTag`` or ``ValueError``."""
    raw = base64.urlsafe_b64decode(sealed)
    return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()
