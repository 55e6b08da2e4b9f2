"""How many requests are allowed, and how a program learns of it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from pytest_django import Settings

from tests.api.programs import Program, body_of, problem
from tests.cast import LawFirm


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """The time stands still, 15 seconds before the turn of a minute."""
    with time_machine.travel(datetime(2026, 11, 23, 9, 30, 45, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def _few(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_REQUESTS_A_MINUTE = 3
    settings.API_CALL_CONTROL_REQUESTS_A_MINUTE = 5
    monkeypatch.setattr("callmark.api.rate_limits.ANONYMOUS_A_MINUTE", 2)


def test_every_answer_tells_what_is_left(olivia: Program) -> None:
    left = []
    for _ in range(3):
        answer = olivia.get("/me")
        assert answer["RateLimit-Policy"] == '"default";q=3;w=60'
        left.append(answer["RateLimit"])
    assert left == ['"default";r=2;t=15', '"default";r=1;t=15', '"default";r=0;t=15']


def test_too_many_are_refused_and_told_when_to_come_again(olivia: Program) -> None:
    for _ in range(3):
        olivia.get("/me")
    answer = olivia.get("/me")
    assert problem(answer) == (429, "too_many_requests")
    assert answer["Retry-After"] == "15"
    assert "Wait 15 seconds" in body_of(answer)["detail"]


def test_the_next_minute_is_a_new_one(olivia: Program, clock: time_machine.Traveller) -> None:
    for _ in range(4):
        olivia.get("/me")
    clock.shift(15)
    assert olivia.get("/me").status_code == 200


def test_each_token_has_its_own_limit(olivia: Program, operator: Program) -> None:
    for _ in range(4):
        olivia.get("/me")
    assert operator.get("/me").status_code == 200


def test_wrong_requests_count_too(olivia: Program, at: str) -> None:
    for _ in range(3):
        olivia.post(f"{at}/codes", {"nonsense": 1})
    assert problem(olivia.get("/me")) == (429, "too_many_requests")


def test_call_control_has_a_limit_of_its_own(firm: LawFirm, olivia: Program, at: str) -> None:
    for _ in range(4):
        olivia.get("/me")
    start = {"call_id": "c1", "dialed": "2125550100", "user_id": str(firm.ben.pk)}
    answer = olivia.post(f"{at}/call-control/calls", start)
    assert answer.status_code == 201
    assert answer["RateLimit-Policy"] == '"call-control";q=5;w=60'


def test_guessing_tokens_is_slowed_down(db: None) -> None:
    codes = [problem(Program(f"cmk_guess{n}").get("/me"))[1] for n in range(3)]
    assert codes == ["not_signed_in", "not_signed_in", "too_many_requests"]


def test_asking_without_a_token_is_slowed_down(db: None) -> None:
    nobody = Program("")
    codes = [problem(nobody.get("/me", authorization=""))[1] for _ in range(3)]
    assert codes == ["not_signed_in", "not_signed_in", "too_many_requests"]
