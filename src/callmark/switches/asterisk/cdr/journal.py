"""The rows of late, and how far a source has been read, in one small file.

A transfer adds rows to a call that was written hours ago, and the rows of a call do not come in the
order of what happened. So rows are kept until no call is that long. Rows and place are saved in one
transaction: a process killed in between reads the same rows again, and they are not new then.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from os import urandom
from pathlib import Path

from callmark.switches.asterisk.cdr.rows import CdrRow, Mark

KEPT = timedelta(days=3)
"""Longer than any call, and than a follower may be stopped without reading the whole file again."""

_SCHEMA = """
create table if not exists seen (
    id integer primary key, digest blob not null unique, call_id text not null,
    linked_id text not null, channel text not null, far_channel text not null,
    dial text not null, source text not null, started integer not null, answered integer,
    ended integer not null, seconds integer not null, disposition text not null,
    sequence integer not null, pending integer not null default 1
);
create table if not exists mark (
    row_id integer not null references seen on delete cascade, outcome text not null,
    account text not null, number text not null, endpoint text not null, leg integer not null,
    call_id text not null
);
create table if not exists kept (name text primary key, value blob not null);
create index if not exists seen_call on seen (call_id);
create index if not exists seen_channel on seen (channel);
create index if not exists seen_far on seen (far_channel);
create index if not exists seen_ended on seen (ended);
create index if not exists seen_pending on seen (id) where pending;
create index if not exists mark_row on mark (row_id);
"""
_COLUMNS = (
    "source, channel, far_channel, dial, started, answered, ended, seconds, disposition, call_id, "
    "linked_id, sequence"
)


class Journal:
    """Rows by call and by channel. Not to be shared by threads or processes."""

    def __init__(self, path: Path | None = None) -> None:
        """Open or make the file; without a path it is a temporary one that nobody sees."""
        if path is not None:
            path.touch(mode=0o600)
        self._connection = sqlite3.connect(path or "", isolation_level=None)
        self._connection.execute("pragma foreign_keys = on")
        if path is not None:
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute("pragma synchronous = full")
        self._connection.executescript(_SCHEMA)
        self.key = self._keep_once("dial key", urandom(16))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def add(self, rows: Iterable[CdrRow], place: bytes | None = None) -> int:
        """Save rows, and how far the source has been read; returns how many rows were new.

        New rows are *pending*: their calls come from :meth:`pending_calls` until :meth:`settle`.
        """
        self._connection.execute("begin immediate")
        try:
            added = sum(self._insert(row) for row in rows)
            if place is not None:
                self._keep("place", place)
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")
        return added

    def place(self) -> bytes | None:
        """How far the source has been read, as it was given to :meth:`add`."""
        return self._kept("place")

    def pending_calls(self, most: int) -> tuple[list[str], int]:
        """Calls that new rows say something about, oldest row first, and a mark for ``settle``."""
        rows = self._connection.execute(
            "select id, call_id, channel, far_channel from seen where pending order by id limit ?",
            (most,),
        ).fetchall()
        calls: dict[str, None] = {}
        for _, call_id, channel, far_channel in rows:
            calls[call_id] = None
            # The channel may be the far end of another call, which went on by this row.
            names = {*halves(channel), *halves(far_channel)}
            calls |= dict.fromkeys(self._calls_to(names))
        return list(calls), rows[-1][0] if rows else 0

    def settle(self, until: int) -> None:
        """The pending rows up to here are done with."""
        self._connection.execute("update seen set pending = 0 where pending and id <= ?", (until,))

    def of_call(self, call_id: str) -> list[CdrRow]:
        """The rows of one channel's unique id, in the order of what happened."""
        return self._rows("call_id = ?", (call_id,))

    def of_channel(self, name: str) -> list[CdrRow]:
        """The rows in which a channel takes part, on either side, by their start."""
        return self._rows("channel = ? or far_channel = ?", (name, name))

    def forget_before(self, moment: datetime) -> None:
        """Drop rows that ended before, and are done with."""
        self._connection.execute(
            "delete from seen where ended < ? and not pending", (int(moment.timestamp()),)
        )

    def _calls_to(self, names: set[str]) -> Iterator[str]:
        for name in names - {""}:
            for (call_id,) in self._connection.execute(
                "select call_id from seen where far_channel = ? order by id", (name,)
            ):
                yield call_id

    def _insert(self, row: CdrRow) -> bool:
        values = (
            row.source,
            row.channel,
            row.far_channel,
            row.dial,
            int(row.started_at.timestamp()),
            int(row.answered_at.timestamp()) if row.answered_at else None,
            int(row.ended_at.timestamp()),
            row.seconds,
            row.disposition,
            row.call_id,
            row.linked_id,
            row.sequence,
        )
        named = (*values[1:3], *values[4:10], row.sequence)
        digest = blake2b(repr(named).encode(), digest_size=16).digest()
        done = self._connection.execute(
            f"insert or ignore into seen ({_COLUMNS}, digest) values (?{', ?' * 12})",  # noqa: S608
            (*values, digest),
        )
        if not done.rowcount:
            return False
        self._connection.executemany(
            "insert into mark values (?, ?, ?, ?, ?, ?, ?)",
            [(done.lastrowid, *astuple(one)) for one in row.marks],
        )
        return True

    def _rows(self, condition: str, values: tuple[str, ...]) -> list[CdrRow]:
        found = self._connection.execute(
            f"select id, {_COLUMNS} from seen where {condition} order by started, sequence, id",  # noqa: S608
            values,
        ).fetchall()
        return [self._row(*one) for one in found]

    def _row(self, row_id: int, *values: object) -> CdrRow:
        marks = self._connection.execute(
            "select outcome, account, number, endpoint, leg, call_id from mark where row_id = ? "
            "order by rowid",
            (row_id,),
        )
        source, channel, far, dial, started, answered, ended, *rest = values
        seconds, disposition, call_id, linked_id, sequence = rest
        return CdrRow(
            str(source),
            str(channel),
            str(far),
            str(dial),
            _moment(started),
            None if answered is None else _moment(answered),
            _moment(ended),
            int(str(seconds)),
            str(disposition),
            str(call_id),
            str(linked_id),
            tuple(Mark(*one) for one in marks),
            int(str(sequence)),
        )

    def _kept(self, name: str) -> bytes | None:
        found = self._connection.execute("select value from kept where name = ?", (name,))
        row = found.fetchone()
        return bytes(row[0]) if row else None

    def _keep(self, name: str, value: bytes) -> None:
        self._connection.execute("insert or replace into kept values (?, ?)", (name, value))

    def _keep_once(self, name: str, value: bytes) -> bytes:
        self._connection.execute("insert or ignore into kept values (?, ?)", (name, value))
        return self._kept(name) or value


def halves(channel: str) -> tuple[str, ...]:
    """A channel's name, and the other half's where it is one of a pair (``Local/...;1``)."""
    if channel.startswith("Local/") and channel[-2:] in {";1", ";2"}:
        return channel, channel[:-1] + ("2" if channel.endswith("1") else "1")
    return (channel,) if channel else ()


def _moment(seconds: object) -> datetime:
    return datetime.fromtimestamp(int(str(seconds)), UTC)
