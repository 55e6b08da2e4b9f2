"""Calls to other users of the account, as an extension or as one of their numbers."""

import pytest

from callmark.policy.numbering import CallType, Classification, NumberingPlan, classify

PLAN = NumberingPlan(
    "US",
    "9",
    extensions=frozenset({"101", "411", "611", "0", "5551212", "911", "alice"}),
    internal_numbers=frozenset({"+12125550123", "+442079460018"}),
)


def _dial(dialed: str, plan: NumberingPlan = PLAN) -> Classification:
    return classify(dialed, plan)


@pytest.mark.parametrize("dialed", ["101", " 101 ", "1-0-1", "411", "611", "0", "5551212"])
def test_an_extension_is_internal_even_when_it_looks_like_a_service_code(dialed: str) -> None:
    found = _dial(dialed)
    assert found.types == {CallType.INTERNAL}
    assert "extension" in found.why[0]


def test_an_extension_by_name() -> None:
    assert _dial("alice").call_type is CallType.INTERNAL
    assert _dial("sip:alice@pbx.example").call_type is CallType.INTERNAL
    assert _dial("bob").call_type is CallType.UNROUTABLE


def test_an_extension_is_not_looked_for_behind_the_outside_prefix() -> None:
    assert _dial("9411").call_type is CallType.DIRECTORY_ASSISTANCE
    assert _dial("9611").call_type is CallType.SERVICE


@pytest.mark.parametrize(
    "dialed",
    [
        "2125550123",
        "12125550123",
        "+12125550123",
        "9 (212) 555-0123",
        "9 1 212 555 0123",
        "9011 1 212 555 0123",
        "*67 212 555 0123",
        "tel:+1-212-555-0123",
        "9 1010321 1 212 555 0123",
        "9011442079460018",
        "+44 (0)20 7946 0018",
    ],
)
def test_a_users_number_is_internal_however_it_is_dialed(dialed: str) -> None:
    found = _dial(dialed)
    assert found.call_type is CallType.INTERNAL
    assert found.types == {CallType.INTERNAL}
    assert found.e164 in PLAN.internal_numbers


def test_an_extension_behind_a_star_code_stays_a_service_call_and_internal() -> None:
    found = _dial("*67101")
    assert found.call_type is CallType.SERVICE
    assert found.types == {CallType.SERVICE, CallType.INTERNAL}


def test_somebody_elses_number_is_not_internal() -> None:
    assert _dial("9 212 555 0124").call_type is CallType.DOMESTIC
