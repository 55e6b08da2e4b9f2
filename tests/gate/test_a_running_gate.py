"""A gate over a real database: settings in force at once, records stored, lockouts over calls.

The phone is the simulator's port, which reads key presses from a list.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError

from callmark.calls import store as store_module
from callmark.calls.models import Call
from callmark.calls.queries import lift_lockout, lockout_of
from callmark.calls.records import Record
from callmark.codes.services import add_code, delete_code, save_user_settings
from callmark.gate import background, drain, policy_cache
from callmark.gate.background import GateProcess
from callmark.gate.gate import UnknownAccount
from callmark.gate.snapshot import Snapshot
from callmark.gate.spool import SpoolError
from callmark.policy.outbound import Outcome
from callmark.policy.payer import AskedBy
from callmark.switches.port import LegEnd, LegRequest, SwitchIdentity
from callmark.switches.simulator.simulation import ScriptedPort, Simulation
from tests.cast import LawFirm
from tests.leaks import shows
from tests.rows import every

pytestmark = pytest.mark.django_db(transaction=True)

LONDON = "011442079460000"
MAIN = SwitchIdentity("main")


class Phones:
    """Places calls from extensions of a firm through a gate; ``name`` begins its calls' ids."""

    def __init__(self, process: GateProcess, name: str = "call") -> None:
        self.process = process
        self._name = name
        self._calls = 0

    async def call(self, dialed: str, *entries: str, endpoint: str = "firm-101") -> Outcome:
        """One call; entries are the keys pressed each time a code is asked for."""
        self._calls += 1
        call_id = f"{self._name}-{self._calls}"
        port = ScriptedPort(entries, Simulation(), hang_up=True)
        asked_by = AskedBy(line=endpoint)
        leg = LegRequest(MAIN, call_id, dialed, asked_by, conversation=call_id, caller=endpoint)
        return await self.process.gate.handle_leg(leg, port)


