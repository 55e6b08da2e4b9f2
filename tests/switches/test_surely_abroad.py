"""Numbers of which a switch may say by itself that they are calls abroad."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmark.policy.numbering import COSTLY, CallType, classify
from callmark.switches.alone.abroad import surely_abroad
from callmark.switches.alone.account import AccountDialplan
from callmark.switches.alone.allow_list import allow_list
from tests.examples import examples

COUNTRIES = ("US", "CA", "GB", "DE", "FR", "ES", "IT", "CZ", "JP", "MX")


def matches(account: AccountDialplan, number: str) -> bool:
    expression = surely_abroad(account)
    return bool(expression) and re.search(expression, number) is not None


@pytest.mark.parametrize("number", ["011442079460000", "0118613912345678"])
def test_a_number_with_another_countrys_code_is_one(number: str) -> None:
    assert matches(AccountDialplan("acme", "US"), number)
    assert matches(AccountDialplan("acme", "US", outside_prefix="9"), "9" + number)


@pytest.mark.parametrize(
    "number",
    [
        "01112125550100",  # our own country's, dialed as from abroad
        "01180012345678",  # of no country, and free
        "2125550100",
        "911",
        "011911",
        "011442079460000*1234",
        "%2B442079460000",
    ],
)
def test_nothing_else_is(number: str) -> None:
    assert not matches(AccountDialplan("acme", "US"), number)


def test_where_users_dial_as_at_home_elsewhere_nothing_is() -> None:
    assert not surely_abroad(AccountDialplan("acme", "US", home_countries=frozenset({"GB"})))
    assert surely_abroad(AccountDialplan("acme", "US", home_countries=frozenset({"US"})))


def test_where_a_carrier_is_chosen_within_the_prefix_nothing_is() -> None:
    assert not surely_abroad(AccountDialplan("acme", "BR"))


@settings(max_examples=examples(150))
@given(
    st.sampled_from(COUNTRIES),
    st.sampled_from(["", "9"]),
    st.from_regex("[0-9]{7,15}", fullmatch=True),
)
def test_whatever_is_one_costs_more_and_the_fail_policy_refuses_it(
    country: str, prefix: str, digits: str
) -> None:
    account = AccountDialplan("acme", country, outside_prefix=prefix)
    abroad = {"US": "011", "CA": "011", "JP": "010"}.get(country, "00")
    number = prefix + abroad + digits
    if not matches(account, number):
        return
    found = classify(number, account.plan(country))
    assert found.types & COSTLY or found.call_type is CallType.UNROUTABLE
    assert not allow_list(account.plan(country)).allows(number)
