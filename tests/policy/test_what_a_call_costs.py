"""What a call costs: to the cent, explained, and never a surprise."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.policy.numbering import CallType
from callmark.policy.rating import INBOUND, Per, Rate, RatedCall, Rounding, Tariff, charge

MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LONDON = RatedCall("+442079460000", "international", "outbound", 60, MONDAY_NOON)
YEASTAR = Rate(
    "Everything",
    first_seconds=120,
    first_price=Decimal("0.20"),
    block_seconds=60,
    price=Decimal("0.30"),
    per=Per.BLOCK,
)


def tariff(*rates: Rate, **more: object) -> Tariff:
    return replace(Tariff("1", "USD", rates), **more)  # type: ignore[arg-type]


def cost(seconds: int, *rates: Rate, **more: object) -> str:
    return str(charge(replace(LONDON, seconds=seconds), tariff(*rates, **more)).amount)


@pytest.mark.parametrize(
    ("seconds", "amount"),
    [(68, "0.20"), (125, "0.50"), (180, "0.50"), (190, "0.80"), (380, "1.70")],
)
def test_the_example_of_yeastars_manual(seconds: int, amount: str) -> None:
    assert cost(seconds, YEASTAR) == amount


def label(call: RatedCall, *rates: Rate) -> str | None:
    found = charge(call, tariff(*rates)).rate
    return found.label if found else None


def test_the_longest_prefix_then_the_type_then_the_default() -> None:
    rates = (
        Rate("default"),
        Rate("abroad", call_type="international"),
        Rate("Britain", prefix="+44"),
        Rate("London", prefix="+4420"),
    )
    assert label(LONDON, *rates) == "London"
    assert label(replace(LONDON, e164="+441632960000"), *rates) == "Britain"
    assert label(replace(LONDON, e164="+33123456789"), *rates) == "abroad"
    assert label(replace(LONDON, e164="+12125550100", call_type="domestic"), *rates) == "default"
    assert label(replace(LONDON, e164="+33123456789")) is None


@pytest.mark.parametrize("kind", [CallType.EMERGENCY, CallType.TOLL_FREE, CallType.INTERNAL])
def test_what_is_free_costs_only_by_a_rate_of_that_type(kind: CallType) -> None:
    call = replace(LONDON, e164="+18005550100", call_type=str(kind))
    everything = (Rate("default", price=Decimal(1)), Rate("+1", prefix="+1", price=Decimal(1)))
    assert charge(call, tariff(*everything)).amount == 0
    assert label(call, *everything, Rate("named", call_type=str(kind))) == "named"


def test_calls_that_came_in_and_unanswered_ones_cost_nothing() -> None:
    inbound = replace(LONDON, direction="inbound", call_type="")
    everything = Rate("default", price=Decimal(1))
    assert charge(inbound, tariff(everything)).amount == 0
    assert label(inbound, everything, Rate("in", call_type=INBOUND)) == "in"
    unanswered = charge(replace(LONDON, answered=False), tariff(everything))
    assert unanswered.amount == unanswered.billed_seconds == 0
    assert unanswered.why == ("Nobody answered the call: it costs nothing.",)


def test_hours_and_days_are_those_of_the_account_when_the_call_started() -> None:
    night = Rate("night", begins=time(18), ends=time(8))
    weekend = Rate("weekend", weekdays=frozenset({5, 6}))
    all_day = Rate("day")
    # Wherever it stands in the list, what is limited to some hours goes first.
    for rates in ((all_day, night, weekend), (night, weekend, all_day)):
        assert label(LONDON, *rates) == "day"
        at = MONDAY_NOON.replace(hour=18)
        assert label(replace(LONDON, started_at=at), *rates) == "night"
        assert label(replace(LONDON, started_at=at.replace(hour=7, minute=59)), *rates) == "night"
        assert label(replace(LONDON, started_at=at.replace(hour=8)), *rates) == "day"
        assert label(replace(LONDON, started_at=MONDAY_NOON.replace(day=28)), *rates) == "weekend"


def test_a_rate_is_valid_from_its_first_to_its_last_day() -> None:
    november = Rate("November", valid_from=date(2026, 11, 1), valid_until=date(2026, 11, 30))
    for day, expected in ((datetime(2026, 10, 31, 23), None), (datetime(2026, 11, 1), "November")):
        assert label(replace(LONDON, started_at=day), november) == expected
    assert label(replace(LONDON, started_at=datetime(2026, 11, 30, 23, 59)), november) == "November"
    assert label(replace(LONDON, started_at=datetime(2026, 12, 1)), november) is None


def test_least_most_free_and_mark_up() -> None:
    rate = Rate("all", price=Decimal("0.10"), minimum=Decimal("0.25"), maximum=Decimal(1))
    assert [cost(one, rate) for one in (1, 61, 241, 3600)] == ["0.25", "0.25", "0.50", "1.00"]
    assert cost(5, replace(rate, free_below=6)) == "0"
    assert cost(3600, rate, mark_up=Decimal(10)) == "1.10"
    assert cost(3600, replace(rate, mark_up=Decimal(0)), mark_up=Decimal(10)) == "1.00"


def test_rounding_up_adds_nothing_to_what_is_exact() -> None:
    # A sixtieth of ten cents has no end in decimals; with 20 % on it, it is exactly 0.002.
    rate = Rate("by the second", block_seconds=1, price=Decimal("0.10"))
    up = {"rounding": Rounding.UP, "decimals": 3, "mark_up": Decimal(20)}
    assert cost(1, rate, **up) == "0.002"
    assert cost(1, rate, **(up | {"mark_up": Decimal(0)})) == "0.002"
    assert cost(1, rate, decimals=2) == "0.00"
    assert cost(1, rate, decimals=2, rounding=Rounding.UP) == "0.01"


def test_the_reasons_can_be_checked_by_hand() -> None:
    found = charge(replace(LONDON, seconds=380), tariff(replace(YEASTAR, prefix="+44")))
    assert found.why == (
        "The number begins with +44: Everything.",
        "First 120 seconds: 0.20 in all.",
        "Then 5 started blocks of 60 seconds at 0.30 each.",
        "Rounded to the nearest, 2 decimals: USD 1.70.",
    )
    assert found.billed_seconds == 420


def test_the_reasons_say_nothing_twice() -> None:
    unnamed = Rate("+44", prefix="+44", price=Decimal(1))
    assert why(unnamed)[0] == "The number begins with +44."
    default = Rate("All other calls", price=Decimal(1))
    assert why(default)[0].endswith("so the default applies.")
    assert why(replace(unnamed, label="Britain", price=Decimal(0))) == (
        "The number begins with +44: Britain.",
        "These calls are free.",
    )
    fee = replace(unnamed, price=Decimal(0), connection_fee=Decimal("1.99"))
    assert why(fee)[1:] == (
        "Connection: 1.99.",
        "Rounded to the nearest, 2 decimals: USD 1.99.",
    )


def why(rate: Rate) -> tuple[str, ...]:
    return charge(replace(LONDON, seconds=60), tariff(rate)).why


@pytest.mark.parametrize(
    "wrong",
    [
        {"prefix": "+44", "call_type": "international"},
        {"price": Decimal(-1)},
        {"block_seconds": 0},
        {"minimum": Decimal(2), "maximum": Decimal(1)},
        {"begins": time(8)},
    ],
)
def test_what_contradicts_itself_is_no_rate(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Rate("wrong", **wrong)  # type: ignore[arg-type]


prices = st.decimals(0, 100, places=4)
rates = st.builds(
    Rate,
    st.just("any"),
    connection_fee=prices,
    first_seconds=st.integers(0, 300),
    first_price=prices,
    block_seconds=st.integers(1, 300),
    price=prices,
    per=st.sampled_from(Per),
    free_below=st.integers(0, 30),
    minimum=st.decimals(0, 5, places=2),
    maximum=st.none() | st.decimals(5, 100, places=2),
    mark_up=st.none() | st.decimals(0, 100, places=1),
)
tariffs = st.builds(
    Tariff,
    st.just("1"),
    st.just("USD"),
    st.tuples(rates),
    st.integers(0, 4),
    st.sampled_from(Rounding),
    st.decimals(0, 100, places=1),
)


@given(tariffs, st.integers(0, 20_000), st.integers(0, 20_000))
def test_a_longer_call_never_costs_less(tariff: Tariff, one: int, other: int) -> None:
    short, long = (
        charge(replace(LONDON, seconds=seconds), tariff) for seconds in sorted((one, other))
    )
    assert 0 <= short.amount <= long.amount
    assert 0 <= short.billed_seconds <= long.billed_seconds
    assert long.billed_seconds >= (max(one, other) if long.billed_seconds else 0)
    assert -long.amount.as_tuple().exponent <= tariff.decimals  # type: ignore[operator]


@given(tariffs, st.lists(st.integers(0, 5000), max_size=10))
def test_the_lines_are_the_total_and_rating_again_changes_nothing(
    tariff: Tariff, talks: list[int]
) -> None:
    lines = [charge(replace(LONDON, seconds=one), tariff).amount for one in talks]
    again = [charge(replace(LONDON, seconds=one), tariff).amount for one in talks]
    assert lines == again
    # Each line is rounded already: the sum has no hidden parts that rounding could lose.
    total = sum(lines, Decimal(0))
    assert total == total.quantize(Decimal(1).scaleb(-tariff.decimals))
