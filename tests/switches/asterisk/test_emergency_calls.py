"""Emergency calls never wait for the gate, whether it is there, dead or hung, or who calls."""

import signal
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from callmark.switches.alone.account import AccountDialplan
from callmark.switches.alone.emergency import emergency_forms

from .harness.configuration import STRANGER
from .harness.gate import GateProcess
from .harness.world import World

pytestmark = pytest.mark.asterisk


@pytest.fixture
def own_gate(world: World) -> Iterator[GateProcess]:
    gate = world.gates["own"].start()
    yield gate
    gate.kill()


@pytest.mark.parametrize(
    ("phone", "number", "arrives_as"),
    [
        ("down-618", "911", "911"),
        ("down-619", "9911", "911"),
        ("down-620", "933", "933"),
        ("down-621", "988", "988"),
        ("acme-law-101", "911", "911"),
        ("acme-law-102", "112", "112"),
        ("demo-101", "911", "911"),
        ("demo-102", "9911", "911"),
        (STRANGER, "911", "911"),
    ],
)
def test_it_goes_straight_to_dial(world: World, phone: str, number: str, arrives_as: str) -> None:
    call = world.call(phone, number, arrives_as=arrives_as)
    call.wait_arrived()
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.heard == []
    assert "AGI" not in call.applications()
    cdr = call.cdr()
    assert cdr["disposition"] == "ANSWERED"
    assert cdr["userfield"].startswith(f"callmark:emergency:{phone.rpartition('-')[0]}:{number}:")


# What phones, softphones and people make of a call for help, and what must be dialed then.
FORMS = {
    "*67911": "911",
    "*82911": "911",
    "9*67911": "911",
    "911#": "911",
    "*31#911": "911",
    "#31#911": "911",
    "1911": "911",
    "+1911": "911",
    "91911": "911",
    "+911": "911",
    "+112": "112",
    "+1112": "112",
    "911;phone-context=+1": "911",
    "911;x=1": "911",
    "9 911": "911",
    "9-911": "911",
    "9-1-1": "911",
    "9.1.1": "911",
    "sip:911": "911",
    "sip:911@example.com": "911",
    "tel:+1911": "911",
    "urn:service:sos": "911",
    "urn:service:sos.fire": "911",
    "911,2125551234": "911",
    "911,30,G(other^1^1)": "911",
    "911&PJSIP/9011442079460000": "911",
    "911@x&PJSIP/9011442079460000": "911",
    "911;x=1&PJSIP/9011442079460000": "911",
    "911w1": "911",
    "911!": "911",
    "911$": "911",
    "911|30": "911",
}


@pytest.mark.parametrize(
    "phones",
    [("down-618", "down-619"), ("acme-law-103", "acme-law-104"), (STRANGER,)],
    ids=["gate dead", "gate up", "nobody's phone"],
)
def test_every_form_reaches_the_number_alone(world: World, phones: tuple[str, ...]) -> None:
    calls = [
        world.call(phones[index % len(phones)], quote(dialed, safe=""), arrives_as=number)
        for index, (dialed, number) in enumerate(FORMS.items())
    ]
    for call in calls:
        call.wait_arrived()
        call.wait_answered()
        call.hang_up()
    for call in calls:
        call.wait_over()
        assert call.dialed_outside() == {f"{call.arrives_as}@carrier"}, call.number
        assert "AGI" not in call.applications(), call.number
        assert call.cdr()["userfield"].startswith("callmark:emergency:")


def test_a_gate_that_hangs_is_not_noticed(world: World, own_gate: GateProcess) -> None:
    own_gate.signal(signal.SIGSTOP)
    calls = [
        world.call("fragile-801", quote(dialed, safe=""), arrives_as=number)
        for dialed, number in FORMS.items()
    ]
    for call in calls:
        call.wait_arrived()
        call.hang_up()
    for call in calls:
        call.wait_over()
        assert "AGI" not in call.applications(), call.number


def test_a_number_that_only_begins_like_one_is_none(world: World) -> None:
    call = world.call("down-621", "91155512345")
    call.wait_over()

    assert call.heard == ["call-refused"]
    assert not call.arrived


def test_every_form_in_the_dialplan_leads_to_its_number(world: World) -> None:
    """All that is written for a country, looked up by Asterisk itself."""
    forms = emergency_forms(AccountDialplan("acme-law", "US"))
    for form, number in forms.items():
        shown = world.pbx_ami.command(f"dialplan show d{form}@callmark-acme-law.emergency")
        assert f"Goto(p{number},1)" in shown


def test_an_emergency_call_is_placed_as_fast_as_without_callmark(world: World) -> None:
    call = world.call("acme-law-103", "911")
    arrival = call.wait_arrived()
    call.hang_up()
    call.wait_over()

    before_dial = call.applications()[: call.applications().index("Dial")]
    assert len(before_dial) < 15
    assert not {"AGI", "Wait", "Playback", "Progress", "Originate"} & set(before_dial)
    started = world.pbx_ami.find(
        lambda e: e.get("Event") == "Newchannel" and e.get("Uniqueid") == call.unique_id
    )
    assert float(arrival["_at"]) - float(started[0]["_at"]) < 2
