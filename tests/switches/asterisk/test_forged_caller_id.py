"""Nobody calls as somebody else: neither by caller ID nor by a name in the SIP From."""

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk


def test_a_forged_caller_id_changes_nothing(world: World) -> None:
    # User 141 has account codes off and may call abroad; user 124 may not.
    call = world.call("acme-law-124", "011442079460124", forged_caller_id='"acme-law-141" <141>')
    call.wait_heard("enter-code")
    call.hang_up()
    call.wait_over()

    # The forged number did reach the switch: this test would otherwise prove nothing.
    newchannel = world.pbx_ami.wait_for(
        lambda e: (
            (e.get("Event") == "NewCallerid" and e.get("Uniqueid") == call.unique_id)
            or (
                e.get("Event") == "Newexten"
                and e.get("Uniqueid") == call.unique_id
                and e.get("CallerIDNum") == "141"
            )
        ),
        what="the forged caller ID at the switch",
    )
    assert newchannel["CallerIDNum"] == "141"
    record = call.record()
    assert record["user_name"] == "User 124"
    assert record["outcome"] == "abandoned"
    assert not call.arrived


def test_with_another_phones_name_but_not_its_password_nobody_gets_in(world: World) -> None:
    seen = len(world.pbx_ami.events)
    call = world.call("thief", "011442079460199")
    call.wait_phone_over()

    assert not call.arrived
    assert not [e for e in world.pbx_ami.events[seen:] if e.get("Exten") == "011442079460199"]
