"""A gate that has more calls than it can serve gives back those that it would have to ask."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from callmark.policy.overload import (
    MOST_CLOSED_SECONDS,
    Bearable,
    Load,
    Pace,
    all_are_asked_abroad,
    may_have_lost_digits,
    shed_because,
)
from callmark.policy.prompt_options import NO_OPTIONS, PromptOptions
from callmark.policy.rules import CodeRules
from callmark.policy.settings import NEVER_ASKED, EffectiveSettings, Unasked

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


def asked(pace: Pace, rate: int, seconds: int, *, late: float, begin: int = 0) -> int:
    """How many of so many calls a second are asked."""
    moments = (begin + n / rate for n in range(rate * seconds))
    return sum(pace.allows(moment, late) for moment in moments)


def test_as_long_as_nothing_is_late_every_call_is_asked() -> None:
    assert asked(Pace(BEARABLE), 500, 10, late=0.03) == 5000


def test_once_calls_are_served_late_fewer_are_asked_and_more_again_when_they_are_not() -> None:
    pace = Pace(BEARABLE)
    asked(pace, 100, 5, late=0.0)
    asked(pace, 100, 1, late=0.1, begin=5)
    first = asked(pace, 100, 1, late=0.1, begin=6)
    later = asked(pace, 100, 1, late=0.1, begin=7)
    assert BEARABLE.always < later < first < 95
    asked(pace, 100, 40, late=0.0, begin=8)
    assert asked(pace, 100, 1, late=0.0, begin=48) == 100


def test_on_a_slow_machine_so_many_are_asked_however_late() -> None:
    pace = Pace(BEARABLE)
    assert asked(pace, 10, 100, late=5.0) == 1000
    assert asked(pace, 100, 100, late=5.0, begin=100) >= 100 * BEARABLE.always


def test_on_a_slow_machine_calls_of_one_moment_are_asked_now_and_then() -> None:
    pace = Pace(BEARABLE)
    for moment in range(0, 100, 5):
        assert all(pace.allows(float(moment), 5.0) for _ in range(int(BEARABLE.always)))


def test_who_is_given_back_hears_for_how_long_others_would_be() -> None:
    pace = Pace(BEARABLE)
    assert pace.closed_seconds() == 0.0
    asked(pace, 100, 5, late=0.0)
    asked(pace, 100, 2, late=0.1, begin=5)
    moment = 7.0
    while pace.allows(moment, 0.0):
        moment += 0.001
    closed = pace.closed_seconds()
    assert 0.0 < closed <= MOST_CLOSED_SECONDS
    assert sum(pace.allows(moment + closed + 1e-6, 0.0) for _ in range(10)) >= 4


def abroad(
    *,
    everybody: bool = True,
    options: PromptOptions = NO_OPTIONS,
    unasked: Unasked = Unasked.REFUSE_COSTLY,
) -> bool:
    asked = EffectiveSettings(True, 4, 3, CodeRules(international=True))
    others = (asked,) if everybody else (replace(asked, rules=CodeRules(premium=True)),)
    return all_are_asked_abroad((asked, *others), options, unasked)


def test_calls_abroad_are_kept_from_a_full_gate_only_where_each_of_them_would_be_asked() -> None:
    assert abroad()
    assert abroad(options=PromptOptions(decline=True, same_code=True))
    assert not abroad(everybody=False)
    assert not abroad(options=PromptOptions(kept_minutes=60))
    assert not abroad(unasked=Unasked.LET_THROUGH)
    assert not all_are_asked_abroad([NEVER_ASKED], NO_OPTIONS, Unasked.REFUSE)
