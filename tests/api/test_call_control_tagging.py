"""Tagging by star code over call control (reference section 6): the gate's flow and records."""

from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from django.core.management import call_command
from django.utils import timezone

from callmark.accounts.deletion import delete_person
from callmark.accounts.models import User
from callmark.accounts.services import change_account
from callmark.calls.models import Call
from callmark.codes.services import add_code, save_user_settings
from callmark.sign_in.api_tokens import Scope
from callmark.switches.http.models import HttpTagging
from tests.api.programs import Program, body_of, problem, program_of
from tests.cast import LawFirm
from tests.leaks import shows
from tests.rows import every

Json: TypeAlias = Any
LONDON = "011442079460000"
CAME_IN = {"direction": "inbound", "number": "+442079460000"}
END = {
    "answered_at": "2026-11-23T09:30:00Z",
    "ended_at": "2026-11-23T09:30:25Z",
    "disposition": "ANSWERED",
}


class Switch:
    """A switch of the firm that asks over HTTP."""

    def __init__(self, program: Program, firm: LawFirm) -> None:
        self.program = program
        self.firm = firm
        self.path = f"/accounts/{firm.account.pk}/call-control"

    def post(self, path: str, body: Json = None) -> Json:
        answer = self.program.post(f"{self.path}{path}", body)
        assert answer.status_code in {200, 201}, answer.content
        return body_of(answer)

    def call(self, dialed: str, call_id: str = "c1", **more: str) -> Json:
        """Ben dials, or is called with direction inbound."""
        body = {"call_id": call_id, "dialed": dialed, "user_id": str(self.firm.ben.pk), **more}
        return self.post("/calls", body)

    def body(self, call_id: str, tagging_id: str, user: User | None = None) -> dict[str, str]:
        pressed_by = user or self.firm.ben
        return {"call_id": call_id, "tagging_id": tagging_id, "user_id": str(pressed_by.pk)}

    def press(self, call_id: str = "c1", tagging_id: str = "t1", **more: str) -> Json:
        """Ben dials the star code."""
        return self.post("/taggings", self.body(call_id, tagging_id) | more)

    def enter(self, tagging: Json, sequence: int, digits: str) -> Json:
        body = {"sequence": sequence, "digits": digits}
        return self.post(f"/taggings/{tagging['id']}/entries", body)


@pytest.fixture
def switch(firm: LawFirm, olivia: Program) -> Switch:
    return Switch(olivia, firm)


def prompts(step: Json) -> list[str]:
    return [one["prompt"] for one in step["prompts"]]


def entries_on(call: Call) -> list[tuple[str, str, str]]:
    attempts = call.attempts.all()
    return [(one.result, one.entered_by, one.account_code_name) for one in attempts]


def test_a_call_under_way_is_tagged(switch: Switch, firm: LawFirm) -> None:
    started = switch.call("2125550100")
    collect = switch.press()
    assert (collect["action"], prompts(collect)) == ("collect", [])
    assert collect["collect"]["sequence"] == 1
    assert collect["record_id"] == started["id"]
    tagged = switch.enter(collect, 1, "1234")
    assert (tagged["action"], prompts(tagged), tagged["collect"]) == ("resume", ["splash"], None)
    assert tagged["account_code"] == {"id": str(firm.code.pk), "name": "Harper v. Castellan"}
    call = every(Call).get()
    assert (call.account_code, call.code, call.entered_by) == ("1234", firm.code, "star_code")
    assert entries_on(call) == [("accepted", "star_code", "Harper v. Castellan")]


def test_a_wrong_code_is_refused_up_to_the_limit_and_the_call_goes_on(switch: Switch) -> None:
    switch.call("2125550100")
    tagging = switch.press()
    again = switch.enter(tagging, 1, "9999")
    assert (again["action"], prompts(again)) == ("collect", ["invalid_entry"])
    assert again["collect"]["sequence"] == 2
    assert prompts(switch.enter(tagging, 2, "12")) == ["invalid_entry"]
    over = switch.enter(tagging, 3, "")
    assert (over["action"], prompts(over)) == ("resume", ["max_attempts"])
    call = every(Call).get()
    assert (call.account_code, call.outcome, call.ended_at) == ("", "not_gated", None)
    assert [one[0] for one in entries_on(call)] == ["unknown_code", "wrong_length", "no_digits"]


