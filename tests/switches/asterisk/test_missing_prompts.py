"""A prompt that nobody installed: Asterisk's own sounds stand in, and the call goes on."""

from collections.abc import Iterator

import pytest

from .harness.world import World

pytestmark = pytest.mark.asterisk


@pytest.fixture
def without_prompts(world: World) -> Iterator[None]:
    folder = world.pbx.sounds / "callmark"
    aside = folder.with_name("callmark-aside")
    folder.rename(aside)
    yield
    aside.rename(folder)


@pytest.mark.usefixtures("without_prompts")
def test_the_caller_hears_asterisks_own_sounds(world: World) -> None:
    call = world.call("acme-law-114", "011442079460114")
    call.wait_heard("agent-pass")
    call.type("9999")
    call.wait_heard("agent-pass", "auth-incorrect")
    call.type("1234")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.attempts() == ["unknown_code", "accepted"]
    assert "the switch has no sound 'callmark/enter-code'" in world.gates["live"].log_text


@pytest.mark.usefixtures("without_prompts")
def test_a_refused_call_is_still_refused_aloud(world: World) -> None:
    call = world.call("down-624", "011442079460124")
    call.wait_over()

    assert call.heard == ["cannot-complete-as-dialed"]
    assert not call.arrived
