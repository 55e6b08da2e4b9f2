"""Who pays for a leg, and who on the line can be asked: reference 5a."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.policy.payer import AskedBy, Because, Parties, parties

BEN, CARLA, DAVE = "ben-phone", "carla-phone", "dave-phone"
PEOPLE = {BEN: "Ben", CARLA: "Carla", DAVE: "Dave"}
CARRIER = "carrier"


def who(asked_by: AskedBy) -> Parties[str]:
    """The parties, where Ben, Carla and Dave are known and carriers are not."""
    return parties(asked_by, PEOPLE.get)


def test_who_dials_pays_and_is_asked() -> None:
    assert who(AskedBy(line=BEN)) == Parties("Ben", Because.DIALED, "Ben")


@pytest.mark.parametrize(
    ("field", "because"),
    [
        ("transferred_blind", Because.TRANSFERRED_BLIND),
        ("transferred_attended", Because.TRANSFERRED_ATTENDED),
        ("forwarded", Because.FORWARDED),
    ],
)
def test_who_transfers_or_forwards_pays_and_not_who_is_on_the_line(
    field: str, because: Because
) -> None:
    asked_by = replace(AskedBy(line=CARLA), **{field: BEN})
    assert who(asked_by) == Parties("Ben", because, "Carla"), "the colleague may be asked"
    outsider = replace(AskedBy(line=CARRIER), **{field: BEN})
    assert who(outsider) == Parties("Ben", because, None), "an outsider is never asked"
    nobody = replace(AskedBy(), **{field: BEN})
    consults = because is Because.TRANSFERRED_ATTENDED
    assert who(nobody) == Parties("Ben", because, "Ben" if consults else None)


def test_a_blind_transfer_goes_before_an_attended_one_and_that_before_a_forward() -> None:
    every = AskedBy(line=CARRIER, transferred_blind=BEN, transferred_attended=CARLA, forwarded=DAVE)
    assert who(every).payer == "Ben"
    assert who(replace(every, transferred_blind="")).payer == "Carla"
    assert who(replace(every, transferred_blind="", transferred_attended="")).payer == "Dave"


def test_a_transfer_through_an_unknown_phone_is_not_put_on_a_colleagues_bill() -> None:
    through = AskedBy(line=CARLA, transferred_blind="nobodys-phone")
    assert who(through).payer is None
    assert who(through).because is Because.TRANSFERRED_BLIND


def test_whom_the_configuration_names_pays_only_where_nothing_else_tells() -> None:
    assert who(AskedBy(vouched_for=BEN)) == Parties("Ben", Because.VOUCHED_FOR, "Ben")
    assert who(AskedBy(line=CARLA, vouched_for=BEN)).payer == "Carla"
    inherited = AskedBy(line=CARRIER, forwarded=CARLA, vouched_for=BEN)
    assert who(inherited) == Parties("Carla", Because.FORWARDED, None)


@pytest.mark.parametrize("line", ["", CARRIER])
def test_where_nobody_is_known_nobody_pays_and_nobody_is_asked(line: str) -> None:
    assert who(AskedBy(line=line)) == Parties(None, None, None)


ENDPOINTS = st.sampled_from(["", CARRIER, BEN, CARLA, DAVE, "nobodys-phone"])
ANYBODY = st.builds(
    AskedBy,
    line=ENDPOINTS,
    transferred_blind=ENDPOINTS,
    transferred_attended=ENDPOINTS,
    forwarded=ENDPOINTS,
    vouched_for=ENDPOINTS,
)


@given(ANYBODY)
def test_nobody_pays_or_is_asked_whom_the_switch_did_not_name_in_that_part(
    asked_by: AskedBy,
) -> None:
    found = who(asked_by)
    named = {because: PEOPLE.get(endpoint) for because, endpoint in asked_by.first_to_last()}
    if found.payer is not None:
        assert found.because is not None
        assert named[found.because] == found.payer
    on_the_line = {named[Because.DIALED]}
    if found.because is Because.VOUCHED_FOR:
        on_the_line.add(named[Because.VOUCHED_FOR])
    if found.because is Because.TRANSFERRED_ATTENDED and not asked_by.line:
        on_the_line.add(named[Because.TRANSFERRED_ATTENDED])
    assert found.asked is None or found.asked in on_the_line


@given(ANYBODY, st.sampled_from([BEN, CARLA, DAVE]))
def test_nothing_that_can_be_inherited_moves_a_bill(asked_by: AskedBy, other: str) -> None:
    with_it, without = (
        who(replace(asked_by, vouched_for=other)),
        who(replace(asked_by, vouched_for="")),
    )
    if without.because is not None:
        assert with_it == without


@given(ANYBODY, ENDPOINTS)
def test_who_is_on_the_line_never_changes_who_pays_for_a_transfer_or_forward(
    asked_by: AskedBy, line: str
) -> None:
    if asked_by.transferred_blind or asked_by.transferred_attended or asked_by.forwarded:
        before, after = who(asked_by), who(replace(asked_by, line=line))
        assert (before.payer, before.because) == (after.payer, after.because)
