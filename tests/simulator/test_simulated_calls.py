"""A call without a switch: the same flow, every step with its reason, marked in the history."""

import pytest

from callmark.calls.models import Call
from callmark.calls.queries import lockout_of
from callmark.switches.simulator import simulate
from tests.cast import LawFirm
from tests.leaks import shows
from tests.rows import every

pytestmark = pytest.mark.django_db

LONDON = "011442079460000"


def test_wrong_then_right_shows_each_step_and_why(firm: LawFirm) -> None:
    result = simulate(firm.ben, LONDON, ["9999", "1234"])
    assert [step.get("prompt", step["step"]) for step in result.steps] == [
        "dialed",
        "enter_code",
        "digits",
        "invalid_entry",
        "digits",
        "splash",
        "connect",
    ]
    assert result.outcome == "connected"
    assert result.account_code_name == "Harper v. Castellan"
    assert any("+44 differs from the caller's +1" in why for why in result.why)
    assert any("'International' is on" in why for why in result.steps[1]["why"])


def test_digits_pressed_beyond_the_codes_length_or_after_the_terminator_are_not_used(
    firm: LawFirm,
) -> None:
    assert simulate(firm.ben, LONDON, ["12345"]).outcome == "connected"
    wrong = simulate(firm.ben, LONDON, ["12#34"])
    assert "wrong_length" in [step.get("prompt") for step in wrong.steps]


def test_a_caller_without_more_digits_hangs_up_and_is_abandoned(firm: LawFirm) -> None:
    assert simulate(firm.ben, LONDON, ["9999"]).outcome == "abandoned"


def test_a_caller_who_stays_on_the_line_is_waited_for(firm: LawFirm) -> None:
    result = simulate(firm.ben, LONDON, ["9999"], hang_up=False)
    assert result.outcome is None
    assert result.waiting_for is not None
    assert not every(Call).exists()


def test_silence_is_a_wrong_entry(firm: LawFirm) -> None:
    assert simulate(firm.ben, LONDON, ["", "", ""]).outcome == "ended_after_max_retries"


def test_the_call_is_in_the_history_marked_as_simulated(firm: LawFirm) -> None:
    simulate(firm.ben, LONDON, ["9999", "1234"])
    call = every(Call).get()
    assert call.simulated
    assert (call.account_code, call.attempts.count()) == ("1234", 2)


def test_nothing_is_kept_when_asked_not_to(firm: LawFirm) -> None:
    simulate(firm.ben, LONDON, ["1234"], record=False)
    assert not every(Call).exists()


def test_wrong_entries_in_simulated_calls_lock_nobody_out(firm: LawFirm) -> None:
    for _ in range(4):
        simulate(firm.ben, LONDON, ["9999", "9998", "9997"])
    assert lockout_of(firm.ben) is None
    assert simulate(firm.ben, LONDON, ["1234"]).outcome == "connected"


def test_entered_digits_show_in_no_step(firm: LawFirm) -> None:
    result = simulate(firm.ben, LONDON, ["9876", "1234"])
    assert not shows("9876", result.steps)
    assert not shows("1234", result.steps)
