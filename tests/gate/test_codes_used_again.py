"""The code of the last call, and one that is kept: through gates, restarts and other people."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async

from callmark.calls.last_codes import last_codes_of, last_codes_since, newest_entry, users_of
from callmark.calls.models import Call
from callmark.calls.records import LegTagged, now
from callmark.calls.store import store
from callmark.codes.models import AccountCodeSettings
from callmark.codes.services import (
    SettingsChange,
    add_code,
    save_account_settings,
    set_code_active,
)
from callmark.gate.background import GateProcess
from callmark.gate.drain import Drain
from callmark.policy.outbound import Outcome
from callmark.policy.prompt_options import PromptOptions
from tests.cast import OUTSIDE_CALLS, LawFirm, make_law_firm
from tests.factories import decided_call, tag_of
from tests.gate.test_a_running_gate import Phones, until
from tests.leaks import shows
from tests.rows import every

pytestmark = pytest.mark.django_db(transaction=True)

LONDON = "011442079460000"
KEPT = PromptOptions(same_code=True, kept_minutes=30)
SAME = PromptOptions(same_code=True)


@pytest.fixture
def firm() -> LawFirm:
    return make_law_firm()


def allow(firm: LawFirm, options: PromptOptions) -> None:
    """Olivia saves what callers may do at the prompt."""
    save_account_settings(
        firm.account,
        SettingsChange(3, OUTSIDE_CALLS, options=options),
        enable_everyone=True,
        expected_version=every(AccountCodeSettings).get(account=firm.account).version,
        actor=firm.olivia,
    )


def with_gates(story: Callable[..., Awaitable[None]], *directories: Path) -> None:
    """Run a story against gates that are started before and stopped after it."""

    async def work() -> None:
        gates = [GateProcess(one) for one in directories]
        for gate in gates:
            await gate.start()
        try:
            await story(*(Phones(gate, f"call-{n}-{id(gate)}") for n, gate in enumerate(gates)))
        finally:
            for gate in gates:
                await gate.stop()

    asyncio.run(work())


def test_a_code_counts_for_the_next_call_at_once_and_after_a_restart(
    firm: LawFirm, tmp_path: Path
) -> None:
    allow(firm, KEPT)

    async def entered(phones: Phones) -> None:
        assert await phones.call(LONDON, "1234") is Outcome.CONNECTED
        assert await phones.call(LONDON) is Outcome.CONNECTED
        # Carla has entered none.
        assert await phones.call(LONDON, endpoint="firm-102") is Outcome.ABANDONED

    async def restarted(phones: Phones) -> None:
        assert await phones.call(LONDON) is Outcome.CONNECTED

    with_gates(entered, tmp_path)
    with_gates(restarted, tmp_path)
    # A gate that is told to stop leaves to the drain what it does not store at once.
    drain = Drain(tmp_path)
    assert drain.hold()
    drain.work()
    drain.let_go()
    entered_by = every(Call).order_by("started_at").values_list("entered_by", flat=True)
    assert list(entered_by) == ["prompt", "kept", "", "kept"]


def test_another_gate_learns_it_from_the_records(firm: LawFirm, tmp_path: Path) -> None:
    allow(firm, SAME)

    async def story(first: Phones, second: Phones) -> None:
        assert await second.call(LONDON, "*") is Outcome.ABANDONED
        assert await first.call(LONDON, "1234") is Outcome.CONNECTED

        async def known() -> bool:
            return await second.call(LONDON, "*") is Outcome.CONNECTED

        await until(known)

    with_gates(story, tmp_path / "first", tmp_path / "second")


def test_an_option_that_is_turned_on_later_knows_what_was_entered_before(
    firm: LawFirm, tmp_path: Path
) -> None:
    store([decided_call(firm, "connected", tag=tag_of(firm), typed=True)])

    async def story(phones: Phones) -> None:
        assert await phones.call(LONDON, "*") is Outcome.ABANDONED
        await sync_to_async(allow)(firm, SAME)

        async def known() -> bool:
            return await phones.call(LONDON, "*") is Outcome.CONNECTED

        await until(known)

    with_gates(story, tmp_path)


def test_a_code_that_is_deactivated_is_kept_no_longer(firm: LawFirm, tmp_path: Path) -> None:
    allow(firm, KEPT)

    async def story(phones: Phones) -> None:
        await phones.call(LONDON, "1234")

        def deactivate() -> None:
            add_code(firm.account, name="Other", code="5678", actor=firm.olivia)
            set_code_active(firm.code, active=False, actor=firm.olivia)

        await sync_to_async(deactivate)()

        async def asked() -> bool:
            return await phones.call(LONDON) is Outcome.ABANDONED

        await until(asked)
        assert await phones.call(LONDON, "*") is Outcome.ABANDONED

    with_gates(story, tmp_path)


def test_no_digits_are_in_memory(firm: LawFirm, tmp_path: Path) -> None:
    allow(firm, KEPT)

    async def story(phones: Phones) -> None:
        await phones.call(LONDON, "1234")
        codes = phones.process.gate.last_codes
        assert codes is not None
        assert codes._heard
        assert not shows("1234", [repr(one) for one in vars(codes).values()])
        assert "1234" not in repr(codes.of(str(firm.ben.pk)))

    with_gates(story, tmp_path)


def test_only_what_a_user_entered_is_theirs(firm: LawFirm) -> None:
    """Not a test, not what was corrected, nor what a colleague entered on their call."""
    position = newest_entry()
    typed = decided_call(firm, "connected", tag=tag_of(firm), typed=True)
    store([replace(typed, simulated=True)])
    corrected = decided_call(firm, "connected", tag=tag_of(firm), typed=True)
    store([corrected])
    every(Call).filter(pk=corrected.id).update(entered_by="corrected")
    colleagues = decided_call(firm, "not_gated", at=now() - timedelta(minutes=1))
    pressed = LegTagged(
        id=colleagues.id,
        switch="main",
        call_id=colleagues.call_id,
        linked_id="",
        account_id=colleagues.account_id,
        user_id=str(firm.carla.pk),
        extension="102",
        tagged_at=now(),
        attempts=(replace(typed.attempts[0], entered_by="star_code"),),
        tag=replace(tag_of(firm), entered_by="star_code"),
    )
    store([colleagues])
    store([pressed])
    assert set(last_codes_since(position)[1]) == {str(firm.carla.pk)}
    assert str(firm.ben.pk) not in last_codes_of(users_of([firm.account.pk]))
