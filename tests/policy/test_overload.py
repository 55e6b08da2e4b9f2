"""A gate that has more calls than it can serve gives back those that it would have to ask."""

from hypothesis import given
from hypothesis import strategies as st

from callmark.policy.overload import Bearable, Load, may_have_lost_digits, shed_because

BEARABLE = Bearable(calls=100, waiting=10, lag_seconds=0.03)


def test_beyond_so_many_calls_none_is_asked() -> None:
    assert shed_because(Load(100, 0, 0.0), BEARABLE) == ""
    assert shed_because(Load(101, 0, 0.0), BEARABLE) == "calls"


def test_a_queue_that_is_served_late_is_shortened() -> None:
    assert shed_because(Load(50, 11, 0.04), BEARABLE) == "lag"


def test_neither_a_busy_machine_nor_many_calls_of_one_moment_are_overload() -> None:
    assert shed_because(Load(50, 10, 9.0), BEARABLE) == ""
    assert shed_because(Load(50, 50, 0.02), BEARABLE) == ""


@given(*[st.integers(0, 300)] * 4)
def test_who_is_served_under_more_load_is_served_under_less(
    calls: int, waiting: int, lag: int, less: int
) -> None:
    if not shed_because(Load(calls, waiting, lag / 1000), BEARABLE):
        assert not shed_because(Load(calls // 2, waiting // 2, min(lag, less) / 1000), BEARABLE)


def test_digits_are_lost_in_a_long_gap_or_behind_an_answer_that_was_seen_late() -> None:
    assert not may_have_lost_digits(0.02, 0.02)
    assert may_have_lost_digits(0.2, 0.0)
    assert may_have_lost_digits(0.01, 0.2)
