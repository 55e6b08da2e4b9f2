"""A lockout that begins at the gate, or is lifted, is in the account's activity once."""

from datetime import UTC, datetime, timedelta

import pytest

from callmark.audit.models import AuditEntry
from callmark.audit.queries import entries_for
from callmark.calls.queries import lift_lockout
from callmark.calls.records import LegDecided
from callmark.calls.store import store
from tests.cast import LawFirm
from tests.factories import decided_call

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def call(firm: LawFirm, minute: float, guesses: int, *, simulated: bool = False) -> LegDecided:
    """A call that ended after wrong entries, a second apart, as the gate tells it."""
    at = NOON + timedelta(minutes=minute)
    return decided_call(firm, "ended", at=at, guesses=guesses, simulated=simulated)


def lockouts(firm: LawFirm) -> list[AuditEntry]:
    return list(entries_for(firm.account, action="user.locked_out"))


def test_the_tenth_wrong_entry_is_the_one_that_is_told(firm: LawFirm) -> None:
    for minute in range(3):
        store([call(firm, minute, 3)])
    assert not lockouts(firm)
    tenth = call(firm, 3, 1)
    store([tenth])
    store([tenth])  # drained twice
    store([call(firm, 4, 3)])
    (entry,) = lockouts(firm)
    assert (entry.target_name, entry.actor_name, entry.source) == ("Ben", "gate", "gate")
    assert entry.after == {"locked_until": "2026-11-23T12:18:00Z", "wrong_entries": 10}


def test_a_second_lockout_is_told_too(firm: LawFirm) -> None:
    store([call(firm, 0, 10)])
    store([call(firm, 20, 10)])
    assert len(lockouts(firm)) == 2


def test_records_that_waited_for_hours_are_judged_by_their_own_time(firm: LawFirm) -> None:
    store([call(firm, -600, 9)])
    store([call(firm, -590, 1)])
    assert len(lockouts(firm)) == 1


def test_too_few_within_the_time_lock_nobody_out(firm: LawFirm) -> None:
    store([call(firm, 0, 9)])
    store([call(firm, 16, 9)])
    assert not lockouts(firm)


def test_simulated_calls_lock_nobody_out(firm: LawFirm) -> None:
    store([call(firm, 0, 12, simulated=True)])
    assert not lockouts(firm)


def test_after_a_lift_the_count_begins_anew(firm: LawFirm) -> None:
    store([call(firm, 0, 9)])
    lift_lockout(firm.ben, firm.olivia)
    (lift,) = entries_for(firm.account, action="user.lockout_lifted")
    assert lift.actor_name == "Olivia"
    firm.ben.lockout_lift.lifted_at = NOON + timedelta(minutes=1)
    firm.ben.lockout_lift.save()
    store([call(firm, 2, 9)])
    assert not lockouts(firm)
    store([call(firm, 3, 1)])
    assert len(lockouts(firm)) == 1
