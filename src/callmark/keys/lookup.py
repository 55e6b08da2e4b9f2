"""Finding by keyed hash: a mapping by text that holds no text."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, ValuesView
from itertools import chain
from typing import Any, Generic, TypeVar

from callmark.keys.keyring import Keyring

Found = TypeVar("Found")


FEW = 256
"""Changes beside a mapping that may be large; with more of them a new one is made."""


def _as_it_is(value: Any) -> Any:  # noqa: ANN401
    return value


class ByHash(Mapping[str, Found], Generic[Found]):
    """An owner's values, found by a secret text (an account's codes by their digits).

    The keyring is the one that the hashes were read with: looking up does no I/O, and goes on
    working, unchanged, while keys are changed. There may be a million: ``by_hash`` has hashes as
    bytes, and values packed as small as may be, which ``unpack`` makes what is found, and of which
    ``identity`` says whose each is.
    """

    def __init__(
        self,
        keyring: Keyring,
        owner: object,
        by_hash: Mapping[bytes, Any],
        unpack: Callable[[Any], Found] = _as_it_is,
        identity: Callable[[Any], Hashable] = _as_it_is,
    ) -> None:
        self._keyring = keyring
        self._owner = owner
        self._by_hash = by_hash
        self._unpack = unpack
        self._identity = identity
        self._gone: frozenset[Hashable] = frozenset()
        self._newer: Mapping[bytes, Any] = {}

    def __getitem__(self, text: str) -> Found:
        for one in self._keyring.lookups(self._owner, text):
            key = bytes.fromhex(one)
            packed = self._newer.get(key) if self._newer else None
            if packed is None:
                packed = self._by_hash.get(key)
                if packed is None or (self._gone and self._identity(packed) in self._gone):
                    continue
            return self._unpack(packed)
        raise KeyError("not found")

    def __iter__(self) -> Iterator[str]:
        raise TypeError("only hashes are kept")

    def __len__(self) -> int:
        return sum(1 for _ in self._kept()) if self._gone or self._newer else len(self._by_hash)

    def by_the_keys_of(self, keyring: Keyring) -> bool:
        """Whether the hashes were read with the same keys."""
        return self._keyring is keyring

    def changed(self, gone: Iterable[Hashable], new: Mapping[bytes, Any]) -> "ByHash[Found]":
        """The same without the values whose identity is ``gone``, and with what is new.

        Kept beside the rest as long as it is little: to go through a million holds up calls.
        """
        changed = ByHash(self._keyring, self._owner, self._by_hash, self._unpack, self._identity)
        now = frozenset(gone)
        changed._gone = self._gone | now
        still = (item for item in self._newer.items() if self._identity(item[1]) not in now)
        changed._newer = {**dict(still), **new}
        if len(changed._gone) + len(changed._newer) > FEW:
            changed._by_hash = dict(changed._kept())
            changed._gone, changed._newer = frozenset(), {}
        return changed

    def identified(self, identity: Hashable) -> Found:
        """The value with this identity: all are gone through. Raises ``KeyError``."""
        before = () if identity in self._gone else self._by_hash.values()
        for packed in chain(self._newer.values(), before):
            if self._identity(packed) == identity:
                return self._unpack(packed)
        raise KeyError("not found")

    def values(self) -> ValuesView[Found]:
        """What can be found, without the texts."""
        return {key: self._unpack(one) for key, one in self._kept()}.values()

    def _kept(self) -> Iterator[tuple[bytes, Any]]:
        for key, one in self._by_hash.items():
            if key not in self._newer and self._identity(one) not in self._gone:
                yield key, one
        yield from self._newer.items()
