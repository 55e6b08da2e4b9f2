"""Callers are spoken to in their own language; the channel's own is left as it is."""

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk


def test_an_account_in_spanish_and_a_user_of_it_in_french(world: World) -> None:
    for extension, language in ((181, "es"), (182, "fr")):
        call = world.call(f"spanish-{extension}", f"011442079460{extension}")
        call.wait_heard(f"{language}/callmark/enter-code")
        call.type("99#")
        call.wait_heard(*(f"{language}/callmark/{one}" for one in ("enter-code", "wrong-length-4")))
        call.type("1234")
        call.wait_answered()
        call.hang_up()
        call.wait_over()
        assert call.attempts() == ["wrong_length", "accepted"]
    log = world.pbx.log.read_text(errors="replace")
    assert "Playing 'es/callmark/enter-code" in log
    assert "(language 'es')" not in log


def test_while_the_gate_is_down_the_dialplan_speaks_the_accounts_language(world: World) -> None:
    call = world.call("spanish-down-191", "011442079460191")
    call.wait_over()
    assert call.heard == ["es/callmark/call-refused"]
    assert not call.arrived
