"""Strings that mean something to the switch: what is dialed is the number that was judged."""

import random
import re
from urllib.parse import quote

import pytest

from .harness.recorder import Recorder
from .harness.world import PhoneCall, World

pytestmark = pytest.mark.asterisk

FAR = "9011442079460000"

# From an ordinary phone, each of these used to reach the costly number beside the harmless one.
REFUSED = [
    f"12125551234&PJSIP/{FAR}",
    f"101&PJSIP/{FAR}",
    f"12125551234@carrier,30,G(ctx^{FAR}^3)",
    f"12125551234,30,G(from-down^{FAR}^1)",
    f"12125551234|PJSIP/{FAR}",
    f'12125551234",{FAR}"',
    "12125551234${EXTEN}",
    "12125551234$[1+1]",
    "12125551234!",
    "12125551234\\",
    "12125551234^1",
    "12125551234%41",
    "12125551234)",
    "12125551234(",
    "12125551234/n",
    "12125551234{",
    "12125551234]",
]
CONNECTED = {
    "12125551234;x=": "12125551234",
    "12125551234;phone-context=+1": "12125551234",
    "1-212-555-1234": "12125551234",
    "212.555.1234": "2125551234",
    "1 212 555 1234": "12125551234",
    "tel:+12125551234": "+12125551234",
}
_PARENTHESES = {"12125551234)", "12125551234("}
"""Only separators: the number without them is harmless."""


def test_a_number_with_more_behind_it_is_refused_by_voice(world: World) -> None:
    calls = [world.call("down-601", quote(dialed, safe="")) for dialed in REFUSED]
    for call in calls:
        _let_go(world, call)
    for call, dialed in zip(calls, REFUSED, strict=True):
        if dialed in _PARENTHESES:
            assert call.dialed_outside() == {"12125551234@carrier"}
            continue
        assert call.heard == ["call-refused"], dialed
        assert call.dialed_outside() == set(), dialed
        assert call.cdr()["userfield"].startswith("callmark:refused_while_down:down:")


def test_separators_and_parameters_are_left_off(world: World) -> None:
    calls = [
        world.call("down-602", quote(dialed, safe=""), arrives_as=number)
        for dialed, number in CONNECTED.items()
    ]
    for call in calls:
        call.wait_arrived()
        call.hang_up()
        call.wait_over()
        assert call.dialed_outside() == {f"{call.arrives_as}@carrier"}


def test_where_the_gate_hands_back_a_number_only_that_is_dialed(world: World) -> None:
    with Recorder(world.gates["own"].port) as gate:
        gate.answers["CALLMARK_NUMBER"] = "12125550100"
        for dialed in REFUSED:
            call = world.call("fragile-801", quote(dialed, safe=""), arrives_as="12125550100")
            call.wait_arrived()
            call.hang_up()
            call.wait_over()
            assert call.dialed_outside() == {"12125550100@carrier"}
            assert gate.told[-1].values
    numbers = [one.values["number"] for one in gate.all("gate")]
    assert [number[:40] for number in numbers] == [_as_told(dialed)[:40] for dialed in REFUSED]


def _as_told(dialed: str) -> str:
    """A comma outside quotes ends the Gosub's argument: the first and the second are told."""
    if '"' in dialed or "(" in dialed.split(",", maxsplit=1)[0]:
        return dialed
    return ",".join(dialed.split(",")[:2])


ALPHABET = "0123456789&,@;/()^%\"\\|${}[]!#*+-_. '=:?<>~`wpx"
CHANCE = random.Random("what phones may send")  # the same strings every time


def _strings(count: int) -> list[str]:
    made: list[str] = []
    while len(made) < count:
        start = CHANCE.choice(["12125551234", "911", "101", "2", "*67", "+1212", "0"])
        tail = "".join(CHANCE.choice(ALPHABET) for _ in range(CHANCE.randrange(1, 12)))
        end = CHANCE.choice(["", FAR, "PJSIP/" + FAR, "11442079460000"])
        made.append((start + tail + end)[:70])
    return made


def test_whatever_is_dialed_one_harmless_number_or_nothing_goes_out(world: World) -> None:
    """Sampled; what arrives outside is checked against what may go out while the gate is dead."""
    strings = _strings(60)
    calls: list[PhoneCall] = []
    for index, dialed in enumerate(strings):
        calls.append(world.call(f"down-{601 + index % 20}", quote(dialed, safe="")))
        if len(calls) % 10 == 0:
            for call in calls[-10:]:
                _let_go(world, call)
    for call in calls:
        for dialed_outside in call.dialed_outside():
            assert _harmless(dialed_outside), (call.number, dialed_outside)


def _let_go(world: World, call: PhoneCall) -> None:
    """Until it is refused, or answered and then hung up."""
    world.phones_ami.wait_for(
        lambda e: (
            e.get("Linkedid") == call.id
            and e.get("Event") in {"Newstate", "Hangup"}
            and e["Channel"].startswith(f"PJSIP/{call.phone}-")
            and (e["Event"] == "Hangup" or e.get("ChannelStateDesc") == "Up")
        ),
        what="an answer or a refusal",
        timeout=60,
    )
    world.phones_ami.send("Hangup", Channel=call.channel)
    call.wait_over()


def _harmless(dialed: str) -> bool:
    number, _, trunk = dialed.partition("@")
    if trunk != "carrier":
        return re.fullmatch(r"down-6\d\d(/.*)?", dialed) is not None
    return (
        re.fullmatch(r"(\+?1)?[2-9]\d{2}[2-9]\d{6}|[2-9]\d{6}|911|112|933|988|999", number)
        is not None
    )
