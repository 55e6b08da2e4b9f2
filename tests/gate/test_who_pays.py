"""Transfers, forwards, trunks and unknown phones through a gate over a real database.

The stories of reference 5a: who pays, whose rules apply, which code may stand in.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async

from callmark.accounts.services import add_trunk, change_account, change_person
from callmark.calls.models import Call
from callmark.calls.queries import lockout_of
from callmark.codes.models import AccountCode, AccountCodeSettings
from callmark.codes.services import (
    SettingsChange,
    add_code,
    save_account_settings,
    save_user_settings,
    set_code_active,
)
from callmark.gate.background import GateProcess
from callmark.policy.outbound import Outcome
from callmark.policy.payer import AskedBy
from callmark.policy.rules import CodeRules
from callmark.policy.settings import Unasked
from callmark.switches.port import LegRequest, SwitchIdentity
from callmark.switches.simulator.simulation import ScriptedPort, Simulation
from tests.cast import OUTSIDE_CALLS, LawFirm, make_law_firm
from tests.gate.test_a_running_gate import until
from tests.rows import every

pytestmark = pytest.mark.django_db(transaction=True)

LONDON, DOWNTOWN = "011442079460000", "2125550100"
MAIN = SwitchIdentity("main")
BEN, CARLA, CARRIER = "firm-101", "firm-102", "carrier"
BY_BEN = AskedBy(transferred_blind=BEN)


class Legs:
    """Asks a gate for legs, each on a channel of its own."""

    def __init__(self, process: GateProcess) -> None:
        self.process = process
        self.heard = Simulation()
        self._calls = count(1)

    async def ask(
        self,
        dialed: str,
        asked_by: AskedBy,
        *entries: str,
        talk: str = "",
        account: str = "",
        caller: str = "",
    ) -> Outcome:
        """One leg; ``talk`` is the conversation it belongs to."""
        call_id = f"call-{next(self._calls)}"
        self.heard = Simulation()
        port = ScriptedPort(entries, self.heard, hang_up=True)
        leg = LegRequest(
            MAIN,
            call_id,
            dialed,
            asked_by,
            conversation=talk or call_id,
            account=account,
            caller=caller,
        )
        return await self.process.gate.handle_leg(leg, port)

    @property
    def was_asked(self) -> bool:
        """Whether the last leg played a prompt for a code."""
        return any(step.get("prompt") == "enter_code" for step in self.heard.steps)


def with_gate(directory: Path, story: Callable[[Legs], Awaitable[None]]) -> None:
    """Run a story against a gate that is started before and stopped after it."""

    async def work() -> None:
        process = GateProcess(directory)
        await process.start()
        try:
            await story(Legs(process))
        finally:
            await process.stop()

    asyncio.run(work())


def last_call() -> Call:
    return every(Call).order_by("-started_at")[0]


def choose(firm: LawFirm, choice: Unasked, rules: CodeRules = OUTSIDE_CALLS) -> None:
    """Olivia saves what becomes of calls on which nobody can be asked."""
    save_account_settings(
        firm.account,
        SettingsChange(3, rules, choice),
        enable_everyone=True,
        expected_version=every(AccountCodeSettings).get(account=firm.account).version,
        actor=firm.olivia,
    )


@pytest.fixture
def default_code(firm: LawFirm) -> AccountCode:
    """Ben's default code, 7777."""
    code = add_code(firm.account, name="Ben's default", code="7777", actor=firm.olivia)
    save_user_settings(firm.ben, enabled=True, override=None, default_code=code, actor=firm.olivia)
    return code


