"""How long the queries of a request that only reads may take: nobody's question stops the others.
And a page that met another writer so that both waited for each other is made once more.

PostgreSQL counts by the clock, and each query may take what those before it have left. SQLite
counts the processor's time of the request, in whose thread it works. Files are sent after the
request, in parts that are short anyway, and what changes something may take its time.
"""

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

log = logging.getLogger("callmark.web")

SECONDS = 5.0
NOTICED_SECONDS = 0.5
"""PostgreSQL is told anew what is left once queries have taken so long: most pages never do."""
SQLITE_STEPS = 500_000
"""Of SQLite's machine, between two looks at the time: some hundredths of a second."""
_CANCELED = ("57014", "SQLITE_INTERRUPT")
_DEADLOCK = "40P01"
_SECOND_TRY = "callmark_second_try"
_READING = {"GET", "HEAD"}


class TookTooLong(OperationalError):
    """Queries before this one have used up the request's time."""


class QueryTimeLimit:
    """Limits queries, and answers 503 where the database took too long or was busy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer within the limit."""
        if request.method not in _READING:
            return self._get_response(request)
        # A page that asks the database nothing needs none.
        limit = _OnPostgresql() if connection.vendor == "postgresql" else _OnSqlite()
        try:
            with connection.execute_wrapper(limit):
                return self._get_response(request)
        finally:
            limit.end()

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """A page's words for it; the API has its own."""
        if not isinstance(problem, OperationalError) or request.path.startswith("/api/v1/"):
            return None
        if was_in_each_others_way(problem) and not hasattr(request, _SECOND_TRY):
            return _once_more(request)
        log.error("a page could not be made: %s", type(problem).__name__)
        context = {"too_long": took_too_long(problem), "changing": request.method not in _READING}
        page = render(request, "503.html", context, status=503)
        page["Retry-After"] = "2"
        return page


def was_in_each_others_way(problem: Exception) -> bool:
    """Whether two waited for each other, and the database has undone what this one did."""
    return getattr(problem.__cause__, "sqlstate", None) == _DEADLOCK


def _once_more(request: HttpRequest) -> HttpResponse:
    """The view again: nothing of the first try is left, and the other one is through by now."""
    setattr(request, _SECOND_TRY, True)
    if request.user.is_authenticated:
        # And their account, which the view got with them and may have changed in memory.
        request.user.refresh_from_db()
    for name in request.FILES:
        for file in request.FILES.getlist(name):
            file.seek(0)
    view = request.resolver_match
    assert view is not None
    log.info("%s is tried once more: it met another one that writes", view.view_name)
    answer: HttpResponse = view.func(request, *view.args, **view.kwargs)
    return answer


def took_too_long(problem: Exception) -> bool:
    """Whether a query ran into the limit."""
    cause = problem.__cause__
    said = {getattr(cause, name, None) for name in ("sqlstate", "sqlite_errorname")}
    return isinstance(problem, TookTooLong) or not said.isdisjoint(_CANCELED)


class _OnPostgresql:
    """Around each query: it may take what those before it have left."""

    def __init__(self) -> None:
        self._left = SECONDS
        self._told = 0.0

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: object,
        many: bool,
        context: dict[str, Any],
    ) -> Any:  # noqa: ANN401
        if self._left <= 0:
            raise TookTooLong
        if not self._told or self._told - self._left > NOTICED_SECONDS:
            _set(self._left)
            self._told = self._left
        began = time.monotonic()
        try:
            return execute(sql, params, many, context)
        finally:
            self._left -= time.monotonic() - began

    def end(self) -> None:
        """Files and jobs on this connection have no limit."""
        try:
            if self._told:
                _set(0)
        except DatabaseError:
            # A broken connection must not stay behind with a limit that a file or a job would meet.
            connection.close()


class _OnSqlite:
    """Around the first query: from there on SQLite looks at the time as it goes."""

    def __init__(self) -> None:
        self._until = time.thread_time() + SECONDS
        self._limited: sqlite3.Connection | None = None

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: object,
        many: bool,
        context: dict[str, Any],
    ) -> Any:  # noqa: ANN401
        if self._limited is not connection.connection:
            self._limited = connection.connection
            self._limited.set_progress_handler(self._is_over, SQLITE_STEPS)
        return execute(sql, params, many, context)

    def _is_over(self) -> bool:
        return time.thread_time() > self._until

    def end(self) -> None:
        """Files and jobs on this connection have no limit."""
        if self._limited is not None:
            with suppress(sqlite3.ProgrammingError):  # closed meanwhile
                self._limited.set_progress_handler(None, 0)


def _set(seconds: float) -> None:
    """Limit each query that follows; 0: not at all."""
    connection.ensure_connection()
    limit = f"{max(1, seconds * 1000):.0f}ms" if seconds else "0"
    # Past the cursor's wrappers, and beside a cursor that reads from the server part by part.
    with connection.wrap_database_errors:
        connection.connection.execute("SELECT set_config('statement_timeout', %s, false)", [limit])
