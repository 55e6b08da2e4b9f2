"""Many rows written at once: adding to totals, and saving rows that differ from each other."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, models

from callmark.calls.models import CodeTotal, DayTotal, UserTotal
from callmark.calls.models.totals import AMOUNTS
from callmark.money import stored

_KEYS: dict[type[models.Model], tuple[str, ...]] = {
    DayTotal: ("account_id", "month", "day", "call_type", "direction", "state"),
    CodeTotal: ("account_id", "month", "account_code_lookup", "account_code_name", "state"),
    UserTotal: ("account_id", "month", "who", "user_name", "state"),
}
_AT_ONCE = 100


def save_each(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Save these attributes of rows that were read before: one statement, sent for all of them.

    Django's ``bulk_update`` builds a ``CASE`` of every row for every column; for hundreds of rows
    that costs ten times as much as the database's work.
    """
    if not rows:
        return
    meta, quote = rows[0]._meta, connection.ops.quote_name
    fields = [
        next(one for one in meta.concrete_fields if name in (one.attname, one.name))
        for name in names
    ]
    columns = ", ".join(f"{quote(str(one.column))} = %s" for one in fields)
    assert meta.pk is not None
    key = meta.pk
    sql = f"UPDATE {quote(meta.db_table)} SET {columns} WHERE {quote(str(key.column))} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(
            sql,
            [
                [
                    one.get_db_prep_save(getattr(row, one.attname), connection)
                    for one in (*fields, key)
                ]
                for row in rows
            ],
        )


def insert_rows(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Write new rows of these attributes past the models: nothing is checked, nobody is told."""
    if not rows:
        return
    quote = connection.ops.quote_name
    column_of = {one.attname: str(one.column) for one in model._meta.concrete_fields}
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} "  # noqa: S608 (our own names)
        f"({', '.join(quote(column_of[name]) for name in names)}) "
        f"VALUES ({', '.join(['%s'] * len(names))})"
    )
    as_stored = dict.fromkeys((Decimal, UUID, datetime), _stored)
    with connection.cursor() as cursor:
        cursor.executemany(
            sql,
            [
                [made(one) if (made := as_stored.get(type(one))) else one for one in row]
                for row in rows
            ],
        )


def put_each(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Write rows of these columns, the first of which is the key, in place of those there are."""
    if not rows:
        return
    quote = connection.ops.quote_name
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(map(quote, columns))}) "  # noqa: S608
        f"VALUES ({', '.join(['%s'] * len(columns))}) "
        f"ON CONFLICT ({quote(columns[0])}) DO UPDATE SET "
        + ", ".join(f"{quote(name)} = EXCLUDED.{quote(name)}" for name in columns[1:])
    )
    with connection.cursor() as cursor:
        cursor.executemany(sql, [[_stored(value) for value in row] for row in rows])


def add_to(model: type[models.Model], rows: Sequence[tuple[Any, ...]]) -> None:
    """Add rows of (key..., [encrypted code,] amounts...); no key may be in them twice."""
    for start in range(0, len(rows), _AT_ONCE):
        _add_some(model, rows[start : start + _AT_ONCE])


def _add_some(model: type[models.Model], rows: Sequence[tuple[Any, ...]]) -> None:
    quote = connection.ops.quote_name
    key = _KEYS[model]
    more = ("account_code_encrypted",) if model is CodeTotal else ()
    columns = (*key, *more, *AMOUNTS)
    table = quote(model._meta.db_table)
    one = f"({', '.join(['%s'] * len(columns))})"
    sql = (
        f"INSERT INTO {table} ({', '.join(map(quote, columns))}) "  # noqa: S608 (our own names)
        f"VALUES {', '.join([one] * len(rows))} "
        f"ON CONFLICT ({', '.join(map(quote, key))}) DO UPDATE SET "
        + ", ".join(f"{name} = {table}.{name} + EXCLUDED.{name}" for name in AMOUNTS)
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [_stored(value) for row in rows for value in row])


def _stored(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Decimal):
        return stored(value)
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value
