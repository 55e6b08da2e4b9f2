"""Finding by keyed hash: a mapping by text that holds no text."""

from collections.abc import Callable, Iterable, Iterator, Mapping, ValuesView
from typing import Any, Generic, TypeVar

from callmark.keys.keyring import Keyring

Found = TypeVar("Found")


def _as_it_is(value: Any) -> Any:  # noqa: ANN401
    return value


class ByHash(Mapping[str, Found], Generic[Found]):
    """An owner's values, found by a secret text (an account's codes by their digits).

    The keyring is the one that the hashes were read with: looking up does no I/O, and goes on
    working, unchanged, while keys are changed. There may be a million: ``by_hash`` has hashes as
    bytes, and values packed as small as may be, which ``unpack`` makes what is found.
    """

    def __init__(
        self,
        keyring: Keyring,
        owner: object,
        by_hash: Mapping[bytes, Any],
        unpack: Callable[[Any], Found] = _as_it_is,
    ) -> None:
        self._keyring = keyring
        self._owner = owner
        self._by_hash = by_hash
        self._unpack = unpack

    def __getitem__(self, text: str) -> Found:
        for one in self._keyring.lookups(self._owner, text):
            packed = self._by_hash.get(bytes.fromhex(one))
            if packed is not None:
                return self._unpack(packed)
        raise KeyError("not found")

    def __iter__(self) -> Iterator[str]:
        raise TypeError("only hashes are kept")

    def __len__(self) -> int:
        return len(self._by_hash)

    def by_the_keys_of(self, keyring: Keyring) -> bool:
        """Whether the hashes were read with the same keys."""
        return self._keyring is keyring

    def changed(self, gone: Callable[[Any], bool], new: Mapping[bytes, Any]) -> "ByHash[Found]":
        """The same without the packed values that are ``gone``, and with what is new."""
        # Found first: the copy itself is one step, during which no call has to wait.
        keys = [key for key, one in self._by_hash.items() if gone(one)]
        by_hash = dict(self._by_hash)
        for key in keys:
            del by_hash[key]
        by_hash.update(new)
        return ByHash(self._keyring, self._owner, by_hash, self._unpack)

    def packed(self) -> Iterable[Any]:
        """All values as they are kept, for one that is looked for by something else."""
        return self._by_hash.values()

    def values(self) -> ValuesView[Found]:
        """What can be found, without the texts."""
        return {key: self._unpack(one) for key, one in self._by_hash.items()}.values()
