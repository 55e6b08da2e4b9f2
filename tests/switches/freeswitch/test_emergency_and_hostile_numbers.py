"""What a phone may dial for help, and what it may not make the dialplan do."""

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.policy.numbering import CallType, classify
from callmark.switches.alone.allow_list import allow_list
from callmark.switches.freeswitch.dialplan import Settings
from tests.switches.asterisk.hostile_numbers import attacks
from tests.switches.asterisk.test_emergency_matrix import FORMS, NUMBERS, PREFIXES, SEPARATED

from .dialplan_run import Gate, Run, dead, hung, load
from .office import ACME, DOMAIN, PHONE, TRUNK, connects_to, dial, files_of, must_not_be_asked

BROKEN = {"dead": dead, "hung": hung}

# --- Emergency calls ------------------------------------------------------------------------


def reached(call: Run) -> str:
    assert call.sockets == [], "the gate was asked first"
    return call.bridged.removeprefix(f"{TRUNK}/")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_emergency_call_connects_in_every_form(prefix: str) -> None:
    for number in NUMBERS:
        for form in FORMS:
            dialed = form.format(prefix + number)
            assert reached(dial(dialed, must_not_be_asked)) == number, dialed
        for form in SEPARATED:
            assert reached(dial(form.format(*number), must_not_be_asked)) == number


@pytest.mark.parametrize("who", [{}, {"sip_authorized": "true", "callmark_watch": "7"}])
def test_from_nobodys_phone_and_in_the_middle_of_a_question(who: dict[str, str]) -> None:
    marked = {"uuid": "x", **who}
    assert reached(dial("9911", must_not_be_asked, channel=marked)) == "911"


@pytest.mark.parametrize("dialed", ["urn:service:sos", "service:sos.fire", "sip:urn:service:sos"])
def test_the_service_address_is_the_countrys_number(dialed: str) -> None:
    assert reached(dial(dialed, must_not_be_asked)) == "911"


with (Path(__file__).parents[2] / "policy/emergency_table.csv").open() as _file:
    BY_HAND = {row["country"]: row["emergency"].split() for row in csv.DictReader(_file)}


@pytest.mark.parametrize("country", sorted(BY_HAND))
def test_every_countrys_numbers_connect_and_lead_to_the_number_that_the_policy_means(
    country: str,
) -> None:
    account = replace(ACME, country=country, phone_numbers=())
    contexts = load(files_of(account))
    forms = ("{}", "9{}", "+{}", "*67{}", "#31#{}", "sip:{}", "{}#", "{};x=1", "0{}", "{}@x,30")
    for number in BY_HAND[country]:
        for form in forms:
            dialed = form.format(number)
            found = classify(dialed, account.plan(country))
            if found.call_type is CallType.EMERGENCY:
                call = Run(contexts, must_not_be_asked, dict(PHONE)).dial(dialed, DOMAIN)
                assert reached(call) == found.number, dialed


@pytest.mark.parametrize(
    "gate", [connects_to("12125550100"), dead, hung], ids=["up", "dead", "hung"]
)
def test_help_comes_whatever_the_gate_does(gate: Gate) -> None:
    for country in ("US", "GB", "DE", "AU", "BR", "JP"):
        contexts = load(files_of(replace(ACME, country=country, phone_numbers=())))
        for number in BY_HAND[country]:
            for form in ("{}", "9{}", "+{}", "*67{}", "sip:{}", "{};x=1"):
                call = Run(contexts, gate, dict(PHONE)).dial(form.format(number), DOMAIN)
                assert reached(call), (country, form, number)


@given(st.text(alphabet="0123456789+*#. -;@,px", min_size=1, max_size=14))
def test_nothing_else_is_taken_for_one(dialed: str) -> None:
    call = dial(dialed, dead)
    if "emergency;" not in call.variables.get("callmark_marks", ""):
        return
    # A pause, a host or parameters end what is dialed; before it nothing may be left over.
    core = re.split("[;@,p]", dialed)[0]
    assert classify(core.rstrip("x").rstrip("#"), ACME.plan("US")).call_type in {
        CallType.EMERGENCY,
        CallType.UNROUTABLE,
    }


@pytest.mark.parametrize(
    "dialed", ["911011442079460000", "9911011442079460000", "112901144", "9111"]
)
def test_a_string_that_only_begins_with_one_is_none(dialed: str) -> None:
    assert "emergency;" not in dial(dialed, dead).variables["callmark_marks"]


def test_an_extension_that_looks_like_one_is_that() -> None:
    account = replace(ACME, extensions=("101", "1911"))
    assert dial("1911", connects_to("1911"), account=account).sockets


def test_emergency_calls_have_a_route_of_their_own_where_the_operator_names_one() -> None:
    settings = Settings(emergency=("sofia/gateway/psap", "sofia/gateway/carrier"))
    call = dial("9-911", must_not_be_asked, settings=settings)
    assert call.bridged == "sofia/gateway/psap/911"


# --- Hostile numbers ------------------------------------------------------------------------

HOSTILE = [one for one in attacks("carrier", "acme") if b"\n" not in one.data]
TO_BRIDGE = [
    *("011,user/102@acme.test", "011|user/102@acme.test", "011@127.0.0.1:9999"),
    *("011;fs_path=sip:x", "%{x}", "{a=b}011", "[a=b]011", ",[sip_h_X=1]sofia/x", "1:_:2", "^^1"),
    *("2125551234,user/102@acme.test", "95551234|sofia/gateway/carrier/011", "95551234@x;y=z"),
    *("emergency;acme;911;1;;,", "5551234;emergency;acme,"),
]


@pytest.mark.parametrize("gate", BROKEN.values(), ids=BROKEN)
def test_nothing_a_phone_can_write_dials_what_nobody_judged(gate: Gate) -> None:
    for one in HOSTILE:
        dialed = one.data.decode("latin-1").replace("$", "%")  # so the switch does on arrival
        call = dial(dialed, gate)
        number = call.bridged.rpartition("/")[2]
        if not one.dials:
            allowed = allow_list(ACME.plan("US")).allows(dialed) or dialed in ACME.extensions
            assert not call.bridged or allowed, f"{dialed!r} called {call.bridged}"
        else:
            assert number in {*one.dials, ""}, f"{dialed!r} called {call.bridged}"
    for dialed in TO_BRIDGE:
        # The run refuses a dial string that is more than one number.
        assert dial(dialed, gate).variables["callmark_marks"].count(",") <= 2


@given(st.text(max_size=24).filter(lambda text: "$" not in text))
def test_whatever_is_dialed_one_mark_is_left_and_one_number_dialed(dialed: str) -> None:
    marks = dial(dialed, dead).variables.get("callmark_marks", "").split(",")
    assert len(marks) <= 3
    assert all(mark == "" or mark.count(";") == 6 for mark in marks)
