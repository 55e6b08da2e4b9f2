"""How guessable codes are, and the lockout over calls: reference sections 3 and 10."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.policy.guessing import (
    LockoutRule,
    WrongEntries,
    is_guessable,
    lucky_guess_chance,
)

RULE = LockoutRule(wrong_entries=10, within_seconds=900, locked_seconds=900)


@pytest.mark.parametrize(
    ("codes", "length", "tries", "warned"),
    [(33, 4, 3, False), (34, 4, 3, True), (4, 3, 3, True), (1000, 7, 9, False), (0, 3, 9, False)],
)
def test_a_chance_above_one_percent_is_warned_of(
    codes: int, length: int, tries: int, warned: bool
) -> None:
    assert is_guessable(codes, length, tries) is warned


def test_the_chance_is_tries_times_codes_over_all_codes_and_never_above_one() -> None:
    assert lucky_guess_chance(50, 4, 3) == pytest.approx(0.015)
    assert lucky_guess_chance(1000, 3, 9) == 1.0


def after(times: list[float]) -> WrongEntries:
    entries = WrongEntries()
    for at in times:
        entries = entries.after_wrong_entry(at, RULE)
    return entries


def test_the_tenth_wrong_entry_in_fifteen_minutes_locks_for_fifteen_minutes() -> None:
    nine = after([float(second) for second in range(9)])
    assert not nine.is_locked(9)
    assert nine.left(9, RULE) == 1
    ten = nine.after_wrong_entry(9, RULE)
    assert ten.is_locked(9)
    assert ten.is_locked(9 + 899)
    assert not ten.is_locked(9 + 900)


def test_entries_older_than_fifteen_minutes_no_longer_count() -> None:
    nine = after([float(second) for second in range(9)])
    assert not nine.after_wrong_entry(1000, RULE).is_locked(1000)


def test_after_a_lock_the_count_begins_anew() -> None:
    locked = after([0.0] * 10)
    assert locked.left(901, RULE) == 10


@given(st.lists(st.floats(0, 1e6), max_size=60).map(sorted))
def test_never_more_than_ten_guesses_count_in_any_fifteen_minutes(times: list[float]) -> None:
    entries = WrongEntries()
    allowed: list[float] = []
    for at in times:
        if entries.left(at, RULE) == 0:
            continue
        allowed.append(at)
        entries = entries.after_wrong_entry(at, RULE)
    for start in allowed:
        assert sum(1 for at in allowed if start <= at < start + 900) <= 10
