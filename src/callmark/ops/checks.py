"""What each process needs to be ready, looked at in the database, on the disk and in memory."""

import os
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.db.migrations.recorder import MigrationRecorder

from callmark.gate.counters import counters
from callmark.keys import key_file
from callmark.keys.keyring import KeyProblem
from callmark.ops.health import Check, Health

FRESH_SECONDS = 10.0
"""Policy in memory is looked at four times a second: this old, the database has not been there."""

_LEAST_FREE = 64 * 1024 * 1024


def database() -> str:
    """Whether the database answers."""
    try:
        connection.ensure_connection()
    except DatabaseError as problem:
        return f"the database cannot be used ({type(problem).__name__})"
    return "" if connection.is_usable() else "the database does not answer"


def migrations() -> str:
    """Whether the database is as this version needs it."""
    missing = missing_migrations()
    if not missing:
        return ""
    return f"{len(missing)} migrations are missing: run 'callmark manage migrate'"


def missing_migrations() -> list[str]:
    """The migrations of this version that the database has not had, such as ``calls.0031_x``."""
    applied = MigrationRecorder(connection).applied_migrations()
    return [".".join(one) for one in _every_migration() if one not in applied]


@cache
def _every_migration() -> tuple[tuple[str, str], ...]:
    # Ours, by the names of their files: to load them would hold up a gate for a second.
    ours = [one for one in apps.get_app_configs() if one.name.startswith("callmark.")]
    found = ((app.label, path.stem) for app in ours for path in _migration_files(Path(app.path)))
    return tuple(sorted(found))


def _migration_files(app: Path) -> Iterable[Path]:
    return (app / "migrations").glob("[0-9]*.py")


def keys() -> str:
    """Whether the key file is there and can be read."""
    try:
        key_file.read(settings.CODE_KEYS_FILE)
    except (KeyProblem, OSError) as problem:
        return f"the key file is missing or broken ({type(problem).__name__})"
    return ""


def spool_writable(folder: Path) -> str:
    """Whether a record could be written down now."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / f"probe-{os.getpid()}"
        probe.write_bytes(b"\n")
        probe.unlink()
        found = os.statvfs(folder)
    except OSError as problem:
        return f"the spool cannot be written ({problem.strerror})"
    free = found.f_bavail * found.f_frsize
    if free < _LEAST_FREE:
        return f"the spool's disk has {free // 1024 // 1024} MB left"
    return ""


def snapshot() -> str:
    """Whether there is policy in memory at all: without it no call can be decided."""
    return "" if counters.snapshot_at else "no policy has been read yet"


def snapshot_fresh() -> str:
    """Whether the policy in memory is the database's."""
    age = time.time() - counters.snapshot_at
    if counters.snapshot_at and age <= FRESH_SECONDS:
        return ""
    return f"the policy in memory is {age:.0f} s old" if counters.snapshot_at else snapshot()


def with_database(
    process: str,
    checks: Iterable[Check] = (),
    *,
    needed: bool = True,
    is_alive: Callable[[], bool] = lambda: True,
) -> Health:
    """The health of a process that uses the database; not ``needed``: it goes on without."""
    common = (
        Check("database", database, needed=needed),
        Check("migrations", migrations, needed=needed),
        Check("keys", keys),
    )
    done = connections.close_all
    return Health(process, (*common, *checks), is_alive=is_alive, when_done=done)


def of_gate(is_alive: Callable[[], bool], spool: Path) -> Health:
    """A gate needs its policy, its keys and its spool. Calls go on while the database is away."""
    checks = (
        Check("snapshot", snapshot),
        Check("snapshot fresh", snapshot_fresh, needed=False),
        Check("spool", lambda: spool_writable(spool)),
    )
    return with_database("gate", checks, needed=False, is_alive=is_alive)


def of_portal() -> Health:
    """The portal: nothing without its database."""
    return with_database("portal")


def of_drain(is_alive: Callable[[], bool]) -> Health:
    """What takes records from the spool to the database needs both."""
    spool = Check("spool", lambda: spool_writable(settings.SPOOL_DIR))
    return with_database("drain", (spool,), is_alive=is_alive)


def of_jobs(is_alive: Callable[[], bool]) -> Health:
    """The worker of webhooks, corrections and reports."""
    return with_database("jobs", is_alive=is_alive)
