"""The gate's background work: keep the snapshot fresh, take the spool to the database."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.db import DatabaseError, DataError, IntegrityError, close_old_connections, connections

from callmark.calls.limits import on_record, used_of_every_account
from callmark.calls.queries import lockout_rule, recent_guesses
from callmark.calls.records import Record
from callmark.calls.store import store
from callmark.calls.waiting import take_up_stranded
from callmark.gate.counters import counters
from callmark.gate.gate import Gate
from callmark.gate.lockouts import Lockouts
from callmark.gate.machines import Machines
from callmark.gate.policy_cache import refresh
from callmark.gate.snapshot import Snapshot
from callmark.gate.spool import Spool, SpoolDrain, Unstorable
from callmark.keys.installed import keyring
from callmark.keys.keyring import KeyProblem

log = logging.getLogger("callmark.gate")

REFRESH_SECONDS = 0.25
"""A saved setting is in force this soon (plus the time to read one account)."""

GUESSES_SECONDS = 1.0
"""Wrong entries that others heard count here this soon after their call is on record."""

LIMITS_SECONDS = 2.0
"""What is used of limits is read again this often; calls that went on here count at once."""

MACHINES_SECONDS = 1.0
DRAIN_SECONDS = 0.1
STRANDED_SECONDS = 60.0
RETRY_SECONDS = 2.0


class GateProcess:
    """A running gate over a database and a spool directory."""

    def __init__(self, spool_directory: Path) -> None:
        self._snapshot = Snapshot()
        self._lockouts = Lockouts(lockout_rule())
        self._machines = Machines()
        self._spool = Spool(spool_directory)
        self._drain = SpoolDrain(spool_directory, store_or_refuse)
        # One thread each: a connection stays with its thread, and neither waits for the other.
        self._reader = ThreadPoolExecutor(1, "snapshot")
        self._writer = ThreadPoolExecutor(1, "drain")
        self._tasks: list[asyncio.Task[None]] = []
        self.gate: Gate

    async def start(self) -> None:
        """Load everything once; raises ``DatabaseError`` when that is not possible."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._reader, self._read_guesses_now)
        await loop.run_in_executor(self._reader, self._refresh_now)
        await loop.run_in_executor(self._reader, self._keep_machines)
        self.gate = Gate(
            lambda: self._snapshot,
            self._lockouts,
            self._spool.append,
            _seal,
            machines=self._machines,
        )
        background = (
            (self._reader, self._refresh_now, REFRESH_SECONDS),
            (self._reader, self._read_guesses_now, GUESSES_SECONDS),
            (self._reader, self._keep_machines, MACHINES_SECONDS),
            (self._writer, self._read_limits, LIMITS_SECONDS),
            (self._writer, self._drain_now, DRAIN_SECONDS),
            (self._writer, self._take_up_stranded, STRANDED_SECONDS),
        )
        self._tasks = [asyncio.create_task(self._repeat(*work)) for work in background]

    async def stop(self) -> None:
        """Stop the background work and store what is spooled, if the database is there."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._spool.close()
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._writer, self._drain_now)
        except DatabaseError:
            log.warning("records wait in the spool: the database could not be reached")
        for executor in (self._reader, self._writer):
            await loop.run_in_executor(executor, connections.close_all)
            executor.shutdown()

    async def _repeat(
        self, executor: ThreadPoolExecutor, work: Callable[[], None], seconds: float
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                await loop.run_in_executor(executor, work)
                await asyncio.sleep(seconds)
            except DatabaseError as problem:
                # Calls go on from memory and the spool meanwhile.
                log.warning("the database cannot be used now: %s", type(problem).__name__)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                log.exception("background work failed; trying again")
                await asyncio.sleep(RETRY_SECONDS)

    def _refresh_now(self) -> None:
        close_old_connections()
        started = time.monotonic()
        fresh = refresh(self._snapshot)
        counters.snapshot_at, counters.snapshot_accounts = time.time(), len(fresh.accounts)
        if fresh is not self._snapshot:
            self._snapshot = fresh
            seconds = time.monotonic() - started
            log.info("policy of %d accounts in force, read in %.2f s", len(fresh.accounts), seconds)

    def _read_guesses_now(self) -> None:
        close_old_connections()
        self._lockouts.take_over(recent_guesses())

    def _read_limits(self) -> None:
        """In the thread that stores calls: between the two questions none is stored from here."""
        close_old_connections()
        used = used_of_every_account()
        waiting = self.gate.limits.waiting
        self.gate.limits.take_over(used, on_record(waiting) if waiting else set())

    def _keep_machines(self) -> None:
        close_old_connections()
        self._machines.keep()

    def _take_up_stranded(self) -> None:
        close_old_connections()
        take_up_stranded()

    def _drain_now(self) -> None:
        close_old_connections()
        self._drain.drain(lambda: self._spool.current)


def _seal(code: str) -> str:
    return keyring().encrypt(code)


def store_or_refuse(records: list[Record]) -> None:
    """Store records; raises :class:`Unstorable` where trying again would keep later ones waiting.

    DataError: a number too large or a text too long for its column.
    """
    try:
        store(records)
    except (IntegrityError, DataError, KeyProblem, ValueError) as problem:
        raise Unstorable from problem
