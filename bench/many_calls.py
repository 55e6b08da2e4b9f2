"""Calls by the million, as an office has them: written past the models, and counted afterwards."""

import random
from binascii import b2a_hex
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper

from bench.size import CALLS, MONTHS, NOW
from callmark.accounts.models import Account, User
from callmark.calls.calendars import AccountCalendar, account_calendar
from callmark.calls.models import Call
from callmark.codes.models import AccountCode

_AT_ONCE = 20_000
_VARIED = (
    "id",
    "user_id",
    "user_name",
    "direction",
    "caller",
    "e164",
    "call_type",
    "outcome",
    "started_at",
    "answered_at",
    "ended_at",
    "seconds",
    "account_code_encrypted",
    "account_code_lookup",
    "account_code_name",
    "code_id",
    "entered_by",
    "simulated",
    "day",
    "billing_month",
    "code_required",
    "not_billable",
)
_ALIKE = {
    "dialed": "011442079460000",
    "number": "011442079460000",
    "switch": "main",
    "disposition": "ANSWERED",
    "payer": "user",
    "why": '["international calls need a code", "the entry is one of the account\'s codes"]',
}
_KINDS = (
    # Some are so rare that a list which looks for them has to look at months of calls.
    (0.75, "outbound", "domestic"),
    (0.86, "outbound", "international"),
    (0.90, "outbound", "toll_free"),
    (0.904, "outbound", "directory_assistance"),
    (0.904_01, "outbound", "premium"),
    (0.95, "internal", "internal"),
    (1.0, "inbound", ""),
)


def write_calls(account: Account, people: list[User], codes: list[AccountCode]) -> None:
    """Write CALLS calls of the last MONTHS, oldest first, as they would have come."""
    alike = _same_for_all(account)
    columns = [*alike, *map(_column, _VARIED)]
    rows = (
        (*alike.values(), *varied)
        for varied in made(
            account_calendar(account),
            people,
            codes,
            "" if connection.vendor == "sqlite" else "+00",
        )
    )
    write = _insert if connection.vendor == "sqlite" else _copy
    with transaction.atomic(), connection.cursor() as cursor, _bare(cursor):
        write(cursor, columns, rows)


def _column(attname: str) -> str:
    return next(str(one.column) for one in _fields() if one.attname == attname)


def _fields() -> "list[models.Field[Any, Any]]":
    return [one for one in Call._meta.concrete_fields if not one.generated]


def _same_for_all(account: Account) -> dict[str, Any]:
    """Columns and their values, as text, which every call has alike: defaults mostly."""
    values: dict[str, Any] = {}
    for field in _fields():
        if field.attname not in _VARIED:
            value = _ALIKE.get(field.attname, field.get_default())
            values[str(field.column)] = "" if value is None and not field.null else value
    values["account_id"] = account.pk.hex
    return values


def _insert(cursor: CursorWrapper, columns: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {Call._meta.db_table} ({names}) VALUES ({marks})"
    while part := list(islice(rows, _AT_ONCE)):
        cursor.executemany(sql, part)


def _copy(cursor: CursorWrapper, columns: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    sql = f"COPY {Call._meta.db_table} ({', '.join(columns)}) FROM STDIN"
    with cursor.copy(sql) as copy:
        while part := list(islice(rows, _AT_ONCE)):
            lines = ["\t".join("\\N" if one is None else str(one) for one in row) for row in part]
            copy.write("\n".join(lines) + "\n")


@contextmanager
def _bare(cursor: CursorWrapper) -> Iterator[None]:
    """The table without what would look at each row: made again for all of them at once."""
    table = Call._meta.db_table
    if connection.vendor == "sqlite":
        cursor.execute("PRAGMA cache_size = -500000")
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s "
            "AND sql IS NOT NULL",
            [table],
        )
        keys: list[tuple[str, str]] = []
    else:
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype = 'f'",
            [table],
        )
        keys = cursor.fetchall()
        cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s "
            "AND indexname NOT IN (SELECT conname FROM pg_constraint)",
            [table],
        )
    indexes = cursor.fetchall()
    for name, _ in keys:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    for _, index in indexes:
        cursor.execute(index)
    for name, key in keys:
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {key}')
    if connection.vendor == "postgresql":
        cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def made(
    calendar: AccountCalendar, people: list[User], codes: list[AccountCode], zone: str
) -> Iterator[tuple[Any, ...]]:
    """Values of _VARIED as text: a few matters have most calls, one in fifty is to assign."""
    chance = random.Random(7)
    days: dict[tuple[int, int, int], tuple[str, str]] = {}
    users = [(one.pk.hex, one.name) for one in people]
    matters = [(one.code_encrypted, one.code_lookup, one.name, one.pk.hex) for one in codes]
    step = timedelta(days=30 * MONTHS) / CALLS
    at = NOW - timedelta(days=30 * MONTHS)
    for _ in range(CALLS):
        at += step
        if (hour := (at.month, at.day, at.hour)) not in days:
            day, month = calendar.day_and_month(at)
            days[hour] = (day.isoformat(), month.isoformat())
        talk, kind = int(chance.expovariate(1 / 240)), chance.random()
        direction, call_type = next((way, what) for share, way, what in _KINDS if kind < share)
        tagged = direction == "outbound" and chance.random() < 0.8
        required = tagged or (direction == "outbound" and chance.random() < 0.1)
        code = matters[int(len(matters) * chance.random() ** 3)] if tagged else ("", "", "", None)
        started = f"{at.replace(tzinfo=None)}{zone}"
        yield (
            b2a_hex(chance.randbytes(16)).decode(),
            *users[int(len(users) * chance.random())],
            direction,
            f"+1212555{chance.randrange(10_000):04}" if direction == "inbound" else "101",
            f"+4420794{chance.randrange(100_000):05}" if direction == "outbound" else "",
            call_type,
            "connected" if tagged else "let_through_unasked" if required else "not_gated",
            started,
            started,
            f"{(at + timedelta(seconds=talk)).replace(tzinfo=None)}{zone}",
            talk,
            *code,
            "prompt" if tagged else "",
            int(chance.random() < 0.001),
            *days[hour],
            int(required),
            int(chance.random() < 0.0001),
        )


def call_in_the_middle(account: Account) -> Call:
    """Where a page deep down begins: as many calls are newer as are older."""
    older = Call.objects.of(account).filter(started_at__lt=NOW - timedelta(days=15 * MONTHS))
    return older.order_by("-started_at", "-id")[0]
