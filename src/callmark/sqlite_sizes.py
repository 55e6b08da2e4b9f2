"""What SQLite's planner is told of tables: the sizes of a large account, whatever there is today.

SQLite knows of a table what ``ANALYZE`` saw last. Before the first one it takes an account for ten
rows, and reads all of an account's calls to find a hundred that it was given the ids of; of a table
that has grown since it knows as little, and of a large one it looks at the first rows alone. So
plans would be other ones on each day, and nobody could say which. They are made for one size
instead, that of a large account, in which every index is as selective as its columns say. With few
rows any plan is quick.

https://www.sqlite.org/fileformat2.html#stat1tab: an application may write these rows itself.
"""

from math import prod
from typing import Any

from django.db import connections

ROWS = 1_000_000
"""Of a table whose rows belong to accounts, unless it is one of these."""

ROWS_OF = {
    "accounts_user": 5_000,
    "accounts_extension": 5_000,
    "accounts_phonenumber": 5_000,
    "codes_accountcode": 100_000,
}

PART_OF_ALL = 50
"""A partial index is of one row in so many,"""

OF_MOST = frozenset({"calls_with_number_and_code"})
"""unless it is one of these."""

VALUES_OF = {
    "account_id": 1,
    "switch": 1,
    "switch_id": 5,
    "is_active": 2,
    "finished": 2,
    "direction": 3,
    "state": 5,
    "endpoint_id": 5,
    "call_type": 10,
    "month": 12,
    "of_month": 12,
    "billing_month": 12,
    "action": 50,
    "actor_id": 50,
    "by_id": 50,
    "owner_id": 50,
    "label": 50,
    "batch_id": 100,
    "account_code_lookup": 20,
    "limit_id": 100,
    "run_id": 100,
    "day": 365,
    "user_id": 5_000,
    "who": 5_000,
    "code_id": 100_000,
}
"""How many values a column has in a large account; of a call's code fewer than there are, as very
many calls have none. Others have a value of their own in each row, an expression (the other
party's number) one in ten of them."""

_OF_AN_EXPRESSION = ROWS // 10


def tell_sizes(using: str = "default", **_: object) -> None:
    """Write it down; connections that are opened from now on plan by it. For ``post_migrate``."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        # Makes the table where there is none, and looks at nothing.
        cursor.execute("ANALYZE sqlite_schema")
        rows = [
            (table, index, stat)
            for table in _tables_of_accounts(cursor)
            for index, stat in _sizes(cursor, table)
        ]
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.executemany("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (%s, %s, %s)", rows)
        cursor.execute("ANALYZE sqlite_schema")


def _tables_of_accounts(cursor: Any) -> list[str]:  # noqa: ANN401
    cursor.execute(
        "SELECT m.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c "
        "WHERE m.type = 'table' AND c.name = 'account_id' ORDER BY m.name"
    )
    return [name for (name,) in cursor.fetchall()]


def _sizes(cursor: Any, table: str) -> list[tuple[str, str]]:  # noqa: ANN401
    """Of each index: its rows, and how many of them go with its first column, its first two, ..."""
    cursor.execute(
        'SELECT l.name, l."unique", l.partial, i.name FROM pragma_index_list(%s) AS l '
        "JOIN pragma_index_info(l.name) AS i ORDER BY l.name, i.seqno",
        [table],
    )
    indexes: dict[tuple[str, bool, bool], list[str | None]] = {}
    for name, unique, partial, column in cursor.fetchall():
        indexes.setdefault((name, bool(unique), bool(partial)), []).append(column)
    found = []
    for (name, unique, partial), columns in indexes.items():
        rows = ROWS_OF.get(table, ROWS)
        if partial and name not in OF_MOST:
            rows //= PART_OF_ALL
        values = [_OF_AN_EXPRESSION if one is None else VALUES_OF.get(one, rows) for one in columns]
        each = [max(1, rows // prod(values[: n + 1])) for n in range(len(values))]
        if unique:
            each[-1] = 1
        found.append((name, " ".join(map(str, [rows, *each]))))
    return found
