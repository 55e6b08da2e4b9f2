"""Who holds a row and then counts a call does not meet a drain that counts one, and then needs it.

A database checks as a transaction ends that the rows it refers to are there. That must not have to
wait for somebody who only keeps others from changing such a row.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction

from callmark.calls.models import Call, DayTotal
from callmark.calls.store import store
from callmark.switches.http.question import one_at_a_time
from tests.calls.beside import Beside
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call
from tests.rows import every

SOURCES = Path(__file__).parents[2] / "src" / "callmark"
NOON = datetime(2026, 3, 10, 16, tzinfo=UTC)


@pytest.fixture
def firm() -> LawFirm:
    return make_law_firm()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_call_over_http_and_a_drain_count_calls_of_one_user(firm: LawFirm) -> None:
    drain = Beside(lambda: store([decided_call(firm, "not_gated", at=NOON)]))
    with transaction.atomic():
        one_at_a_time(firm.ben)
        drain.begin()
        drain.done.wait(2)
        store([decided_call(firm, "not_gated", at=NOON)])
    drain.wait()
    assert every(Call).count() == 2
    assert sum(one.calls for one in every(DayTotal)) == 2


def test_no_lock_keeps_others_from_referring_to_a_row() -> None:
    locks = [
        (path.name, text)
        for path in SOURCES.rglob("*.py")
        for text in re.findall(r"select_for_update\([^)]*\)", path.read_text())
    ]
    assert locks
    assert [one for one in locks if "no_key=True" not in one[1]] == []
