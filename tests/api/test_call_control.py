"""Call control: another switch asks step by step, and gets the gate's flow and records."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from django.core.management import call_command
from django.utils import timezone

from callmark.accounts.models import User
from callmark.calls.models import Call
from callmark.calls.queries import lockout_of
from callmark.codes.models import AccountCodeSettings
from callmark.codes.services import (
    SettingsChange,
    add_code,
    delete_code,
    save_account_settings,
    save_user_settings,
)
from callmark.policy.prompt_options import PromptOptions
from callmark.policy.rules import CodeRules
from callmark.switches.http.models import HttpCall
from tests.api.programs import Program, body_of, problem, program_of
from tests.cast import OUTSIDE_CALLS, LawFirm, make_law_firm
from tests.leaks import shows
from tests.rows import every

Json: TypeAlias = Any
LONDON = "011442079460000"


class Phone:
    """A switch that brings calls of one user."""

    def __init__(self, program: Program, firm: LawFirm, user: User | None = None) -> None:
        self.program = program
        self.path = f"/accounts/{firm.account.pk}/call-control/calls"
        self.user = user or firm.ben

    def dial(self, number: str, call_id: str = "c1", **more: str) -> Json:
        body = {"call_id": call_id, "dialed": number, "user_id": str(self.user.pk), **more}
        answer = self.program.post(self.path, body)
        assert answer.status_code == 201, answer.content
        return body_of(answer)

    def enter(self, call: Json, sequence: int, digits: str) -> Json:
        body = {"sequence": sequence, "digits": digits}
        answer = self.program.post(f"{self.path}/{call['id']}/entries", body)
        assert answer.status_code == 200, answer.content
        return body_of(answer)

    def tell(self, call: Json, what: str, body: Json = None) -> Json:
        answer = self.program.post(f"{self.path}/{call['id']}/{what}", body)
        assert answer.status_code == 200, answer.content
        return body_of(answer)


@pytest.fixture
def phone(firm: LawFirm, olivia: Program) -> Phone:
    return Phone(olivia, firm)


def prompts(step: Json) -> list[str]:
    return [one["prompt"] for one in step["prompts"]]


def test_number_and_code_in_one_go_leave_no_digits_behind(phone: Phone, firm: LawFirm) -> None:
    save_account_settings(
        firm.account,
        SettingsChange(3, CodeRules(international=True), options=PromptOptions(separator="*")),
        enable_everyone=True,
        expected_version=every(AccountCodeSettings).get(account=firm.account).version,
        actor=firm.olivia,
    )
    step = phone.dial(f"{LONDON}*8086")
    assert (step["action"], step["number"], prompts(step)) == ("connect", LONDON, ["splash"])
    assert phone.dial(f"{LONDON}*8086") == step
    row = every(HttpCall).get()
    assert row.request["dialed"] == LONDON
    assert not shows("8086", [row.request, row.state, row.answers])
    assert phone.dial("911*1234", "c2")["number"] == "911"


def test_a_wrong_code_then_the_right_one(phone: Phone, firm: LawFirm) -> None:
    ask = phone.dial(LONDON)
    assert (ask["action"], prompts(ask)) == ("collect", ["enter_code"])
    assert ask["collect"] == {
        "sequence": 1,
        "max_digits": 4,
        "first_digit_seconds": 10.0,
        "between_digits_seconds": 5.0,
        "terminator": "#",
        "alone": "",
    }
    assert not every(Call).exists()
    again = phone.enter(ask, 1, "9999")
    assert (prompts(again), again["collect"]["sequence"]) == (["invalid_entry"], 2)
    connect = phone.enter(ask, 2, "1234")
    assert (connect["action"], connect["outcome"]) == ("connect", "connected")
    assert prompts(connect) == ["splash"]
    assert connect["account_code"] == {"id": str(firm.code.pk), "name": "Harper v. Castellan"}


def test_the_record_is_as_the_gate_writes_it(phone: Phone, firm: LawFirm) -> None:
    call = phone.dial(LONDON, caller="+12125550101", linked_id="l1")
    phone.enter(call, 1, "9999")
    phone.enter(call, 2, "1234")
    record = every(Call).get()
    assert str(record.pk) == call["id"]
    assert (record.account, record.user, record.user_name) == (firm.account, firm.ben, "Ben")
    assert (record.switch, record.switch_call_id, record.linked_id) == ("api", "c1", "l1")
    assert (record.direction, record.call_type) == ("outbound", "international")
    assert (record.outcome, record.e164) == ("connected", "+442079460000")
    assert (record.account_code, record.code) == ("1234", firm.code)
    assert [one.result for one in record.attempts.all()] == ["unknown_code", "accepted"]
    assert not record.simulated
    end = {
        "answered_at": "2026-11-23T09:30:00Z",
        "ended_at": "2026-11-23T09:30:25Z",
        "disposition": "ANSWERED",
    }
    over = phone.tell(call, "end", end)
    assert (over["action"], over["outcome"]) == ("none", "connected")
    record.refresh_from_db()
    assert (record.seconds, record.disposition) == (25, "ANSWERED")


@pytest.mark.parametrize(
    ("number", "call_type", "direction"),
    [
        ("911", "emergency", "outbound"),
        ("2125550100", "domestic", "outbound"),
        ("102", "internal", "internal"),
    ],
)
def test_a_call_that_needs_no_code_connects_at_once(
    number: str, call_type: str, direction: str, phone: Phone
) -> None:
    step = phone.dial(number)
    assert (step["action"], step["outcome"], step["call_type"]) == (
        "connect",
        "not_gated",
        call_type,
    )
    assert step["prompts"] == []
    assert every(Call).get().direction == direction


def test_the_limit_of_wrong_entries_ends_the_call(phone: Phone) -> None:
    call = phone.dial(LONDON)
    phone.enter(call, 1, "9999")
    assert prompts(phone.enter(call, 2, "123")) == ["wrong_length"]
    end = phone.enter(call, 3, "")
    assert (end["action"], end["outcome"]) == ("end", "ended_after_max_retries")
    assert prompts(end) == ["max_attempts", "goodbye"]
    assert [one.result for one in every(Call).get().attempts.all()] == [
        "unknown_code",
        "wrong_length",
        "no_digits",
    ]


@pytest.mark.django_db
def test_with_proceed_on_it_goes_on_untagged() -> None:
    from dataclasses import replace

    firm = make_law_firm(
        rules=replace(OUTSIDE_CALLS, proceed_after_max_retries=True), max_retries=1
    )
    phone = Phone(program_of(firm.otto), firm)
    step = phone.enter(phone.dial(LONDON), 1, "9999")
    assert (step["action"], step["outcome"]) == ("connect", "proceeded_after_max_retries")
    assert step["account_code"] is None
    assert every(Call).get().account_code == ""


def test_a_repeated_request_gets_the_same_answer_and_counts_once(phone: Phone) -> None:
    first = phone.dial(LONDON)
    assert phone.dial(LONDON) == first
    wrong = phone.enter(first, 1, "9999")
    # Whatever it says the second time: the first is what was judged.
    assert phone.enter(first, 1, "9999") == wrong
    assert phone.enter(first, 1, "1234") == wrong
    assert phone.dial(LONDON) == first
    right = phone.enter(first, 2, "1234")
    assert phone.enter(first, 2, "1234") == right
    assert phone.enter(first, 1, "9999") == wrong
    assert every(Call).get().attempts.count() == 2


def test_entries_come_in_order(phone: Phone) -> None:
    call = phone.dial(LONDON)
    path = f"{phone.path}/{call['id']}/entries"
    answer = phone.program.post(path, {"sequence": 2, "digits": "1234"})
    assert problem(answer) == (409, "out_of_sequence")
    phone.enter(call, 1, "1234")
    answer = phone.program.post(path, {"sequence": 2, "digits": "1234"})
    assert problem(answer) == (409, "call_finished")


def test_a_call_id_is_for_one_call(phone: Phone, firm: LawFirm) -> None:
    phone.dial(LONDON)
    for body in (
        {"call_id": "c1", "dialed": "2125550100", "user_id": str(firm.ben.pk)},
        {"call_id": "c1", "dialed": LONDON, "user_id": str(firm.carla.pk)},
    ):
        assert problem(phone.program.post(phone.path, body)) == (409, "call_id_in_use")


def test_two_accounts_may_use_the_same_call_id(firm: LawFirm, other: LawFirm, otto: User) -> None:
    here, there = Phone(program_of(otto), firm), Phone(program_of(otto), other)
    one, two = here.dial(LONDON), there.dial(LONDON)
    assert one["id"] != two["id"]
    answer = here.program.get(f"{here.path}/{two['id']}")
    assert problem(answer) == (404, "not_found")


def test_the_next_action_can_be_read_again(phone: Phone) -> None:
    call = phone.dial(LONDON)
    wrong = phone.enter(call, 1, "9999")
    assert body_of(phone.program.get(f"{phone.path}/{call['id']}")) == wrong


def test_hanging_up_at_the_prompt_is_abandoned_and_later_changes_nothing(phone: Phone) -> None:
    call = phone.dial(LONDON)
    assert phone.tell(call, "hang-up")["outcome"] == "abandoned"
    assert phone.tell(call, "hang-up")["outcome"] == "abandoned"
    assert every(Call).get().outcome == "abandoned"
    tagged = phone.dial(LONDON, "c2")
    phone.enter(tagged, 1, "1234")
    assert phone.tell(tagged, "hang-up")["outcome"] == "connected"


def test_the_end_of_a_call_still_at_the_prompt_is_a_hang_up(phone: Phone) -> None:
    call = phone.dial(LONDON)
    over = phone.tell(call, "end", {"ended_at": "2026-11-23T09:30:00Z"})
    assert (over["action"], over["outcome"]) == ("none", "abandoned")
    assert every(Call).get().seconds == 0
    again = phone.tell(call, "end", {"ended_at": "2026-11-23T09:31:00Z", "seconds": 60})
    assert again == over
    assert every(Call).get().seconds == 0


def test_the_hash_key_ends_an_entry(phone: Phone) -> None:
    assert phone.enter(phone.dial(LONDON), 1, "1234#")["action"] == "connect"


def test_a_caller_by_extension(phone: Phone, firm: LawFirm) -> None:
    body = {"call_id": "c1", "dialed": LONDON, "extension": "102"}
    assert phone.program.post(phone.path, body).status_code == 201
    phone.tell(body_of(phone.program.post(phone.path, body)), "hang-up")
    assert every(Call).get().user == firm.carla
    wrong = body | {"call_id": "c2", "extension": "999"}
    assert problem(phone.program.post(phone.path, wrong)) == (422, "unknown_extension")
    both = body | {"call_id": "c3", "user_id": str(firm.ben.pk)}
    assert problem(phone.program.post(phone.path, both)) == (422, "one_caller")


def guess(phone: Phone, times: int, *, finish: bool = True) -> None:
    for number in range(times):
        call = phone.dial(LONDON, f"guess-{number}")
        phone.enter(call, 1, "9999")
        if finish:
            phone.tell(call, "hang-up")


@pytest.mark.parametrize("finish", [True, False], ids=["calls over", "calls left at the prompt"])
def test_guessing_over_many_calls_locks_the_user_out(
    finish: bool, phone: Phone, firm: LawFirm, olivia: Program, at: str
) -> None:
    guess(phone, 10, finish=finish)
    locked = phone.dial(LONDON, "locked")
    assert (locked["action"], prompts(locked)) == ("end", ["locked_out", "goodbye"])
    # Others are not affected, nor are calls that need no code.
    carla = Phone(phone.program, firm, firm.carla)
    assert carla.dial(LONDON, "carla")["action"] == "collect"
    assert phone.dial("911", "emergency")["action"] == "connect"
    if finish:
        assert lockout_of(firm.ben) is not None
        assert olivia.delete(f"{at}/lockouts/{firm.ben.pk}").status_code == 204
        assert phone.dial(LONDON, "lifted")["action"] == "collect"


def test_the_guess_that_fills_the_limit_ends_its_own_call(phone: Phone) -> None:
    guess(phone, 9)
    last = phone.enter(phone.dial(LONDON, "last"), 1, "9999")
    assert (last["action"], prompts(last)) == ("end", ["locked_out", "goodbye"])


def test_digits_are_never_stored(
    phone: Phone, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    call = phone.dial(LONDON)
    phone.enter(call, 1, "8642")
    phone.enter(call, 2, "1234")
    call_command("dumpdata", "api", "calls", "audit")
    dump = capsys.readouterr().out
    for digits in ("8642", '"1234"'):
        assert not shows(digits, dump)
        assert not shows(digits, caplog.text)


def test_a_code_changed_during_the_call_counts_as_it_is_now(phone: Phone, firm: LawFirm) -> None:
    call = phone.dial(LONDON)
    add_code(firm.account, name="New", code="5555", actor=None)
    delete_code(firm.code, actor=None)
    assert phone.enter(call, 1, "1234")["action"] == "collect"
    assert phone.enter(call, 2, "5555")["action"] == "connect"


def test_settings_stay_as_they_were_when_the_call_began(phone: Phone, firm: LawFirm) -> None:
    call = phone.dial(LONDON)
    save_user_settings(firm.ben, enabled=False, override=None, actor=None)
    assert phone.enter(call, 1, "9999")["action"] == "collect"
    assert phone.dial(LONDON, "next")["action"] == "connect"


def test_a_call_that_waits_while_callmark_is_updated_from_0_1_goes_on(phone: Phone) -> None:
    ask = phone.dial(LONDON)
    waiting = every(HttpCall).get()
    waiting.state["settings"]["switches"] = waiting.state["settings"].pop("rules")
    waiting.save()
    assert phone.enter(ask, 1, "1234")["outcome"] == "connected"


def test_a_call_forgotten_at_the_prompt_is_abandoned(phone: Phone) -> None:
    call = phone.dial(LONDON)
    every(HttpCall).update(touched_at=timezone.now() - timedelta(minutes=11))
    phone.dial("2125550100", "another")
    assert every(Call).get(pk=call["id"]).outcome == "abandoned"
    assert phone.tell(call, "hang-up")["outcome"] == "abandoned"


def test_an_emergency_call_goes_on_when_it_cannot_be_recorded(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import DatabaseError

    def fail(_entry: object) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr("callmark.switches.http.question.store", fail)
    assert phone.dial("911")["action"] == "connect"
    body = {"call_id": "c2", "dialed": "2125550100", "user_id": str(phone.user.pk)}
    assert phone.program.post(phone.path, body).status_code == 500


def test_the_same_call_by_gate_and_by_call_control_differ_in_nothing(
    phone: Phone, firm: LawFirm
) -> None:
    from callmark.switches.simulator import simulate

    simulate(firm.ben, LONDON, ["9999", "12", "1234"])
    call = phone.dial(LONDON)
    for sequence, digits in enumerate(["9999", "12", "1234"], start=1):
        phone.enter(call, sequence, digits)
    simulated, controlled = every(Call).order_by("simulated").reverse()
    same: list[Callable[[Call], object]] = [
        lambda one: one.why,
        lambda one: one.outcome,
        lambda one: one.call_type,
        lambda one: one.account_code,
        lambda one: [attempt.result for attempt in one.attempts.all()],
    ]
    for look in same:
        assert look(simulated) == look(controlled)
