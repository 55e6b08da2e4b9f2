"""Rates from a spreadsheet, and back."""

from datetime import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.policy.rating import INBOUND, Per, Rate
from callmark.tariffs.files import read_csv, write_csv
from callmark.tariffs.stored_rates import rates_of, to_store

LIST = b"""name;type;prefix;price;per;block_seconds;days;from;to
London;;0044 20;0,12;minute;6;mon-fri;8:00;18:00
Abroad;International;;0.5;block;60;;;
;;;0.02;;;;;
"""


def test_a_list_as_a_spreadsheet_writes_it() -> None:
    found = read_csv(LIST)
    assert found.problems == []
    london, abroad, rest = found.rates
    assert london == Rate(
        "London",
        prefix="+4420",
        price=Decimal("0.12"),
        block_seconds=6,
        weekdays=frozenset(range(5)),
        begins=time(8),
        ends=time(18),
    )
    assert abroad == Rate("Abroad", call_type="international", price=Decimal("0.5"), per=Per.BLOCK)
    assert (rest.label, rest.prefix, rest.call_type) == ("All other calls", "", "")


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("price,type\n0.1,moon", 2, "type", "Write one of"),
        ("price,prefix\n0.1,44\nfree,+44", 3, "price", "such as 0.12"),
        ("price,prefix,type\n0.1,44,domestic", 2, "", "not for both"),
        ("price,minimum,maximum\n0.1,2,1", 2, "", "not less than the least"),
        ("price,days\n0.1,payday", 2, "days", "mon-fri"),
        ("price,colour\n0.1,red", 1, "", "Column 2"),
        ("London,0.1", 1, "", "names the columns"),
        ("", 1, "", "names the columns"),
        ("price\n0.1,2", 2, "", "1 columns"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_column(
    text: str, line: int, column: str, message: str
) -> None:
    (problem,) = read_csv(text.encode()).problems
    assert (problem.row, problem.column) == (line, column)
    assert message in problem.message


amounts = st.decimals(0, 1000, places=4)
some_rates = st.builds(
    Rate,
    st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20),
    call_type=st.sampled_from(["", "domestic", "premium", INBOUND]),
    price=amounts,
    per=st.sampled_from(Per),
    first_seconds=st.integers(0, 90),
    block_seconds=st.integers(1, 90),
    maximum=st.none() | amounts,
    mark_up=st.none() | st.decimals(0, 10, places=1),
    weekdays=st.sets(st.integers(0, 6), max_size=6).map(frozenset),
)


@given(st.lists(some_rates, max_size=4))
def test_what_is_written_is_read_again(rates: list[Rate]) -> None:
    found = read_csv("".join(write_csv(rates)).encode())
    assert (found.rates, found.problems) == (rates, [])
    assert list(rates_of(to_store(rates))) == rates
