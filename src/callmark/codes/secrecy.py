"""Account codes as secrets: encrypted at rest, found by keyed hash, the keys held apart.

Keys live in a file (``CALLMARK_CODE_KEYS_FILE``) beside the database, never in it: one key a line,
the first is used for new values, the others still read old ones. A three-digit code has only a
thousand possibilities, so a plain hash would hide nothing: the hash is keyed (HMAC-SHA-256), and
takes the account in, so that equal codes of two accounts do not look alike.
"""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from callmark.policy.code_entry import KnownCode

_NONCE_BYTES = 12
_KEY_BYTES = 32


class WrongKey(Exception):
    """A value was encrypted with a key that is not in the key file any more."""


@dataclass(frozen=True, slots=True)
class _Key:
    """One line of the key file, split into an encryption key, a hash key and a short name."""

    name: str
    cipher: AESGCM = field(repr=False)
    hash_key: bytes = field(repr=False)

    @classmethod
    def from_line(cls, line: str) -> "_Key":
        material = base64.urlsafe_b64decode(line)
        if len(material) != _KEY_BYTES:
            raise ValueError("a line of the code key file is not 32 bytes in URL-safe base64")

        def derive(purpose: bytes) -> bytes:
            return hmac.digest(material, b"callmark " + purpose, "sha256")

        return cls(derive(b"name").hex()[:8], AESGCM(derive(b"encrypt")), derive(b"lookup"))


class Keyring:
    """All keys, the primary first."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._keys = [_Key.from_line(line) for line in lines]
        if not self._keys:
            raise ValueError("the code key file has no key")

    def encrypt(self, digits: str) -> str:
        """Encrypt with the primary key; '' stays ''."""
        if not digits:
            return ""
        key = self._keys[0]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + key.cipher.encrypt(nonce, digits.encode(), None)
        return f"{key.name}:{base64.urlsafe_b64encode(sealed).decode()}"

    def decrypt(self, text: str) -> str:
        """The digits again. Raises :class:`WrongKey`."""
        if not text:
            return ""
        name, _, sealed_text = text.partition(":")
        sealed = base64.urlsafe_b64decode(sealed_text)
        for key in self._keys:
            if key.name == name:
                try:
                    plain = key.cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
                except InvalidTag:
                    raise WrongKey("a stored code does not match its key") from None
                return plain.decode()
        raise WrongKey(f"the key {name!r} is missing from the code key file")

    def lookup(self, account_id: object, digits: str) -> str:
        """The hash that finds a code of this account, by the primary key; '' for ''."""
        return self.lookups(account_id, digits)[0] if digits else ""

    def lookups(self, account_id: object, digits: str) -> list[str]:
        """The hashes by every key: during a rotation either may be stored."""
        message = f"{account_id}:{digits}".encode()
        return [hmac.new(key.hash_key, message, hashlib.sha256).hexdigest() for key in self._keys]


_cached: tuple[float, Keyring] | None = None


def keyring() -> Keyring:
    """The keys of this installation, read again when the file changes; made at first use."""
    global _cached  # noqa: PLW0603
    path = Path(settings.CODE_KEYS_FILE)
    if not path.exists():
        _create(path)
    changed = path.stat().st_mtime_ns
    if _cached is None or _cached[0] != changed:
        _cached = (changed, Keyring(path.read_text().split()))
    return _cached[1]


def add_primary_key(path: Path) -> None:
    """Put a new key in front of the file; values are to be encrypted again with it."""
    _write(path, [_new_key(), *path.read_text().split()])


def drop_old_keys(path: Path) -> None:
    """Keep only the primary key; whatever another one encrypted is lost."""
    _write(path, path.read_text().split()[:1])


def _create(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(_new_key() + "\n")


def _write(path: Path, lines: list[str]) -> None:
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text("\n".join(lines) + "\n")
    fresh.replace(path)


def _new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def masked(digits: str) -> str:
    """What somebody sees who may not see the code: its length only."""
    return "•" * len(digits)


class HashedCodes(Mapping[str, KnownCode]):
    """An account's active codes, found by their digits without holding any digits."""

    def __init__(self, account_id: object, by_lookup: Mapping[str, KnownCode]) -> None:
        self._account_id = account_id
        self._by_lookup = by_lookup

    def __getitem__(self, digits: str) -> KnownCode:
        for lookup in keyring().lookups(self._account_id, digits):
            if lookup in self._by_lookup:
                return self._by_lookup[lookup]
        raise KeyError("no such code")

    def __iter__(self) -> Iterator[str]:
        raise TypeError("the digits of the codes are not kept")

    def __len__(self) -> int:
        return len(self._by_lookup)

    def values(self) -> ValuesView[KnownCode]:
        """The codes' identities, without digits."""
        return self._by_lookup.values()
