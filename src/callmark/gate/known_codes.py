"""An account's active codes in memory: found by digits or id, and small.

A code that has nothing but an id and a name is kept as bytes, 16 of its id and then its name: the
memory of a million is a fifth of what objects need, and Python's collector has nothing to look at.
"""

from collections.abc import Iterator, Mapping
from uuid import UUID

from callmark.keys.lookup import ByHash
from callmark.policy.code_use import UNLIMITED, CodeUse, KnownCode

Packed = bytes | KnownCode
_ID_BYTES = 16


def packed(code_id: UUID, name: str, use: CodeUse = UNLIMITED) -> Packed:
    """A code; one that has rules of its own stays an object."""
    if use is not UNLIMITED:
        return KnownCode(str(code_id), name, use)
    return code_id.bytes + name.encode()


def packed_text(code_id: str, name: str) -> bytes:
    """A code without rules, of an id as a database writes it, with hyphens or without."""
    return bytes.fromhex(code_id.replace("-", "")) + name.encode()


def unpack(packed: Packed) -> KnownCode:
    """The code again."""
    if isinstance(packed, KnownCode):
        return packed
    return KnownCode(str(UUID(bytes=packed[:_ID_BYTES])), packed[_ID_BYTES:].decode())


def id_of(packed: Packed) -> bytes:
    """A packed code's id, to compare: as 16 bytes."""
    return UUID(packed.id).bytes if isinstance(packed, KnownCode) else packed[:_ID_BYTES]


class ById(Mapping[str, KnownCode]):
    """The codes by id: seldom asked for one, so that it is looked for each time."""

    def __init__(self, codes: Mapping[str, KnownCode]) -> None:
        self._codes = codes

    def __getitem__(self, code_id: str) -> KnownCode:
        wanted = UUID(code_id).bytes if code_id else b""
        if isinstance(self._codes, ByHash):
            found: KnownCode = self._codes.identified(wanted)
            return found
        for known in self._codes.values():
            if id_of(known) == wanted:
                return known
        raise KeyError("no active code has the id")

    def __iter__(self) -> Iterator[str]:
        return (one.id for one in self._codes.values())

    def __len__(self) -> int:
        return len(self._codes)
