"""How long one query of a request that only reads may take: nobody's question stops the others.
And a page that met another writer so that both waited for each other is made once more.

On PostgreSQL. SQLite has no such limit; there a list looks at so many rows and no more
(:data:`callmark.calls.listing.LOOKED_AT`). Files are sent after the request, in parts that are
short anyway, and what changes something may take its time.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

log = logging.getLogger("callmark.web")

SECONDS = 5
_CANCELED = "57014"
_DEADLOCK = "40P01"
_SECOND_TRY = "callmark_second_try"
_READING = {"GET", "HEAD"}


class QueryTimeLimit:
    """Limits queries, and answers 503 where the database took too long or was busy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer within the limit."""
        if connection.vendor != "postgresql" or request.method not in _READING:
            return self._get_response(request)
        with _limited():
            return self._get_response(request)

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
    return getattr(problem.__cause__, "sqlstate", None) == _CANCELED


@contextmanager
def _limited() -> Iterator[None]:
    _set(f"{SECONDS}s")
    try:
        yield
    finally:
        try:
            _set("0")
        except DatabaseError:
            # A broken connection must not stay behind with a limit that a file or a job would meet.
            connection.close()


def _set(limit: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [limit])