def test_a_later_code_replaces_an_earlier_one_and_both_stay_in_the_history(
    switch: Switch, firm: LawFirm
) -> None:
    add_code(firm.account, name="Estate of Whitlock", code="2086", actor=None)
    asked = switch.call(LONDON)
    switch.post(f"/calls/{asked['id']}/entries", {"sequence": 1, "digits": "1234"})
    switch.enter(switch.press(), 1, "2086")
    switch.enter(switch.press(tagging_id="t2"), 1, "1234#")
    call = every(Call).get()
    assert (call.account_code, call.entered_by) == ("1234", "star_code")
    assert entries_on(call) == [
        ("accepted", "prompt", "Harper v. Castellan"),
        ("accepted", "star_code", "Estate of Whitlock"),
        ("accepted", "star_code", "Harper v. Castellan"),
    ]


def test_a_repeated_request_gets_the_same_answer_and_counts_once(switch: Switch) -> None:
    switch.call("2125550100")
    first = switch.press()
    assert switch.press() == first
    wrong = switch.enter(first, 1, "9999")
    assert switch.enter(first, 1, "1234") == wrong
    right = switch.enter(first, 2, "1234")
    assert switch.enter(first, 2, "9999") == right
    assert switch.press() == first
    answer = switch.program.get(f"{switch.path}/taggings/{first['id']}")
    assert body_of(answer) == right
    assert every(Call).get().attempts.count() == 2


def test_entries_come_in_order_and_end(switch: Switch, firm: LawFirm) -> None:
    switch.call("2125550100")
    tagging = switch.press()
    path = f"{switch.path}/taggings/{tagging['id']}/entries"
    late = {"sequence": 2, "digits": "1234"}
    assert problem(switch.program.post(path, late)) == (409, "out_of_sequence")
    switch.enter(tagging, 1, "1234")
    assert problem(switch.program.post(path, late)) == (409, "tagging_finished")
    other = switch.body("c1", "t1", firm.carla)
    answer = switch.program.post(f"{switch.path}/taggings", other)
    assert problem(answer) == (409, "tagging_id_in_use")


def test_the_colleague_who_answered_tags_the_same_call(switch: Switch, firm: LawFirm) -> None:
    switch.call("102", linked_id="whole")
    leg = switch.body("c1-leg-2", "t1", firm.carla) | {"linked_id": "whole"}
    switch.enter(switch.post("/taggings", leg), 1, "1234")
    call = every(Call).get()
    assert (call.user, call.direction, call.account_code) == (firm.ben, "internal", "1234")


def test_a_call_that_came_in_is_recorded_and_nobody_is_asked(switch: Switch, firm: LawFirm) -> None:
    step = switch.call("101", direction="inbound", caller="+442079460000")
    assert (step["action"], step["prompts"], step["outcome"]) == ("connect", [], "not_gated")
    assert (step["call_type"], step["e164"]) == (None, None)
    assert switch.call("101", direction="inbound", caller="+442079460000") == step
    call = every(Call).get()
    assert (call.direction, call.user, call.call_type) == ("inbound", firm.ben, "")
    assert (call.caller, call.dialed) == ("+442079460000", "101")
    switch.enter(switch.press(), 1, "1234")
    assert switch.post(f"/calls/{step['id']}/end", END)["action"] == "none"
    call.refresh_from_db()
    assert (call.account_code, call.seconds, call.disposition) == ("1234", 25, "ANSWERED")
    shown = switch.program.get(f"/accounts/{firm.account.pk}/calls/{step['id']}")
    assert body_of(shown)["direction"] == "inbound"
    for part, found in (("2079460000", 1), ("5550100", 0)):
        listed = switch.program.get(f"/accounts/{firm.account.pk}/calls?number={part}")
        assert len(body_of(listed)["items"]) == found


def test_an_inbound_call_never_told_before_is_recorded_when_it_is_tagged(
    switch: Switch, firm: LawFirm
) -> None:
    tagging = switch.press("never-told", **CAME_IN)
    call = every(Call).get()
    assert (call.direction, call.caller, call.dialed) == ("inbound", "+442079460000", "101")
    assert (call.user, call.switch, call.switch_call_id) == (firm.ben, "api", "never-told")
    switch.enter(tagging, 1, "1234")
    switch.post(f"/calls/{tagging['record_id']}/end", END)
    call.refresh_from_db()
    assert (call.account_code, call.seconds) == ("1234", 25)


def test_an_outbound_call_never_told_before_is_recorded_when_it_is_tagged(switch: Switch) -> None:
    tagging = switch.press("never-told", direction="outbound", number=LONDON)
    call = every(Call).get()
    assert (call.direction, call.call_type) == ("outbound", "international")
    assert (call.caller, call.dialed, call.e164) == ("101", LONDON, "+442079460000")
    assert "without asking" in call.why[-1]
    switch.enter(tagging, 1, "1234")
    call.refresh_from_db()
    assert call.account_code == "1234"


