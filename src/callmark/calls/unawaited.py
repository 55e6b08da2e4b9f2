"""Statements that nobody waits for: PostgreSQL works at them while we go on with something else.

On SQLite there is nothing to go on with: it works in our own process.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

_Of = TypeVar("_Of", bound=Model)
Row = TypeVar("Row")


class Unawaited:
    """What is sent inside of :func:`unawaited`, in the order of sending."""

    def __init__(self, pipeline: Any = None) -> None:  # noqa: ANN401 (psycopg's, on PostgreSQL)
        self._pipeline = pipeline
        self.works_beside_us = pipeline is not None

    def ask(self, rows: "QuerySet[_Of, Row]") -> Callable[[], list[Row]]:
        """Send a question of ``values_list()``; what is returned reads its rows.

        Read before :meth:`wait`, they wait for all that was sent, also for what came after them.
        """
        if self._pipeline is None:
            return lambda: list(rows)
        compiler = rows.query.get_compiler(connection=connection)
        cursor = connection.cursor()
        cursor.adapters.register_loader("timestamptz", _moment_loader())
        cursor.execute(*compiler.as_sql())

        def read() -> list[Any]:
            with cursor:
                return list(compiler.results_iter([cursor.fetchall()], tuple_expected=True))

        return read

    def wait(self) -> None:
        """Until all is done that was sent; raises what could not be done."""
        if self._pipeline is not None:
            self._pipeline.sync()


@cache
def _moment_loader() -> Any:  # noqa: ANN401 (psycopg's, which is there where PostgreSQL is)
    """Reads a moment in a tenth of the time that Django's way takes, which is written in Python."""
    from psycopg.adapt import Loader  # noqa: PLC0415

    class Moments(Loader):
        def load(self, data: Any) -> datetime:  # noqa: ANN401 (bytes of some kind)
            return datetime.fromisoformat(bytes(data).decode()).astimezone(UTC)

    return Moments


@contextmanager
def unawaited() -> Iterator[Unawaited]:
    """Wait for what is sent inside only when told to, where rows are read, and at the end.

    How many rows a statement has changed is not known inside: Django may save nothing.
    """
    if connection.vendor != "postgresql":
        yield Unawaited()
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline() as pipeline:
        yield Unawaited(pipeline)