def test_a_colleague_on_the_line_is_asked_under_the_rules_of_who_transferred(
    firm: LawFirm, tmp_path: Path
) -> None:
    # Carla herself is never asked; Ben's calls downtown need a code.
    own = replace(OUTSIDE_CALLS, other_outside=True)
    save_user_settings(firm.ben, enabled=True, override=own, actor=firm.olivia)
    save_user_settings(firm.carla, enabled=False, override=None, actor=firm.olivia)

    async def story(legs: Legs) -> None:
        transferred = AskedBy(line=CARLA, transferred_blind=BEN)
        assert await legs.ask(DOWNTOWN, transferred, "9999", "1234") is Outcome.CONNECTED
        assert await legs.ask(DOWNTOWN, AskedBy(line=CARLA)) is Outcome.NOT_GATED

    with_gate(tmp_path, story)
    paid = every(Call).get(outcome="connected")
    assert (paid.user, paid.payer, paid.account_code) == (firm.ben, "user", "1234")
    assert [one.user for one in paid.attempts.all()] == [firm.carla, firm.carla]


def test_wrong_entries_on_a_colleagues_leg_lock_out_only_who_typed_them(
    firm: LawFirm, tmp_path: Path
) -> None:
    async def story(legs: Legs) -> None:
        transferred = AskedBy(line=CARLA, transferred_blind=BEN)
        for _ in range(4):
            await legs.ask(LONDON, transferred, "9999", "9998", "9997")
        assert await legs.ask(LONDON, AskedBy(line=CARLA), "1234") is Outcome.ENDED
        assert await legs.ask(LONDON, AskedBy(line=BEN), "1234") is Outcome.CONNECTED

    with_gate(tmp_path, story)
    assert lockout_of(firm.carla) is not None
    assert lockout_of(firm.ben) is None


@pytest.mark.parametrize("line", ["", CARRIER])
def test_an_outsider_is_never_asked(firm: LawFirm, tmp_path: Path, line: str) -> None:
    async def story(legs: Legs) -> None:
        outcome = await legs.ask(LONDON, replace(BY_BEN, line=line), "1234")
        assert outcome is Outcome.REFUSED_UNASKED
        assert not legs.was_asked

    with_gate(tmp_path, story)
    refused = last_call()
    assert (refused.user, refused.outcome, refused.account_code) == (
        firm.ben,
        "refused_unasked",
        "",
    )
    assert "nobody on the line can be asked" in str(refused.why)


def test_somebody_of_another_account_on_the_same_switch_is_an_outsider(
    firm: LawFirm, tmp_path: Path
) -> None:
    make_law_firm("other")

    async def story(legs: Legs) -> None:
        transferred = replace(BY_BEN, line="other-101")
        assert await legs.ask(LONDON, transferred, "1234") is Outcome.REFUSED_UNASKED
        assert not legs.was_asked

    with_gate(tmp_path, story)


def test_the_code_that_the_payer_entered_covers_a_later_leg_of_the_conversation(
    firm: LawFirm, tmp_path: Path
) -> None:
    async def story(legs: Legs) -> None:
        assert await legs.ask(LONDON, AskedBy(line=BEN), "1234", talk="a") is Outcome.CONNECTED
        assert await legs.ask(LONDON, BY_BEN, talk="a") is Outcome.CONNECTED
        assert not legs.was_asked
        assert await legs.ask(LONDON, BY_BEN, talk="b") is Outcome.REFUSED_UNASKED

    with_gate(tmp_path, story)
    second = every(Call).get(linked_id="a", switch_call_id="call-2")
    assert (second.account_code, second.code) == ("1234", firm.code)
    assert (second.user, second.entered_by) == (firm.ben, "conversation")


def test_somebody_elses_code_never_opens_a_gated_leg(firm: LawFirm, tmp_path: Path) -> None:
    async def story(legs: Legs) -> None:
        assert await legs.ask(LONDON, AskedBy(line=CARLA), "1234", talk="a") is Outcome.CONNECTED
        assert await legs.ask(LONDON, BY_BEN, talk="a") is Outcome.REFUSED_UNASKED

    with_gate(tmp_path, story)


def test_a_code_that_a_colleague_typed_for_the_payer_is_the_colleagues(
    firm: LawFirm, tmp_path: Path
) -> None:
    async def story(legs: Legs) -> None:
        transferred = AskedBy(line=CARLA, transferred_blind=BEN)
        assert await legs.ask(LONDON, transferred, "1234", talk="a") is Outcome.CONNECTED
        assert await legs.ask(LONDON, BY_BEN, talk="a") is Outcome.REFUSED_UNASKED

    with_gate(tmp_path, story)


