"""Whether others have written to the database since it was read: what has not changed stays so.

A gate reads several times a second what hardly ever changes, and each reading takes the interpreter
that calls wait for. SQLite tells for a few microseconds whether another connection has committed
anything; of PostgreSQL it is always assumed.
"""

import time
from collections.abc import Callable

from django.db import connection

MOST_SECONDS = 10.0
"""Something that only time changes is read again this soon."""


class News:
    """Of one reading, in one thread: ask before it, and say when it is :meth:`done`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._found: tuple[object, int] | None = None
        self._read: tuple[object, int] | None = None
        self._read_at = float("-inf")

    def __bool__(self) -> bool:
        """Whether it must be read. Raises ``DatabaseError``."""
        self._found = _version()
        unchanged = self._found is not None and self._found == self._read
        return not unchanged or self._clock() - self._read_at >= MOST_SECONDS

    def done(self) -> None:
        """It has been read, as it was when asked or later."""
        self._read, self._read_at = self._found, self._clock()


def _version() -> tuple[object, int] | None:
    """Of the database, as this connection sees it: comparable while that is the same one."""
    if connection.vendor != "sqlite":
        return None
    connection.ensure_connection()
    ((version,),) = connection.connection.execute("PRAGMA data_version")
    return connection.connection, version
