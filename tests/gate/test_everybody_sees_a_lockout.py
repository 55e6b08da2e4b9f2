"""Wrong entries count wherever they were heard: at one gate, at another, or over call control."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async

from callmark.calls.queries import lift_lockout, lockout_of
from callmark.calls.store import store
from callmark.gate.background import GateProcess
from callmark.gate.lockouts import Lockouts
from callmark.policy.guessing import LockoutRule
from callmark.policy.outbound import Outcome
from callmark.switches.http.calls import StartOfCall, start_call
from callmark.switches.http.models import HttpCall
from callmark.switches.http.steps import enter_digits, hang_up
from tests.cast import LawFirm
from tests.factories import decided_call
from tests.gate.test_a_running_gate import LONDON, Phones, until

pytestmark = pytest.mark.django_db(transaction=True)


def with_two_gates(directory: Path, story: Callable[[Phones, Phones], Awaitable[None]]) -> None:
    """Run a story against two gates on one database."""

    async def work() -> None:
        gates = [GateProcess(directory / name) for name in ("one", "two")]
        for gate in gates:
            await gate.start()
        try:
            await story(*(Phones(gate, name) for gate, name in zip(gates, "ab", strict=True)))
        finally:
            for gate in gates:
                await gate.stop()

    asyncio.run(work())


async def guess(phones: Phones, times: int) -> None:
    for _ in range(times):
        await phones.call(LONDON, "9999")


async def until_locked_out(phones: Phones) -> None:
    async def locked_out() -> bool:
        return await phones.call(LONDON) is Outcome.ENDED

    await until(locked_out)


async def until_asked(phones: Phones) -> None:
    async def asked() -> bool:
        return await phones.call(LONDON) is Outcome.ABANDONED

    await until(asked)


def test_what_one_gate_heard_locks_out_at_the_other_and_a_lift_counts_at_both(
    firm: LawFirm, tmp_path: Path
) -> None:
    async def story(one: Phones, two: Phones) -> None:
        await guess(one, 10)
        assert await one.call(LONDON) is Outcome.ENDED
        await until_locked_out(two)
        assert await two.call(LONDON, "1234", endpoint="firm-102") is Outcome.CONNECTED
        assert await two.call("2125550100") is Outcome.NOT_GATED
        await sync_to_async(lift_lockout)(firm.ben, firm.olivia)
        await until_asked(one)
        await until_asked(two)

    with_two_gates(tmp_path, story)


def test_guesses_here_and_there_make_one_count(firm: LawFirm, tmp_path: Path) -> None:
    async def story(one: Phones, two: Phones) -> None:
        await guess(one, 5)
        await guess(two, 5)
        await until_locked_out(one)
        await until_locked_out(two)

    with_two_gates(tmp_path, story)
    assert lockout_of(firm.ben) is not None


def guess_over_call_control(firm: LawFirm, times: int) -> None:
    for _ in range(times):
        step = start_call(firm.account, StartOfCall(uuid4().hex, firm.ben, LONDON))
        call = HttpCall.objects.of(firm.account).get(pk=step["id"])
        assert call is not None
        enter_digits(call, 1, "9999")
        hang_up(call)


def asked_over_call_control(firm: LawFirm) -> bool:
    step = start_call(firm.account, StartOfCall(uuid4().hex, firm.ben, LONDON))
    return bool(step["action"] == "collect")


def test_guesses_over_call_control_lock_out_at_a_gate(firm: LawFirm, tmp_path: Path) -> None:
    async def story(phones: Phones, _: Phones) -> None:
        assert await phones.call(LONDON) is Outcome.ABANDONED
        await sync_to_async(guess_over_call_control)(firm, 10)
        await until_locked_out(phones)

    with_two_gates(tmp_path, story)


def test_guesses_at_a_gate_lock_out_over_call_control(firm: LawFirm, tmp_path: Path) -> None:
    async def story(phones: Phones, _: Phones) -> None:
        await guess(phones, 10)

        async def locked_out() -> bool:
            return not await sync_to_async(asked_over_call_control)(firm)

        await until(locked_out)

    with_two_gates(tmp_path, story)


NOW = 1_000_000.0


def lockouts(on_record: list[float]) -> Lockouts:
    return Lockouts(LockoutRule(wrong_entries=10), {"ben": on_record}, clock=lambda: NOW)


def test_an_entry_heard_here_and_read_from_the_records_counts_once() -> None:
    here = lockouts([])
    counter = here.counter("ben")
    for second in range(4):
        counter.count(NOW - second)
    here.take_over({"ben": [NOW, NOW - 1, NOW - 7]})
    assert counter.left() == 10 - 5
    here.take_over({"ben": [NOW, NOW - 1, NOW - 2, NOW - 3, NOW - 7]})
    assert counter.left() == 10 - 5


def test_two_entries_of_one_moment_on_record_are_two() -> None:
    assert lockouts([NOW, NOW]).counter("ben").left() == 8


def test_a_lift_forgives_what_was_heard_here_and_elsewhere_before_it() -> None:
    here = lockouts([NOW - 20] * 9)
    here.counter("ben").count(NOW - 10)
    assert here.counter("ben").left() == 0
    lifted = here.counter("ben", forgiven_until=NOW - 5)
    assert lifted.left() == 10
    lifted.count(NOW)
    assert lifted.left() == 9


def test_what_is_too_old_to_matter_is_not_kept_in_mind() -> None:
    here = lockouts([])
    counter = here.counter("ben")
    for _ in range(9):
        counter.count(NOW - 1801)
    assert counter.left() == 10


def test_a_lockout_stamped_by_a_wrong_clock_can_be_lifted(firm: LawFirm) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    store([decided_call(firm, "ended_after_max_retries", at=tomorrow, guesses=10)])
    assert lockout_of(firm.ben) is not None
    lift_lockout(firm.ben, firm.olivia)
    assert lockout_of(firm.ben) is None


def test_a_gate_whose_clock_is_wrong_heeds_a_lift_too() -> None:
    ahead = time.time() + 86_400
    lockouts = Lockouts(LockoutRule(), clock=lambda: ahead)
    counter = lockouts.counter("ben", 0.0)
    assert counter.left() == 10
    for _ in range(10):
        counter.count(ahead)
    assert counter.left() == 0
    assert lockouts.counter("ben", time.time()).left() == 10
