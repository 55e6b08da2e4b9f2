"""The gate's background work: keep the snapshot fresh.

And store its records, as long as no ``callmark drain`` does that beside it.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.db import DatabaseError, close_old_connections, connections

from callmark.calls.last_codes import (
    last_codes_of,
    last_codes_since,
    lockouts_in,
    lockouts_since_kept,
    newest_entry,
    users_of,
)
from callmark.calls.limits import on_record, one_moment, used_of_every_account
from callmark.calls.queries import lockout_rule, recent_guesses
from callmark.gate.beats import Beat
from callmark.gate.counters import counters
from callmark.gate.drain import HELD_SECONDS, LOOK_SECONDS, Drains
from callmark.gate.gate import Gate
from callmark.gate.last_codes import LastCodes
from callmark.gate.lockouts import Lockouts
from callmark.gate.machines import Machines
from callmark.gate.news import News
from callmark.gate.policy_cache import refresh
from callmark.gate.share import Share
from callmark.gate.snapshot import Snapshot
from callmark.gate.spool import Spool
from callmark.gate.spools import spool_of, spools_left
from callmark.keys.installed import keyring

log = logging.getLogger("callmark.gate")

REFRESH_SECONDS = 0.25
"""A saved setting is in force this soon (plus the time to read one account)."""

GUESSES_SECONDS = 1.0
"""Wrong entries that others heard count here this soon after their call is on record."""

LIMITS_SECONDS = 2.0
"""What is used of limits is read again this often; calls that went on here count at once."""

LAST_CODES_SECONDS = 1.0
"""A code that somebody entered at another gate is their last one here this soon."""

ALONE_SECONDS = 30.0
"""A gate that drains for longer says so, once."""

MACHINES_SECONDS = 1.0
RETRY_SECONDS = 2.0


class GateProcess:
    """A running gate over a database and a spool directory, or its ``share`` of both."""

    def __init__(self, spool_directory: Path, share: Share | None = None) -> None:
        self._share = share or Share()
        own = spool_of(spool_directory, self._share.process)
        self._snapshot = Snapshot()
        self._lockouts = Lockouts(lockout_rule())
        self._last_codes = LastCodes(_unseal)
        self._codes_read_of: set[str] = set()
        self._codes_read_to = 0
        self._machines = Machines()
        self._beat = Beat(spool_directory)
        self._spool = Spool(own)
        self._drain = Drains(spool_directory, lambda all_of_them: [own, *self._left(all_of_them)])
        self._alone_since: float | None = None
        self._stopping = False
        self._news = {work: News() for work in ("policy", "guesses", "codes", "machines", "limits")}
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
        await loop.run_in_executor(self._reader, self._read_last_codes)
        await loop.run_in_executor(self._reader, self._keep_machines)
        self.gate = Gate(
            lambda: self._snapshot,
            self._lockouts,
            self._spool.append,
            _seal,
            machines=self._machines,
        )
        self.gate.last_codes = self._last_codes
        background = (
            (self._reader, self._refresh_now, REFRESH_SECONDS),
            (self._reader, self._read_guesses_now, GUESSES_SECONDS),
            (self._reader, self._read_last_codes, LAST_CODES_SECONDS),
            (self._reader, self._keep_machines, MACHINES_SECONDS),
            (self._writer, self._read_limits, LIMITS_SECONDS),
            (self._writer, self._drain_if_nobody_does, LOOK_SECONDS),
        )
        self._tasks = [asyncio.create_task(self._repeat(*work)) for work in background]

    async def stop(self) -> None:
        """Stop the background work and, where nobody else drains, store one more batch."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._spool.close()
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._writer, self._drain_if_nobody_does)
        except DatabaseError:
            log.warning("records wait in the spool: the database could not be reached")
        for executor in (self._reader, self._writer):
            await loop.run_in_executor(executor, connections.close_all)
            executor.shutdown()

    async def _repeat(
        self, executor: ThreadPoolExecutor, work: Callable[[], float | None], seconds: float
    ) -> None:
        """Do this again and again, after so many seconds, or as many as it says."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                said = await loop.run_in_executor(executor, work)
                await asyncio.sleep(seconds if said is None else said)
            except DatabaseError as problem:
                # Calls go on from memory and the spool meanwhile.
                log.warning("the database cannot be used now: %s", type(problem).__name__)
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                log.exception("background work failed; trying again")
                await asyncio.sleep(RETRY_SECONDS)

    def _refresh_now(self) -> None:
        close_old_connections()
        started, news = time.monotonic(), self._news["policy"]
        fresh = refresh(self._snapshot) if news else self._snapshot
        news.done()
        counters.snapshot_at, counters.snapshot_accounts = time.time(), len(fresh.accounts)
        if fresh is not self._snapshot:
            self._snapshot = fresh
            seconds = time.monotonic() - started
            log.info("policy of %d accounts in force, read in %.2f s", len(fresh.accounts), seconds)

    def _read_guesses_now(self) -> None:
        close_old_connections()
        if news := self._news["guesses"]:
            guesses = recent_guesses()
            self._lockouts.take_over(guesses)
            self._last_codes.take_over_lockouts(lockouts_in(guesses))
            news.done()

    def _read_last_codes(self) -> None:
        """Of accounts whose users' last codes may be used again; of others nothing is asked."""
        accounts = self._snapshot.accounts
        wanted = {pk for pk, account in accounts.items() if account.options.remembers}
        if not wanted:
            self._codes_read_of = set()
            return
        close_old_connections()
        news, new = self._news["codes"], wanted - self._codes_read_of
        if not news and not new:
            return
        since = self._codes_read_to if self._codes_read_of else newest_entry()
        if new:
            self._last_codes.take_over(last_codes_of(users_of(new)))
            self._last_codes.take_over_lockouts(lockouts_since_kept())
        self._codes_read_to, codes = last_codes_since(since)
        self._last_codes.take_over(codes)
        self._codes_read_of = wanted
        news.done()

    def _read_limits(self) -> None:
        """Both questions are asked of one moment: a drain stores calls all the time."""
        close_old_connections()
        if not (news := self._news["limits"]):
            return
        waiting = self.gate.limits.waiting
        with one_moment():
            used = used_of_every_account()
            known = on_record(waiting) if waiting else set()
        self.gate.limits.take_over(used, known)
        news.done()

    def _keep_machines(self) -> None:
        close_old_connections()
        if (news := self._news["machines"]) or self._machines.has_heard:
            self._machines.keep()
            news.done()
        if self._share.is_first:
            self._beat.keep()

    def _left(self, spool_directory: Path) -> list[Path]:
        """Spools of processes that are started no more: one process sees to them."""
        return spools_left(spool_directory) if self._share.is_first else []

    def _drain_if_nobody_does(self) -> float | None:
        if not self._drain.hold():
            self._alone_since = None
            return HELD_SECONDS
        try:
            self._drain.work(lambda: self._stopping)
        finally:
            self._drain.let_go()
        now = time.monotonic()
        self._alone_since = now if self._alone_since is None else self._alone_since
        if self._alone_since + ALONE_SECONDS < now:
            self._alone_since = float("inf")
            log.warning(
                "no 'callmark drain' runs beside this gate: it stores its records itself, "
                "and calls wait for that when there are many"
            )
        return None


def _unseal(sealed: str) -> str:
    return keyring().decrypt(sealed)


def _seal(code: str) -> str:
    return keyring().encrypt(code)