def test_a_code_that_is_no_longer_active_opens_nothing(firm: LawFirm, tmp_path: Path) -> None:
    add_code(firm.account, name="Another", code="5555", actor=firm.olivia)

    async def story(legs: Legs) -> None:
        assert await legs.ask(LONDON, AskedBy(line=BEN), "1234", talk="a") is Outcome.CONNECTED
        await sync_to_async(set_code_active)(firm.code, active=False, actor=firm.olivia)

        async def refused() -> bool:
            return await legs.ask(LONDON, BY_BEN, talk="a") is Outcome.REFUSED_UNASKED

        await until(refused)

    with_gate(tmp_path, story)


def test_the_default_code_comes_after_the_conversations(
    firm: LawFirm, default_code: AccountCode, tmp_path: Path
) -> None:
    async def story(legs: Legs) -> None:
        assert await legs.ask(LONDON, BY_BEN) is Outcome.CONNECTED
        assert await legs.ask(LONDON, AskedBy(line=BEN), "1234", talk="a") is Outcome.CONNECTED
        assert await legs.ask(LONDON, BY_BEN, talk="a") is Outcome.CONNECTED
        forwarded = AskedBy(line=CARRIER, forwarded=CARLA)
        assert await legs.ask(LONDON, forwarded) is Outcome.REFUSED_UNASKED, "it is Ben's alone"

    with_gate(tmp_path, story)
    by_default, _, by_conversation, _ = every(Call).order_by("started_at")
    assert (by_default.account_code, by_default.code) == ("7777", default_code)
    assert (by_default.account_code_name, by_default.entered_by) == (
        "Ben's default",
        "default_code",
    )
    assert not by_default.attempts.exists()
    assert (by_conversation.account_code, by_conversation.entered_by) == ("1234", "conversation")


def test_who_can_be_asked_is_asked_whatever_the_default(
    firm: LawFirm, default_code: AccountCode, tmp_path: Path
) -> None:
    async def story(legs: Legs) -> None:
        assert await legs.ask(LONDON, AskedBy(line=BEN), "9999") is Outcome.ABANDONED
        assert legs.was_asked

    with_gate(tmp_path, story)


def test_an_inactive_default_code_is_none(
    firm: LawFirm, default_code: AccountCode, tmp_path: Path
) -> None:
    set_code_active(default_code, active=False, actor=firm.olivia)

    async def story(legs: Legs) -> None:
        assert await legs.ask(LONDON, BY_BEN) is Outcome.REFUSED_UNASKED

        def activate() -> None:
            set_code_active(default_code, active=True, actor=firm.olivia)

        await sync_to_async(activate)()

        async def connected() -> bool:
            return await legs.ask(LONDON, BY_BEN) is Outcome.CONNECTED

        await until(connected)

    with_gate(tmp_path, story)


@pytest.mark.parametrize(
    ("choice", "london", "downtown"),
    [
        (Unasked.REFUSE_COSTLY, Outcome.REFUSED_UNASKED, Outcome.LET_THROUGH),
        (Unasked.REFUSE, Outcome.REFUSED_UNASKED, Outcome.REFUSED_UNASKED),
        (Unasked.LET_THROUGH, Outcome.LET_THROUGH, Outcome.LET_THROUGH),
    ],
)
def test_otherwise_the_account_has_chosen(
    firm: LawFirm, tmp_path: Path, choice: Unasked, london: Outcome, downtown: Outcome
) -> None:
    choose(firm, choice, replace(OUTSIDE_CALLS, other_outside=True))

    async def story(legs: Legs) -> None:
        assert await legs.ask(LONDON, BY_BEN) is london
        assert await legs.ask(DOWNTOWN, BY_BEN) is downtown
        assert await legs.ask("102", BY_BEN) is Outcome.NOT_GATED
        assert await legs.ask("911", BY_BEN) is Outcome.NOT_GATED

    with_gate(tmp_path, story)


