"""Lines that the version before legs and payers wrote: an update must not lose what it finds."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest

from callmark.calls.models import Call, WaitingRecord
from callmark.gate.drain import store_or_refuse
from callmark.gate.set_aside import count_set_aside
from callmark.gate.spool import SpoolDrain
from callmark.keys.installed import keyring
from tests.cast import LawFirm, make_law_firm

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def firm(transactional_db: None) -> LawFirm:
    return make_law_firm()


def at(seconds: int) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


def old_id(call: str) -> str:
    """As that version made it."""
    return str(uuid5(NAMESPACE_URL, f"callmark:call:main:{call}"))


def attempt(result: str, seconds: int, entered_by: str = "prompt") -> dict[str, object]:
    return {
        "result": result,
        "at": at(seconds),
        "entered_by": entered_by,
        "counts_as_guess": result == "unknown_code",
        "account_code_name": "Harper v. Castellan" if result == "accepted" else "",
    }


def tag(firm: LawFirm, entered_by: str) -> dict[str, object]:
    return {
        "code": keyring().encrypt("1234"),
        "code_id": str(firm.code.pk),
        "code_name": firm.code.name,
        "entered_by": entered_by,
    }


def decided(firm: LawFirm, call: str, **more: object) -> dict[str, object]:
    """Ben's call to London, with a wrong code and the right one."""
    return {
        "id": old_id(call),
        "switch": "main",
        "call_id": call,
        "linked_id": call,
        "account_id": str(firm.account.pk),
        "user_id": str(firm.ben.pk),
        "direction": "outbound",
        "caller": "101",
        "dialed": "011442079460000",
        "e164": "+442079460000",
        "call_type": "international",
        "started_at": at(0),
        "outcome": "connected",
        "attempts": [attempt("unknown_code", 3), attempt("accepted", 6)],
        "tag": tag(firm, "prompt"),
        "why": ["+44 differs from the caller's +1"],
        "simulated": False,
        "user_name": "Ben",
        "kind": "decided",
        **more,
    }


def tagged(firm: LawFirm, call: str, linked: str, seconds: int) -> dict[str, object]:
    """Carla's star code."""
    return {
        "id": old_id(call),
        "switch": "main",
        "call_id": call,
        "linked_id": linked,
        "account_id": str(firm.account.pk),
        "user_id": str(firm.carla.pk),
        "extension": "102",
        "tagged_at": at(seconds),
        "attempts": [attempt("accepted", seconds, "star_code")],
        "tag": tag(firm, "star_code"),
        "user_name": "Carla",
        "kind": "tagged",
    }


def ended(call: str, seconds: int, talked: int) -> dict[str, object]:
    return {
        "id": old_id(call),
        "ended_at": at(seconds),
        "answered_at": at(seconds - talked),
        "seconds": talked,
        "disposition": "ANSWERED",
        "kind": "ended",
    }


def drain(directory: Path, *lines: dict[str, object], times: int = 1) -> None:
    for _ in range(times):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (directory / "000000000001.jsonl").write_text(text)
        SpoolDrain(directory, store_or_refuse).drain()
    assert count_set_aside(directory) == 0


@pytest.mark.parametrize("times", [1, 2])
def test_a_call_with_its_entries_and_its_end(firm: LawFirm, tmp_path: Path, times: int) -> None:
    lines = [decided(firm, "1700000000.1"), ended("1700000000.1", 40, 30)]
    drain(tmp_path, *lines, times=times)
    call = Call.objects.of(firm.account).get()
    assert (str(call.pk), call.leg, call.payer) == (old_id("1700000000.1"), 1, "user")
    assert (call.user, call.outcome, call.account_code) == (firm.ben, "connected", "1234")
    assert (call.seconds, call.disposition) == (30, "ANSWERED")
    assert [one.result for one in call.attempts.all()] == ["unknown_code", "accepted"]


@pytest.mark.parametrize("times", [1, 2])
def test_a_star_code_on_a_call_of_that_version(firm: LawFirm, tmp_path: Path, times: int) -> None:
    untagged: dict[str, object] = {"outcome": "not_gated", "attempts": [], "tag": None}
    drain(
        tmp_path,
        decided(firm, "1700000000.1", **untagged),
        tagged(firm, "1700000000.2", "1700000000.1", 20),
        times=times,
    )
    call = Call.objects.of(firm.account).get()
    assert (call.account_code, call.entered_by) == ("1234", "star_code")
    assert [one.user for one in call.attempts.all()] == [firm.carla]


@pytest.mark.parametrize("times", [1, 2])
def test_a_star_code_was_the_only_sign_of_a_call_that_came_in(
    firm: LawFirm, tmp_path: Path, times: int
) -> None:
    drain(
        tmp_path,
        tagged(firm, "1700000000.7", "1700000000.6", 20),
        ended("1700000000.7", 60, 50),
        times=times,
    )
    call = Call.objects.of(firm.account).get()
    assert (call.direction, call.user, call.dialed) == ("inbound", firm.carla, "102")
    assert (call.account_code, call.seconds) == ("1234", 50)
    assert not WaitingRecord.objects.filter(placed_on=None).exists()


def test_a_call_of_that_version_is_ended_and_tagged_by_this_one(
    firm: LawFirm, tmp_path: Path
) -> None:
    """It was under way during the update: the switch tells its end to the new gate."""
    call = "1700000000.1"
    drain(tmp_path, decided(firm, call))
    now = {
        "v": 2,
        "id": "018bcfe5-6800-85fd-8bbc-cce8d1a0590d",
        "switch": "main",
        "call_id": call,
        "leg": 1,
        "by": "outside",
    }
    drain(tmp_path, ended(call, 40, 30) | now)
    assert Call.objects.of(firm.account).get().seconds == 30
