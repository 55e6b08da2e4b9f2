"""Many rows written at once: adding to totals, and saving rows that differ from each other."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection, models

from callmark.calls.models import CodeTotal, DayTotal, UserTotal
from callmark.calls.models.totals import AMOUNTS
from callmark.money import stored

Prepared = Callable[[], None]
"""A statement with all that it writes put together: to call it is to send it."""

KEYS: dict[type[models.Model], tuple[str, ...]] = {
    DayTotal: ("account_id", "month", "day", "call_type", "direction", "state"),
    CodeTotal: ("account_id", "month", "account_code_lookup", "account_code_name", "state"),
    UserTotal: ("account_id", "month", "who", "user_name", "state"),
}
"""What each of the totals is found by."""


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


def add_each(rows: Sequence[models.Model]) -> None:
    """Store new rows of one model as ``bulk_create`` does, for half of what that costs.

    A key that the database gives is not read back.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = [
        one
        for one in model._meta.concrete_fields
        if not one.generated and not isinstance(one, models.AutoField)
    ]
    by_column = [_prepared(one, [one.pre_save(row, True) for row in rows]) for one in fields]
    _to_insert(model, [str(one.column) for one in fields], list(zip(*by_column, strict=True)))()
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _prepared(field: Any, values: list[Any]) -> list[Any]:  # noqa: ANN401
    """The values of a column as the database has them; most are that already."""
    if isinstance(field, models.JSONField):
        return [one if one is None else json.dumps(one, cls=field.encoder) for one in values]
    if isinstance(field, _AS_THEY_ARE) and set(map(type, values)) <= {str, int, bool}:
        return values
    made = {one: field.get_db_prep_save(one, connection) for one in set(values)}
    return [made[one] for one in values]


_AS_THEY_ARE = (models.CharField, models.IntegerField, models.BooleanField)


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
    with connection.cursor() as cursor:
        cursor.executemany(sql, _all_stored(rows))


