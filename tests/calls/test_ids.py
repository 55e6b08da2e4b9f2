"""Ids of call records: UUIDv8 of RFC 9562, in the order of time, one a leg and always the same."""

from itertools import pairwise
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.calls.ids import inbound_id, leg_id

names = st.text(max_size=20)
moments = st.integers(min_value=100_000_000, max_value=99_999_999_999)
counters = st.integers(min_value=0, max_value=10**6)
systems = st.sampled_from(["", "pbx", "pbx-2", "north-west-7"])


def asterisk_id(system: str, seconds: int, counter: int) -> str:
    """As Asterisk's channel.c makes it."""
    return f"{system}-{seconds}.{counter}" if system else f"{seconds}.{counter}"


def milliseconds(of: UUID) -> int:
    return of.int >> 80


@given(names, names, names, st.integers(1, 99), st.floats(0, 2e11))
def test_every_id_is_a_version_8_uuid_of_rfc_9562(
    switch: str, system: str, call: str, leg: int, at: float
) -> None:
    for made in (
        leg_id(switch, system, call, leg, at=at),
        inbound_id(switch, system, call, at=at),
    ):
        assert (made.version, made.variant) == (8, RFC_4122)


@given(systems, moments, counters)
def test_the_first_48_bits_are_the_moment_at_which_the_switch_began_the_call(
    system: str, seconds: int, counter: int
) -> None:
    call = asterisk_id(system, seconds, counter)
    assert milliseconds(leg_id("main", system, call)) == seconds * 1000
    assert milliseconds(inbound_id("main", system, call)) == seconds * 1000


@given(st.lists(st.tuples(systems, moments, counters), min_size=2), names)
def test_ids_sort_as_calls_began(calls: list[tuple[str, int, int]], switch: str) -> None:
    begun = sorted(calls, key=lambda one: one[1])
    made = [(one[1], leg_id(switch, one[0], asterisk_id(*one))) for one in begun]
    for (at, first), (later, second) in pairwise(made):
        assert at == later or first < second
        assert at == later or str(first) < str(second)


@given(st.floats(0, 2e11), st.floats(0, 2e11))
def test_a_call_id_without_a_time_is_dated_by_the_caller(one: float, other: float) -> None:
    first, second = sorted((one, other))
    early, late = (leg_id("api", "", "call-1", at=at) for at in (first, second))
    assert milliseconds(early) == int(first * 1000)
    assert milliseconds(early) <= milliseconds(late)


parts = st.tuples(names, names, names, st.integers(1, 9))


@given(st.lists(parts, min_size=2, max_size=20, unique=True))
def test_two_legs_never_share_an_id_and_one_always_has_the_same(
    legs: list[tuple[str, str, str, int]],
) -> None:
    made = [leg_id(*leg) for leg in legs]
    assert len(set(made)) == len(legs)
    assert [leg_id(*leg) for leg in legs] == made


@given(names, names, names)
def test_a_call_that_came_in_is_no_leg_of_the_same_name(
    switch: str, system: str, call: str
) -> None:
    assert inbound_id(switch, system, call) != leg_id(switch, system, call)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c", "1700000000.1", 1), ("a", "bc", "1700000000.1", 1)),
        (("main", "", "1700000000.1", 1), ("main", "", "1700000000.1", 2)),
        (("main", "", "1700000000.1", 1), ("main", "", "1700000000.11", 1)),
        (("main", "", "1700000000.1", 11), ("main", "", "1700000000.11", 1)),
        (("main", "pbx", "pbx-1700000000.1", 1), ("main", "", "pbx-1700000000.1", 1)),
        (("north", "", "1700000000.1", 1), ("south", "", "1700000000.1", 1)),
    ],
)
def test_what_reads_alike_when_put_together_is_told_apart(
    one: tuple[str, str, str, int], other: tuple[str, str, str, int]
) -> None:
    assert leg_id(*one) != leg_id(*other)


@pytest.mark.parametrize("call", ["", "abc", "17.1", "x1700000000.1", "1700000000", "1700000000.x"])
def test_what_only_looks_like_a_time_dates_nothing(call: str) -> None:
    assert milliseconds(leg_id("main", "", call)) == 0


def test_the_id_of_a_known_leg_never_changes() -> None:
    """Spooled records and the switch's reports name legs by it: another id is another call."""
    known = UUID("018bcfe5-6800-85fd-8bbc-cce8d1a0590d")
    assert leg_id("main", "pbx", "pbx-1700000000.42", 2) == known
