"""Counts of requests that several web processes keep together, in a file that they all have mapped.

A table of places, found by a hash of who asks and of which limit. Every count is under a lock of
the file (some microseconds), and the table is emptied when a minute is over, or when it is full,
as memory's is. Nothing of it has to be durable: it is never flushed.
"""

import fcntl
import mmap
import os
import secrets
import struct
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from threading import Lock

PLACES = 1 << 17
MOST = PLACES * 3 // 4
"""So full, looking for a free place still ends soon."""

_HEADER = struct.Struct("<QQ16s")
"""The window, how many places are taken, and the key of the hash."""
_PLACE = struct.Struct("<QQ")
"""The hash (0: free) and the count."""
_BYTES = _HEADER.size + PLACES * _PLACE.size


class SharedCounters:
    """As :class:`callmark.web.limits.Counters`, of all processes that name the same file."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            if os.fstat(self._file).st_size != _BYTES:
                os.ftruncate(self._file, 0)
                os.ftruncate(self._file, _BYTES)
            self._table = mmap.mmap(self._file, _BYTES)
            window, taken, key = _HEADER.unpack_from(self._table)
            self._key = key if any(key) else secrets.token_bytes(16)
            _HEADER.pack_into(self._table, 0, window, taken, self._key)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def count(self, window: int, key: tuple[str, str]) -> int:
        """Count one more; return how many there are."""
        wanted = self._hash(key)
        # The lock of a file is the process's: its threads need one of their own.
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                return self._count(window, wanted)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        with suppress(OSError):
            self._table.close()
            os.close(self._file)

    def _hash(self, key: tuple[str, str]) -> int:
        text = "\0".join(key).encode()
        return int.from_bytes(blake2b(text, digest_size=8, key=self._key).digest(), "little") or 1

    def _count(self, window: int, wanted: int) -> int:
        of, taken, key = _HEADER.unpack_from(self._table)
        if of != window or taken >= MOST:
            self._table[_HEADER.size :] = bytes(_BYTES - _HEADER.size)
            taken = 0
        place = wanted % PLACES
        while True:
            at = _HEADER.size + place * _PLACE.size
            found, count = _PLACE.unpack_from(self._table, at)
            if found in {0, wanted}:
                break
            place = (place + 1) % PLACES
        _PLACE.pack_into(self._table, at, wanted, count + 1)
        _HEADER.pack_into(self._table, 0, window, taken + (found == 0), key)
        return int(count) + 1
