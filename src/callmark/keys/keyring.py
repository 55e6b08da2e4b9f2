"""The keys in memory: encrypting with a key id, and hashing with a key so that values are found.

A three-digit code has only a thousand possibilities, so a plain hash would hide nothing: the hash
is keyed (HMAC-SHA-256), and takes its owner in, so that equal codes of two accounts do not look
alike.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from callmark.keys import sealing
from callmark.policy.values import value_class


class KeyProblem(Exception):
    """The keys are not as they must be; the text says what to do."""


class KeyFileMissing(KeyProblem):
    """There is no key file. Nothing ever puts a new one in its place."""


class BadKeyFile(KeyProblem):
    """The key file holds no key, or something else."""


class WrongKey(KeyProblem):
    """A value was encrypted with a key that is not in the key file (any more)."""


@value_class
class Key:
    """One line of the key file, split into an encryption key, a hash key and a short name."""

    name: str
    cipher: AESGCM = field(repr=False)
    hash_key: bytes = field(repr=False)

    @classmethod
    def from_line(cls, line: str) -> "Key":
        """Raises :class:`BadKeyFile`."""
        try:
            material = base64.urlsafe_b64decode(line)
        except ValueError:
            material = b""
        if len(material) != sealing.KEY_BYTES:
            raise BadKeyFile("a line of the code key file is not 32 bytes in URL-safe base64")

        def derive(purpose: bytes) -> bytes:
            return hmac.digest(material, b"callmark " + purpose, "sha256")

        return cls(derive(b"name").hex()[:8], AESGCM(derive(b"encrypt")), derive(b"lookup"))


class Keyring:
    """All keys, the primary first. No I/O: it is what the file said when it was read.

    ``former`` keys are in the file no more: they read what is still under way, and find nothing.
    ``read_again`` is asked once when a value names a key that is not here: another process may
    have changed keys meanwhile.
    """

    def __init__(
        self,
        lines: Sequence[str],
        *,
        former: Sequence[Key] = (),
        read_again: "Callable[[], Keyring] | None" = None,
    ) -> None:
        self.keys = tuple(Key.from_line(line) for line in lines)
        if not self.keys:
            raise BadKeyFile("the code key file has no key")
        self._by_name = {key.name: key for key in (*former, *self.keys)}
        self._read_again = read_again

    @property
    def primary(self) -> str:
        """The name of the key that encrypts; every encrypted value begins with such a name."""
        return self.keys[0].name

    @property
    def readable(self) -> tuple[Key, ...]:
        """Every key that still reads."""
        return tuple(self._by_name.values())

    def encrypt(self, text: str) -> str:
        """Encrypt with the primary key, its name in front; '' stays ''."""
        if not text:
            return ""
        return f"{self.keys[0].name}:{sealing.seal(self.keys[0].cipher, text)}"

    def decrypt(self, text: str) -> str:
        """The text again. Raises :class:`WrongKey`."""
        if not text:
            return ""
        name, _, sealed = text.partition(":")
        key = self._by_name.get(name)
        if key is None and self._read_again is not None:
            key = self._read_again()._by_name.get(name)
        if key is None:
            raise missing(name)
        try:
            return sealing.unseal(key.cipher, sealed)
        except (InvalidTag, ValueError):
            raise WrongKey("a stored value does not match its key") from None

    def knows(self, text: str) -> bool:
        """Whether the key that this encrypted value names is here."""
        return text.partition(":")[0] in self._by_name

    def lookup(self, owner: object, text: str) -> str:
        """The hash that finds this text of its owner, by the primary key; '' for ''."""
        return self.lookups(owner, text)[0] if text else ""

    def lookups(self, owner: object, text: str) -> list[str]:
        """The hashes by every key of the file: during a rotation either may be stored."""
        message = f"{owner}:{text}".encode()
        return [hmac.new(key.hash_key, message, hashlib.sha256).hexdigest() for key in self.keys]


def missing(name: str) -> WrongKey:
    """What to say of a value whose key is not in the file."""
    shown = name if len(name) == 8 and name.isalnum() else "(none)"
    return WrongKey(
        f"the key {shown!r} is missing from the code key file: put the file back that this "
        "database was encrypted with (CALLMARK_CODE_KEYS_FILE), or copy it here if its keys were "
        "changed elsewhere"
    )