def with_gate(directory: Path, story: Callable[[Phones], Awaitable[None]]) -> None:
    """Run a story against a gate that is started before and stopped after it."""

    async def work() -> None:
        process = GateProcess(directory)
        await process.start()
        try:
            await story(Phones(process))
        finally:
            await process.stop()

    asyncio.run(work())


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition; fails after 20 seconds."""
    for _ in range(400):
        if await condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("waited 20 seconds for nothing")


def test_the_record_tells_the_whole_call(firm: LawFirm, tmp_path: Path) -> None:
    async def story(phones: Phones) -> None:
        assert await phones.call(LONDON, "9999", "1234") is Outcome.CONNECTED
        end = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
        await phones.process.gate.handle_end(LegEnd(MAIN, "call-1", end, end, 25, "ANSWERED"))

    with_gate(tmp_path, story)
    call = every(Call).get()
    assert (call.account, call.user, call.user_name) == (firm.account, firm.ben, "Ben")
    assert (call.direction, call.call_type, call.outcome) == (
        "outbound",
        "international",
        "connected",
    )
    assert (call.dialed, call.e164, call.caller) == (LONDON, "+442079460000", "101")
    assert (call.account_code, call.account_code_name) == ("1234", "Harper v. Castellan")
    assert (call.code, call.entered_by) == (firm.code, "prompt")
    assert (call.seconds, call.disposition) == (25, "ANSWERED")
    assert [one.result for one in call.attempts.all()] == ["unknown_code", "accepted"]
    assert not call.simulated
    assert not shows("9999", call.why)


def test_a_saved_change_is_in_force_without_a_restart(firm: LawFirm, tmp_path: Path) -> None:
    async def story(phones: Phones) -> None:
        assert await phones.call(LONDON, "5555") is Outcome.ABANDONED
        new = await sync_to_async(add_code)(firm.account, name="New", code="5555", actor=None)

        async def accepted() -> bool:
            return await phones.call(LONDON, "5555") is Outcome.CONNECTED

        await until(accepted)
        await sync_to_async(delete_code)(new, actor=None)

        async def refused() -> bool:
            return await phones.call(LONDON, "5555") is Outcome.ABANDONED

        await until(refused)
        await sync_to_async(save_user_settings)(firm.ben, enabled=False, override=None, actor=None)

        async def not_asked() -> bool:
            return await phones.call(LONDON) is Outcome.NOT_GATED

        await until(not_asked)

    with_gate(tmp_path, story)


def test_guessing_over_many_calls_locks_one_user_out_until_lifted(
    firm: LawFirm, tmp_path: Path
) -> None:
    async def story(phones: Phones) -> None:
        for _ in range(3):
            assert await phones.call(LONDON, "9999", "9998", "9997") is Outcome.ENDED
        assert await phones.call(LONDON, "9996") is Outcome.ENDED  # the tenth guess
        assert await phones.call(LONDON, "1234") is Outcome.ENDED
        assert await phones.call(LONDON, "1234", endpoint="firm-102") is Outcome.CONNECTED

        async def recorded() -> bool:
            return await sync_to_async(lockout_of)(firm.ben) is not None

        await until(recorded)
        await sync_to_async(lift_lockout)(firm.ben, firm.olivia)

        async def lifted() -> bool:
            return await phones.call(LONDON, "1234") is Outcome.CONNECTED

        await until(lifted)

    with_gate(tmp_path, story)
    assert lockout_of(firm.ben) is None


def test_a_restart_does_not_lift_a_lockout(firm: LawFirm, tmp_path: Path) -> None:
    async def guess(phones: Phones) -> None:
        for _ in range(4):
            await phones.call(LONDON, "9999", "9998", "9997")

    async def try_again(phones: Phones) -> None:
        assert await phones.call(LONDON, "1234") is Outcome.ENDED

    with_gate(tmp_path, guess)
    with_gate(tmp_path, try_again)


def test_while_the_database_is_down_calls_go_on_and_records_wait(
    firm: LawFirm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = True

    def refresh_or_fail(snapshot: Snapshot) -> Snapshot:
        if down:
            raise DatabaseError("gone")
        return policy_cache.refresh(snapshot)

    def store_or_fail(records: list[Record]) -> None:
        if down:
            raise DatabaseError("gone")
        store_module.store(records)

    monkeypatch.setattr(background, "RETRY_SECONDS", 0.05)

    async def story(phones: Phones) -> None:
        nonlocal down
        monkeypatch.setattr(background, "refresh", refresh_or_fail)
        monkeypatch.setattr(drain, "store", store_or_fail)
        assert await phones.call(LONDON, "1234") is Outcome.CONNECTED
        assert await sync_to_async(every(Call).count)() == 0
        down = False

        async def stored() -> bool:
            return await sync_to_async(every(Call).count)() == 1

        await until(stored)

    with_gate(tmp_path, story)


def test_a_call_whose_record_cannot_be_kept_does_not_connect_silently(
    firm: LawFirm, tmp_path: Path
) -> None:
    async def story(phones: Phones) -> None:
        async def refuse(_entry: object) -> None:
            raise SpoolError("the disk is full")

        phones.process.gate._append = refuse
        with pytest.raises(SpoolError):
            await phones.call(LONDON, "1234")
        assert await phones.call("911") is Outcome.NOT_GATED

    with_gate(tmp_path, story)


def test_an_endpoint_nobody_has_is_left_to_the_fail_policy(firm: LawFirm, tmp_path: Path) -> None:
    async def story(phones: Phones) -> None:
        with pytest.raises(UnknownAccount, match="no user has the endpoint"):
            await phones.call(LONDON, endpoint="somebody-elses-101")

    with_gate(tmp_path, story)


def test_a_record_told_twice_is_stored_once(firm: LawFirm, tmp_path: Path) -> None:
    entries: list[Record] = []

    async def story(phones: Phones) -> None:
        real_append = phones.process.gate._append

        async def remember(entry: Record) -> None:
            entries.append(entry)
            await real_append(entry)

        phones.process.gate._append = remember
        await phones.call(LONDON, "9999", "1234")

    with_gate(tmp_path, story)
    store_module.store([entries[0]])
    assert Call.objects.of(firm.account).get().attempts.count() == 2
