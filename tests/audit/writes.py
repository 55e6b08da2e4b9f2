"""What is written to the database, and whether it is part of a change."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection

from callmark.accounts.changes import is_under_way
from callmark.accounts.models import PolicyChange, PolicyRevision
from callmark.audit.models import AuditEntry

_WRITING = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM) "?(\w+)"?')
# They belong to the frame of a change, not to what is in it.
_OF_EVERY_CHANGE = {model._meta.db_table for model in (AuditEntry, PolicyRevision, PolicyChange)}


@contextmanager
def outside_changes() -> Iterator[list[str]]:
    """The writes to tables of ours in this block that are no part of any change."""
    ours = {
        model._meta.db_table
        for model in apps.get_models()
        if model.__module__.startswith("callmark.")
    } - _OF_EVERY_CHANGE
    found: list[str] = []

    def look(execute: Any, sql: str, *rest: Any) -> Any:  # noqa: ANN401
        writing = _WRITING.match(sql)
        if writing and writing[2] in ours and not is_under_way():
            found.append(f"{writing[1]} {writing[2]}")
        return execute(sql, *rest)

    with connection.execute_wrapper(look):
        yield found
