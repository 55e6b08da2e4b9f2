"""SQLite has one writer at a time: who wants to be the next one says so.

Those who wait for SQLite look only now and then whether it is free, after a while ten times a
second. A process that stores one batch after another would be there first each time, or would have
to rest after each in case somebody waits. So every process holds a shared lock on a file beside the
database while it waits to write; who has much to write looks at it between two batches, and lets
those who are there go first.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

_WRITES = ("BEGIN", "INSERT", "UPDATE", "DELETE", "REPLACE")
_LOOK_SECONDS = 0.001


def say_who_waits(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Of a new connection (``connection_created``): whatever it writes is announced."""
    if connection.vendor == "sqlite" and _wrapper not in connection.execute_wrappers:
        # Not at the end: what is put around a request's queries is taken off from there.
        connection.execute_wrappers.insert(0, _wrapper)


def let_others_write(at_most: float) -> None:
    """Wait until all who wait to write have begun, at most so many seconds."""
    until = time.monotonic() + at_most
    while is_waited_for() and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)


def is_waited_for() -> bool:
    """Whether somebody wants to write to this database now."""
    with _opened(connection) as descriptor:
        return descriptor >= 0 and not _has(descriptor, fcntl.LOCK_EX)


def _wrapper(
    execute: Callable[..., Any],
    sql: str,
    params: object,
    many: bool,
    context: dict[str, Any],
) -> Any:  # noqa: ANN401
    ours = context["connection"]
    # Within a transaction, its beginning was waited for: they are all IMMEDIATE.
    if not sql.startswith(_WRITES) or (ours.in_atomic_block and not sql.startswith("BEGIN")):
        return execute(sql, params, many, context)
    with _opened(ours) as descriptor:
        if descriptor >= 0:
            # Where somebody looks at this very moment, it goes without.
            _has(descriptor, fcntl.LOCK_SH)
        return execute(sql, params, many, context)


def _has(descriptor: int, lock: int) -> bool:
    try:
        fcntl.flock(descriptor, lock | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def _opened(connection: BaseDatabaseWrapper) -> Iterator[int]:
    """The file beside the database; -1 where there is none: in memory, or nothing may be added."""
    name, descriptor = str(connection.settings_dict["NAME"]), -1
    if name.startswith("/"):
        with suppress(OSError):
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(f"{name}-turns", flags, 0o600)
    try:
        yield descriptor
    finally:
        if descriptor >= 0:
            os.close(descriptor)
