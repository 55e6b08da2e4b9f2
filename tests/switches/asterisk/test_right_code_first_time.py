"""A caller types the right code at the first prompt: a tone, and the call goes through."""

import re
import time
import wave

import pytest

from tests.leaks import shows

from .harness.world import REPOSITORY, World

pytestmark = pytest.mark.asterisk


def test_an_international_call_is_asked_for_a_code_and_goes_through(world: World) -> None:
    call = world.call("acme-law-101", "011442079460101", digits="1234")
    arrival = call.wait_arrived()
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert arrival["Exten"] == "011442079460101"
    assert call.heard == ["enter-code"]
    record = call.record()
    assert record["outcome"] == "connected"
    assert (record["account"], record["user_name"]) == ("acme-law", "User 101")
    assert record["call_type"] == "international"
    assert record["account_code"] == "1234"
    assert record["account_code_name"] == "General office"
    assert record["entered_by"] == "prompt"
    assert record["disposition"] == "ANSWERED"
    assert record["answered_at"]
    assert call.attempts() == ["accepted"]
    cdr = call.cdr()
    assert cdr["disposition"] == "ANSWERED"
    assert cdr["accountcode"] == "General office"


def test_the_digits_are_nowhere_in_the_switchs_files(world: World) -> None:
    call = world.call("acme-law-102", "011442079460102", digits="0042")
    call.wait_answered()
    call.hang_up()
    call.wait_over()

    assert call.record()["account_code"] == "0042"
    assert call.cdr()["accountcode"] == "Harper v. Castellan"
    # With quotes or spaces around it, so that a port or a time of day does not match.
    for text in (
        world.pbx.log.read_text(errors="replace"),
        world.pbx.cdr_csv.read_text(errors="replace"),
    ):
        assert not re.search(r"[\s\"'=(,]0042[\s\"'),]", text)
    assert not shows("0042", world.gates["live"].log_text)


def test_typing_cuts_the_prompt_short(world: World) -> None:
    call = world.call("acme-law-103", "011442079460103")
    call.wait_heard("enter-code")
    started = time.monotonic()
    call.type("1234")
    call.wait_arrived()
    took = time.monotonic() - started
    call.hang_up()
    call.wait_over()

    with wave.open(str(REPOSITORY / "prompts" / "en" / "8k" / "enter-code.wav")) as prompt:
        length = prompt.getnframes() / prompt.getframerate()
    assert took < length
    assert call.record()["outcome"] == "connected"
