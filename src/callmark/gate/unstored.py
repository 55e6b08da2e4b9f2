"""What this machine has of an account's calls and the database has not: spooled, or set aside.

Before a month is closed, its page and the API say so by the same count.
"""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

from django.conf import settings

from callmark.accounts.models import Account
from callmark.calls.models import Call
from callmark.calls.months import Warn, warnings
from callmark.gate.set_aside import files_set_aside
from callmark.gate.spools import all_lines_waiting


def warnings_before_closing(
    account: Account, month: date, *, to_assign: int | None = None
) -> list[Warn]:
    """Why it may be too early to close this month, with what waits on this machine."""
    waiting = count_unstored(settings.SPOOL_DIR, account)
    return warnings(account, month, in_spools=waiting, to_assign=to_assign)


def count_unstored(directory: Path, account: Account) -> int:
    """How many records of the account's calls are in the folder of a gate.

    A record names its account, or a call that is on record or named here. Whose a line is that
    nobody can read, nobody knows: it is counted for no account, and operators see it.
    """
    named, of_calls, calls = 0, [], set()
    for line in _lines(directory):
        record = _read(line)
        call_id = str(record.get("id", ""))
        if "account_id" in record:
            if record["account_id"] == str(account.pk):
                named += 1
                calls.add(call_id)
        elif call_id:
            of_calls.append(call_id)
    unknown = {one for one in of_calls if one not in calls}
    calls |= _on_record(account, unknown)
    return named + sum(one in calls for one in of_calls)


def _lines(directory: Path) -> Iterator[bytes]:
    yield from all_lines_waiting(directory)
    for path in files_set_aside(directory):
        with path.open("rb") as file:
            yield from file


def _read(line: bytes) -> dict[str, object]:
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _on_record(account: Account, ids: set[str]) -> set[str]:
    known = [one for one in map(_uuid, sorted(ids)[:_LOOKED_UP]) if one]
    rows = Call.objects.of(account).filter(pk__in=known)
    return {str(pk) for pk in rows.values_list("pk", flat=True)}


_LOOKED_UP = 5000
"""Calls; of so many records nobody needs the exact number."""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