def test_a_call_id_that_nobody_knows_is_refused_without_direction_and_number(
    switch: Switch,
) -> None:
    answer = switch.program.post(f"{switch.path}/taggings", switch.body("mistyped", "t1"))
    assert problem(answer) == (422, "unknown_call")
    assert not every(Call).exists()


def test_only_a_connected_call_can_be_tagged(switch: Switch) -> None:
    at_the_prompt = switch.call(LONDON)
    body = switch.body("c1", "t1")
    assert problem(switch.program.post(f"{switch.path}/taggings", body)) == (409, "call_at_prompt")
    switch.post(f"/calls/{at_the_prompt['id']}/hang-up")
    assert problem(switch.program.post(f"{switch.path}/taggings", body)) == (409, "call_over")
    over = switch.call("2125550100", "c2")
    switch.post(f"/calls/{over['id']}/end", END)
    body = switch.body("c2", "t1")
    assert problem(switch.program.post(f"{switch.path}/taggings", body)) == (409, "call_over")


@pytest.mark.parametrize("how", ["hang-up", "end of the call", "forgotten", "user deleted"])
def test_a_tagging_left_unfinished_keeps_its_wrong_entries(
    how: str, switch: Switch, firm: LawFirm
) -> None:
    started = switch.call("2125550100")
    tagging = switch.press()
    switch.enter(tagging, 1, "9999")
    if how == "hang-up":
        left = switch.post(f"/taggings/{tagging['id']}/hang-up")
        assert (left["action"], left["prompts"]) == ("resume", [])
        assert switch.post(f"/taggings/{tagging['id']}/hang-up") == left
    elif how == "end of the call":
        switch.post(f"/calls/{started['id']}/end", END)
    elif how == "forgotten":
        every(HttpTagging).update(touched_at=timezone.now() - timedelta(minutes=11))
        switch.call("2125550100", "another")
    else:
        delete_person(firm.ben, actor=firm.olivia)
    assert entries_on(every(Call).get(pk=started["id"])) == [("unknown_code", "star_code", "")]


@pytest.mark.parametrize("finish", [True, False], ids=["done", "left at the prompt"])
def test_a_cheap_call_is_no_place_to_guess_codes(finish: bool, switch: Switch) -> None:
    switch.call("2125550100")
    for number in range(5):
        tagging = switch.press(tagging_id=f"t{number}")
        switch.enter(tagging, 1, "9999")
        switch.enter(tagging, 2, "9999")
        if finish:
            switch.post(f"/taggings/{tagging['id']}/hang-up")
    locked = switch.press(tagging_id="locked")
    assert (locked["action"], prompts(locked)) == ("resume", ["locked_out"])
    assert switch.call(LONDON, "c2")["action"] == "end"
    assert every(Call).get(switch_call_id="c1").ended_at is None


def test_who_has_the_feature_off_just_goes_on_talking(switch: Switch, firm: LawFirm) -> None:
    save_user_settings(firm.ben, enabled=False, override=None, actor=None)
    switch.call("2125550100")
    step = switch.press()
    assert (step["action"], step["prompts"], step["collect"]) == ("resume", [], None)
    assert not every(Call).get().attempts.exists()


def test_digits_are_never_stored(
    switch: Switch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    switch.call("2125550100")
    tagging = switch.press()
    switch.enter(tagging, 1, "8642")
    call_command("dumpdata", "api", "calls", "audit")
    waiting = capsys.readouterr().out
    switch.enter(tagging, 2, "1234")
    call_command("dumpdata", "api", "calls", "audit")
    for digits in ("8642", '"1234"'):
        assert not shows(digits, waiting + capsys.readouterr().out)
        assert not shows(digits, caplog.text)


def test_another_accounts_call_is_not_found_by_its_ids(
    switch: Switch, other: LawFirm, otto: User
) -> None:
    there = Switch(program_of(otto), other)
    there.call("2125550100", linked_id="whole")
    body = switch.body("c1", "t1") | {"linked_id": "whole"}
    assert problem(switch.program.post(f"{switch.path}/taggings", body)) == (422, "unknown_call")
    theirs = there.press()
    answer = switch.program.get(f"{switch.path}/taggings/{theirs['id']}")
    assert problem(answer) == (404, "not_found")


def test_the_switch_reads_the_star_code_with_a_token_for_call_control(
    switch: Switch, firm: LawFirm
) -> None:
    change_account(firm.account, {"star_code": "*123"}, actor=None)
    program = program_of(firm.olivia, scopes=(Scope.CALL_CONTROL,))
    told = body_of(program.get(switch.path))
    assert told["star_code"] == "*123"
    assert {"911", "933", "988"} <= set(told["emergency_numbers"])
