"""The moment after a code: a tone, no digit too many for the called party, no time lost."""

import pytest

from .harness.world import PhoneCall, World

pytestmark = pytest.mark.asterisk


def digits_at_the_far_end(world: World, call: PhoneCall) -> list[str]:
    channel = call.wait_arrived()["Channel"]
    found = world.phones_ami.find(
        lambda e: (
            e.get("Event") == "DTMFEnd"
            and e.get("Channel") == channel
            and e.get("Direction") == "Received"
        )
    )
    return [event["Digit"] for event in found]


def wait_digits_pass(world: World, call: PhoneCall) -> None:
    """Type until one arrives: the switch tells nobody at which moment it lets them pass again."""

    def passes() -> bool:
        call.type("9")
        return "9" in digits_at_the_far_end(world, call)

    world.wait_until(passes, "a later digit to pass")


def test_digits_typed_on_never_reach_the_called_party_and_later_ones_do(world: World) -> None:
    call = world.call("acme-law-105", "011442079460105", digits="123456")
    call.wait_answered()
    call.type("78")
    wait_digits_pass(world, call)
    call.hang_up()
    call.wait_over()

    assert set(digits_at_the_far_end(world, call)) == {"9"}
    assert call.record()["account_code_name"] == "General office"


def test_calls_soon_after_one_another_share_the_channel_that_lets_their_digits_pass(
    world: World,
) -> None:
    """Of five, one after the other: those of the very same moment may each have one of its own."""
    calls = []
    for n in range(5, 10):
        call = world.call(f"acme-law-10{n}", f"01144207946010{n}", digits="1234")
        call.wait_answered()
        call.type("7")
        calls.append(call)
    for call in calls:
        wait_digits_pass(world, call)
        call.hang_up()
    for call in calls:
        call.wait_over()
    shared = [call for call in calls if "Originate" not in call.applications()]

    assert shared, "each had one of its own"


def test_without_a_code_digits_pass_at_once(world: World) -> None:
    call = world.call("acme-law-106", "12125550106")
    call.wait_answered()
    call.type("42")
    world.wait_until(lambda: digits_at_the_far_end(world, call) == [*"42"], "the digits to pass")
    call.hang_up()
    call.wait_over()

    assert "Originate" not in call.applications()


def test_the_channels_of_the_clock_leave_no_line_in_the_cdr(world: World) -> None:
    call = world.call("acme-law-107", "011442079460107", digits="1234")
    call.wait_answered()
    world.pbx_ami.wait_for(
        lambda e: (
            e.get("Event") == "Newexten"
            and e.get("Context", "").endswith(".digits")
            and e.get("Application") == "Hangup"
        ),
        what="the end of such a channel",
        start=call.first_event,
    )
    call.hang_up()
    call.wait_over()
    call.cdr()

    assert ".digits" not in world.pbx.cdr_csv.read_text(errors="replace")


def test_the_operators_own_subroutine_for_connected_lines_still_runs(world: World) -> None:
    call = world.call("acme-law-108", "011442079460108")
    call.wait_heard("enter-code")
    for name, value in (("", "operators-own,s,1"), ("_ARGS", "theirs")):
        world.pbx_ami.action(
            "Setvar",
            Channel=call.switch_channel,
            Variable=f"CONNECTED_LINE_SEND_SUB{name}",
            Value=value,
        )
    call.type("1234")
    ran = world.pbx_ami.wait_for(
        lambda e: e.get("Event") == "UserEvent" and e.get("UserEvent") == "ConnectedLine",
        what="the operator's subroutine",
        start=call.first_event,
    )
    left = world.pbx_ami.action(
        "Getvar", Channel=call.switch_channel, Variable="CONNECTED_LINE_SEND_SUB"
    )
    call.hang_up()
    call.wait_over()

    assert ran["With"] == "theirs"
    assert left["Value"] == "operators-own,s,1"


def test_the_call_is_placed_at_once(world: World) -> None:
    call = world.call("acme-law-109", "011442079460109", digits="1234")
    arrived = call.wait_arrived()
    channel = call.switch_channel
    call.hang_up()
    call.wait_over()
    typed = world.pbx_ami.find(
        lambda e: e.get("Event") == "DTMFEnd" and e.get("Channel") == channel
    )[3]
    seconds = float(arrived["_at"]) - float(typed["_at"])

    assert seconds < 2  # 40 ms on a machine that has nothing else to do: `make bench` measures