def put_each(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Write rows of these columns, the first of which is the key, in place of those there are."""
    to_put_each(model, columns, rows)()


def to_put_each(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> Prepared:
    """The same, prepared: what is returned writes them."""
    quote = connection.ops.quote_name
    changes = ", ".join(f"{quote(name)} = EXCLUDED.{quote(name)}" for name in columns[1:])
    return _to_insert(model, columns, rows, f"({quote(columns[0])}) DO UPDATE SET {changes}")


def to_put_values(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> Prepared:
    """What puts values into rows that are there, found by the first of these columns, their key."""
    if not rows:
        return _nothing
    quote = connection.ops.quote_name
    table, key, others = quote(model._meta.db_table), quote(columns[0]), columns[1:]
    if connection.vendor == "postgresql":
        names = ", ".join(map(quote, columns))
        values = ", ".join(f"{quote(name)} = new.{quote(name)}" for name in others)
        return _to_execute(
            f"UPDATE {table} SET {values} FROM unnest({_lists_of(model, columns)}) "  # noqa: S608
            f"AS new ({names}) WHERE {table}.{key} = new.{key}",
            [_list(values) for values in zip(*rows, strict=True)],
        )
    values = ", ".join(f"{quote(name)} = %s" for name in others)
    each = _all_stored([(*row[1:], row[0]) for row in rows])
    return _to_execute_many(f"UPDATE {table} SET {values} WHERE {key} = %s", each)  # noqa: S608


def _nothing() -> None:
    pass


def _to_execute(sql: str, arguments: Sequence[Any]) -> Prepared:
    def execute() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, arguments)

    return execute


def _to_execute_many(sql: str, each: Sequence[Sequence[Any]]) -> Prepared:
    def execute() -> None:
        with connection.cursor() as cursor:
            cursor.executemany(sql, each)

    return execute


def _to_insert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    on_conflict: str = "",
) -> Prepared:
    """What inserts rows of these columns, or does what is said where there is one already.

    PostgreSQL is sent a list for each column, in one statement: one for each row, or one with all
    of their values, cost both sides several times as much.
    """
    if not rows:
        return _nothing
    quote = connection.ops.quote_name
    into = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(map(quote, columns))})"
    otherwise = f" ON CONFLICT {on_conflict}" if on_conflict else ""
    if connection.vendor == "postgresql":
        told, arguments = _told(model, columns, list(zip(*rows, strict=True)))
        return _to_execute(f"{into} {told}{otherwise}", arguments)
    one = f"({', '.join(['%s'] * len(columns))})"
    return _to_execute_many(f"{into} VALUES {one}{otherwise}", _all_stored(rows))


def _told(
    model: type[models.Model], columns: Sequence[str], by_column: Sequence[tuple[Any, ...]]
) -> tuple[str, list[str | None]]:
    """A question that gives these values as rows, and its arguments.

    What all rows have alike is sent once. The first column has a list in any case.
    """
    alike = [
        bool(n) and values.count(values[0]) == len(values) for n, values in enumerate(by_column)
    ]
    listed = [name for name, is_one in zip(columns, alike, strict=True) if not is_one]
    kinds, quote = _kinds(model), connection.ops.quote_name
    each = ", ".join(
        f"%s::{kinds[name]}" if is_one else f"of_each.{quote(name)}"
        for name, is_one in zip(columns, alike, strict=True)
    )
    ones = [_text(values[0]) for values, is_one in zip(by_column, alike, strict=True) if is_one]
    lists = [_list(values) for values, is_one in zip(by_column, alike, strict=True) if not is_one]
    names = ", ".join(map(quote, listed))
    sql = f"SELECT {each} FROM unnest({_lists_of(model, listed)}) AS of_each ({names})"  # noqa: S608 (our own names)
    return sql, [*ones, *lists]


def _lists_of(model: type[models.Model], columns: Sequence[str]) -> str:
    kinds = _kinds(model)
    return ", ".join(f"%s::{kinds[name]}[]" for name in columns)


@cache
def _kinds(model: type[models.Model]) -> dict[str, str]:
    """The type of each column, for PostgreSQL.

    Without its length: a cast to 'varchar(100)' would cut silently what is too long.
    """
    fields = model._meta.concrete_fields
    return {str(one.column): str(one.db_type(connection)).partition("(")[0] for one in fields}


def _list(values: Sequence[Any]) -> str:
    """The values of a column as PostgreSQL reads a list. Its driver takes ten times as long."""
    kinds = set(map(type, values))
    if kinds == {UUID}:
        # Without its hyphens it is written in a third of the time.
        return f"{{{','.join([f'{one.int:032x}' for one in values])}}}"
    if kinds == {int}:
        return f"{{{','.join(map(str, values))}}}"
    written = {one: _in_list(one) for one in set(values)}
    return f"{{{','.join([written[one] for one in values])}}}"


def _in_list(value: Any) -> str:  # noqa: ANN401
    text = _text(value)
    if text is None:
        return "NULL"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(value: Any) -> str | None:  # noqa: ANN401
    if value is None:
        return None
    return str(stored(value) if isinstance(value, Decimal) else value)


def add_to(model: type[models.Model], rows: Sequence[tuple[Any, ...]]) -> None:
    """Add rows of (key..., [encrypted code,] amounts...); no key may be in them twice."""
    quote = connection.ops.quote_name
    key = KEYS[model]
    more = ("account_code_encrypted",) if model is CodeTotal else ()
    columns = (*key, *more, *AMOUNTS)
    table = quote(model._meta.db_table)
    more_of_each = ", ".join(f"{name} = {table}.{name} + EXCLUDED.{name}" for name in AMOUNTS)
    is_there = f"({', '.join(map(quote, key))}) DO UPDATE SET {more_of_each}"
    _to_insert(model, columns, rows, is_there)()


def _all_stored(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The values as the database's driver takes them."""
    makers: dict[type, Callable[[Any], Any]] = {
        Decimal: stored,
        datetime: connection.ops.adapt_datetimefield_value,
    }
    if not connection.features.has_native_uuid_field:
        makers[UUID] = attrgetter("hex")
    return [[make(one) if (make := makers.get(type(one))) else one for one in row] for row in rows]
