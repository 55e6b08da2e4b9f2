"""Finding by keyed hash: a mapping by text that holds no text."""

from collections.abc import Iterator, Mapping, ValuesView
from typing import Generic, TypeVar

from callmark.keys.keyring import Keyring

Found = TypeVar("Found")


class ByHash(Mapping[str, Found], Generic[Found]):
    """An owner's values, found by a secret text (an account's codes by their digits).

    The keyring is the one that the hashes were read with: looking up does no I/O, and goes on
    working, unchanged, while keys are changed.
    """

    def __init__(self, keyring: Keyring, owner: object, by_hash: Mapping[str, Found]) -> None:
        self._keyring = keyring
        self._owner = owner
        self._by_hash = by_hash

    def __getitem__(self, text: str) -> Found:
        for one in self._keyring.lookups(self._owner, text):
            if one in self._by_hash:
                return self._by_hash[one]
        raise KeyError("not found")

    def __iter__(self) -> Iterator[str]:
        raise TypeError("only hashes are kept")

    def __len__(self) -> int:
        return len(self._by_hash)

    def values(self) -> ValuesView[Found]:
        """What can be found, without the texts."""
        return self._by_hash.values()