def test_a_caller_whom_nobody_knows_follows_the_strictest_rules(
    firm: LawFirm, tmp_path: Path
) -> None:
    strict = replace(OUTSIDE_CALLS, other_outside=True)
    save_user_settings(firm.carla, enabled=True, override=strict, actor=firm.olivia)

    async def story(legs: Legs) -> None:
        stranger = AskedBy(line="nobodys-phone")
        known = {"account": "firm", "caller": "4711"}
        assert await legs.ask(LONDON, stranger, "1234", **known) is Outcome.REFUSED_UNASKED
        assert not legs.was_asked
        assert await legs.ask(DOWNTOWN, stranger, **known) is Outcome.LET_THROUGH
        assert await legs.ask("18005550199", stranger, **known) is Outcome.NOT_GATED

    with_gate(tmp_path, story)
    for call in every(Call).all():
        assert (call.user, call.payer, call.caller) == (None, "unknown", "4711")
        assert call.get_payer_display() == "Caller unknown"


def test_a_transfer_through_a_phone_that_nobody_has_is_nobodys_call(
    firm: LawFirm, tmp_path: Path
) -> None:
    async def story(legs: Legs) -> None:
        asked_by = AskedBy(line=CARLA, transferred_blind="nobodys-phone")
        outcome = await legs.ask(LONDON, asked_by, "1234", account="firm")
        assert outcome is Outcome.REFUSED_UNASKED
        assert not legs.was_asked

    with_gate(tmp_path, story)
    assert (last_call().user, last_call().payer) == (None, "unknown")


def test_the_phone_of_a_deactivated_user_is_one_that_nobody_has(
    firm: LawFirm, tmp_path: Path
) -> None:
    change_person(firm.ben, {"is_active": False}, actor=firm.olivia)

    async def story(legs: Legs) -> None:
        outcome = await legs.ask(LONDON, AskedBy(line=BEN), "1234", account="firm")
        assert outcome is Outcome.REFUSED_UNASKED
        assert await legs.ask(DOWNTOWN, AskedBy(line=BEN), account="firm") is Outcome.NOT_GATED

    with_gate(tmp_path, story)
    assert {call.payer for call in every(Call)} == {"unknown"}


def test_the_people_behind_a_trunk_are_asked_and_the_trunk_pays(
    firm: LawFirm, tmp_path: Path
) -> None:
    trunk = add_trunk(firm.account, name="Old PBX", endpoint="firm-pbx", actor=firm.olivia)
    save_user_settings(trunk, enabled=True, override=None, actor=firm.olivia)

    async def story(legs: Legs) -> None:
        behind = AskedBy(line="firm-pbx")
        assert await legs.ask(LONDON, behind, "1234", caller="4711") is Outcome.CONNECTED
        assert legs.was_asked
        assert await legs.ask(DOWNTOWN, behind, caller="4712") is Outcome.NOT_GATED

    with_gate(tmp_path, story)
    paid = every(Call).get(outcome="connected")
    assert (paid.user, paid.user_name, paid.caller) == (trunk, "Old PBX", "4711")


def test_the_switchs_own_numbers_are_internal(firm: LawFirm, tmp_path: Path) -> None:
    choose(firm, Unasked.REFUSE, replace(OUTSIDE_CALLS, other_outside=True))

    async def story(legs: Legs) -> None:
        assert await legs.ask("600", AskedBy(line=BEN)) is Outcome.ABANDONED
        await sync_to_async(change_account)(firm.account, {"own_numbers": ["600", "_7XX"]})

        async def not_gated() -> bool:
            return await legs.ask("600", AskedBy(line=BEN)) is Outcome.NOT_GATED

        await until(not_gated)
        assert await legs.ask("712", AskedBy(line=BEN)) is Outcome.NOT_GATED
        assert await legs.ask("812", AskedBy(line=BEN)) is Outcome.ABANDONED

    with_gate(tmp_path, story)
    assert every(Call).filter(dialed="712").get().direction == "internal"
