"""Each service's change as its entry tells it: programs read these names and values.

What is to be recorded of a change is in ``entries.json``. A change on purpose is written there:
``CALLMARK_WRITE_ENTRIES=1 pytest tests/audit/test_what_entries_say.py``, then read the difference.
"""

import json
import os
import re
from pathlib import Path

import pytest

from callmark.audit.models import AuditEntry
from tests.audit.stories import STORIES
from tests.cast import LawFirm
from tests.rows import every

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

ENTRIES = Path(__file__).with_name("entries.json")

Told = list[dict[str, object]]


def told_by(name: str, firm: LawFirm) -> Told:
    """The entries of one story, the first one first, without what is new in each run."""
    before = set(every(AuditEntry).values_list("pk", flat=True))
    STORIES[name](firm)
    entries = sorted(every(AuditEntry).exclude(pk__in=before), key=lambda entry: entry.at)
    return [
        {
            "action": entry.action,
            "account": entry.account_name,
            "by": entry.actor_name,
            "target": f"{entry.target_type} {entry.target_name}",
            "before": without_ids_and_times(entry.before),
            "after": without_ids_and_times(entry.after),
        }
        for entry in entries
    ]


def without_ids_and_times(values: object) -> object:
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "an id", json.dumps(values))
    return json.loads(re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "a moment", text))


def expected() -> dict[str, Told]:
    known: dict[str, Told] = json.loads(ENTRIES.read_text())
    return known


@pytest.mark.parametrize("name", STORIES)
def test_a_change_is_told_as_ever(name: str, firm: LawFirm) -> None:
    told = told_by(name, firm)
    if os.environ.get("CALLMARK_WRITE_ENTRIES"):
        ENTRIES.write_text(json.dumps({**expected(), name: told}, indent=2, sort_keys=True) + "\n")
    assert told == expected()[name]
