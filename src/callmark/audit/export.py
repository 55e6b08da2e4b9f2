"""Entries as CSV, line by line: a year of them needs no more memory than one."""

import json
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from django.db.models import QuerySet

from callmark.audit.models import AuditEntry
from callmark.csv_files import FOR_PROGRAMS, CsvForm

COLUMNS = (
    "at",
    "account",
    "actor",
    "actor id",
    "operator",
    "token",
    "source",
    "address",
    "action",
    "target type",
    "target",
    "target id",
    "before",
    "after",
)
_READ_AT_ONCE = 500


def csv_lines(entries: QuerySet[AuditEntry], form: CsvForm = FOR_PROGRAMS) -> Iterator[str]:
    """The header, then a line for each entry, in the queryset's order. Times are UTC."""
    yield form.line(COLUMNS)
    for entry in entries.iterator(chunk_size=_READ_AT_ONCE):
        yield form.line(_cells(entry))


def _cells(entry: AuditEntry) -> tuple[str, ...]:
    return (
        entry.at.astimezone(UTC).isoformat(),
        entry.account_name,
        entry.actor_name,
        str(entry.actor_id or ""),
        "yes" if entry.actor_is_operator else "no",
        entry.token_name,
        entry.source,
        entry.address or "",
        entry.action,
        entry.target_type,
        entry.target_name,
        entry.target_id,
        _json(entry.before),
        _json(entry.after),
    )


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""
