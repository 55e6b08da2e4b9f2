"""What callers may do instead of typing a code, where the account allows it."""

import time

import pytest

from tests.leaks import shows

from .harness.world import PhoneCall, World

pytestmark = pytest.mark.asterisk


def gone_through(call: PhoneCall) -> PhoneCall:
    """The call, answered and over."""
    call.wait_answered()
    call.hang_up()
    call.wait_over()
    return call


def test_the_pound_key_goes_on_without_a_code_and_the_star_key_with_the_last_one(
    world: World,
) -> None:
    declined = gone_through(world.call("brief-151", "011442079460151", digits="#"))
    assert declined.heard == ["enter-code"]
    assert (declined.record()["outcome"], declined.record()["account_code"]) == ("declined", "")
    assert declined.attempts() == ["declined"]

    gone_through(world.call("brief-151", "011442079460152", digits="8086"))
    again = world.call("brief-151", "011442079460153")
    again.wait_heard("enter-code")
    started = time.monotonic()
    again.type("*")
    again.wait_arrived()
    assert time.monotonic() - started < 3, "nobody waits for more keys"
    record = gone_through(again).record()
    assert (record["account_code"], record["entered_by"]) == ("8086", "last_call")

    typed = world.call("brief-151", "011442079460154")
    typed.wait_heard("enter-code")
    typed.type("80867")  # One key more than the code has.
    assert gone_through(typed).record()["account_code"] == "8086"


def test_number_and_code_in_one_go_send_the_number_alone(world: World) -> None:
    london = "011442079460152"
    call = world.call("brief-152", f"{london}*4711", arrives_as=london)
    assert call.wait_arrived()["Exten"] == london
    gone_through(call)
    assert call.heard == []
    record = call.record()
    assert (record["outcome"], record["entered_by"]) == ("connected", "dialed")
    assert (record["account_code"], record["dialed"], record["number"]) == ("4711", london, london)
    assert not any("4711" in dialed for dialed in call.dialed_outside())
    # The switch's own record keeps what was dialed; nothing of ours in it does.
    cdr = call.cdr()
    assert "4711" not in cdr["accountcode"] + cdr["userfield"]
    assert not shows("4711", world.gates["live"].log_text)


def test_a_code_is_kept_for_the_next_call(world: World) -> None:
    gone_through(world.call("keeping-171", "011442079460171", digits="1234"))
    kept = gone_through(world.call("keeping-171", "011442079460172"))
    assert kept.heard == []
    record = kept.record()
    assert (record["account_code_name"], record["entered_by"]) == ("General office", "kept")


def test_with_a_code_behind_it_an_emergency_number_is_dialed_without_the_gate(
    world: World,
) -> None:
    calls = {
        "brief-153": ("911*1234", "911"),
        "brief-154": ("*67911*1234", "911"),
        "brief-155": ("911#99", "911"),
        "brief-down-161": ("9911*1234", "911"),
        "brief-down-162": ("2125550162*4711", "2125550162"),
    }
    for phone, (dialed, number) in calls.items():
        call = world.call(phone, dialed.replace("#", "%23"), arrives_as=number)
        assert call.wait_arrived()["Exten"] == number
        gone_through(call)
        assert call.heard == []
        assert "*" not in call.cdr()["userfield"].replace("*67911", "")
        if number == "911":
            assert "AGI" not in call.applications()
