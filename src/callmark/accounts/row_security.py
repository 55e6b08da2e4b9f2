"""The second wall between accounts: PostgreSQL's row-level security.

The first wall is that every query names its account (:mod:`callmark.managers`). If one ever names
the wrong one, the database shows a web request only the rows of the signed-in person's account. A
connection's setting ``callmark.account`` says whose rows it sees: an account's id, ``*`` for all
(the gate, the command line, operators), '' for none. On SQLite there is no second wall.

Not protected: accounts and people, which sign-in must find before it knows whose they are.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.accounts.models import Role, User

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

EVERY_ACCOUNT = "*"
NO_ACCOUNT = ""

_scope: ContextVar[str] = ContextVar("callmark_account_scope", default=EVERY_ACCOUNT)


def scope_of(person: object) -> str:
    """Whose rows this person's requests may see at all."""
    if not isinstance(person, User) or not person.is_active:
        return NO_ACCOUNT
    if person.role == Role.OPERATOR:
        return EVERY_ACCOUNT
    return str(person.account_id)


def scope_now() -> str:
    """Whose rows are seen now: for work of this request that is done after it was answered."""
    return _scope.get()


def narrow_to(scope: str) -> None:
    """Show this thread's connection only these rows from now on."""
    _scope.set(scope)
    if connection.connection is not None:
        _set_scope(connection)


@contextmanager
def seeing(scope: str) -> Iterator[None]:
    """Narrow to these rows for a block, then go back to what was seen before."""
    before = _scope.get()
    narrow_to(scope)
    try:
        yield
    finally:
        try:
            narrow_to(before)
        except DatabaseError:
            # A broken connection must not stay behind with somebody's scope: the next one is told.
            connection.close()


class RowSecurityMiddleware:
    """A request sees what its person may see, and leaves nothing behind."""

    def __init__(self, get_response: "Callable[[HttpRequest], HttpResponse]") -> None:
        self._get_response = get_response

    def __call__(self, request: "HttpRequest") -> "HttpResponse":
        """Answer within the person's scope."""
        if connection.vendor != "postgresql":
            return self._get_response(request)
        with seeing(scope_of(request.user)):
            return self._get_response(request)


def set_scope_of_new_connection(connection: BaseDatabaseWrapper, **_: Any) -> None:  # noqa: ANN401
    """Signal handler: a connection opened during a request is as narrow as the request.

    And without PostgreSQL's compiler: it takes longer for a question of a million calls (0.3 to
    1 s) than it saves, as its guess of what a question costs is far too high for an index. For the
    same reason it would begin parallel workers (5 to 15 ms) for what takes a page 5 ms.
    """
    _set_scope(connection)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off; SET parallel_setup_cost = 50000")


def _set_scope(to: BaseDatabaseWrapper) -> None:
    if to.vendor == "postgresql":
        with to.cursor() as cursor:
            cursor.execute("SELECT set_config('callmark.account', %s, false)", [_scope.get()])


# --- for migrations ---------------------------------------------------------------------------


def create_function(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The function that policies ask: may this connection see the account's rows?"""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION callmark_sees(account uuid) RETURNS boolean "
            "LANGUAGE sql STABLE AS $$ SELECT current_setting('callmark.account', true) = '*' "
            "OR account::text = current_setting('callmark.account', true) $$"
        )


def protect(schema_editor: BaseDatabaseSchemaEditor, table: str, condition: str) -> None:
    """Hide a table's rows unless ``condition`` (SQL) holds, from the table's owner, too."""
    if schema_editor.connection.vendor != "postgresql":
        return
    name = schema_editor.quote_name(table)
    schema_editor.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    schema_editor.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
    schema_editor.execute(
        f"CREATE POLICY own_account ON {name} USING ({condition}) WITH CHECK ({condition})"
    )


def protect_by_account(schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """Protect a table that has an ``account_id``."""
    protect(schema_editor, table, sees("account_id"))


_SETTING = "current_setting('callmark.account', true)"


def sees(account: str) -> str:
    """SQL of a policy: may this connection see the rows of the account in this column?

    What ``callmark_sees`` answers, asked of the connection once a query and not once a row: the
    planner knows nothing of a function's answer, and runs no query that calls ours in parallel.
    """
    return (
        f"CASE WHEN (SELECT {_SETTING} = '{EVERY_ACCOUNT}') THEN true ELSE {account} = "
        f"(SELECT nullif(nullif({_SETTING}, '{EVERY_ACCOUNT}'), '{NO_ACCOUNT}')::uuid) END"
    )


_CALLED = re.compile(r"callmark_sees\(([a-z_.]+)\)")


def ask_once_a_query(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write every policy that calls ``callmark_sees`` anew, with :func:`sees`."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT policyname, tablename, qual, with_check FROM pg_policies "
            "WHERE schemaname = current_schema() AND concat(qual, with_check) ~ 'callmark_sees'"
        )
        found = cursor.fetchall()
    for name, table, qual, check in found:
        parts = [
            f"{keyword} ({_CALLED.sub(lambda call: sees(call[1]), condition)})"
            for keyword, condition in (("USING", qual), ("WITH CHECK", check))
            if condition is not None
        ]
        quote = schema_editor.quote_name
        schema_editor.execute(f"ALTER POLICY {quote(name)} ON {quote(table)} {' '.join(parts)}")
