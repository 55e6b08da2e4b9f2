"""Records that could not be stored, gates that stopped: operators read it where they look first."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from callmark.accounts.models import HeardGate
from callmark.gate.beats import Beat
from callmark.gate.set_aside import replay_set_aside, set_aside
from callmark.gate.spool import Spool
from callmark.ops.housekeeping import clean_up
from tests.cast import LawFirm

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def one_set_aside() -> Iterator[None]:
    settings.SPOOL_DIR.mkdir(parents=True, exist_ok=True)
    set_aside(settings.SPOOL_DIR, b"no record\n", ValueError())
    yield
    replay_set_aside(settings.SPOOL_DIR, len)


@pytest.mark.usefixtures("one_set_aside")
def test_the_operator_reads_how_many_and_what_to_do(cast: LawFirm) -> None:
    browser = Client()
    browser.force_login(cast.otto)
    page = browser.get("/").content.decode()
    assert "1 call record could not be stored since" in page
    assert "callmark records --replay" in page


def test_the_operator_reads_that_the_gate_has_stopped(cast: LawFirm) -> None:
    browser = Client()
    browser.force_login(cast.otto)
    said = "The gate on this machine is not running"
    assert said not in browser.get("/").text, "there was none here"
    lock = settings.SPOOL_DIR / "lock"
    try:
        with closing(Spool(settings.SPOOL_DIR)):
            assert said not in browser.get("/").text
        assert said in browser.get("/").text
    finally:
        lock.unlink()


def test_nothing_is_said_where_nothing_is_wrong(cast: LawFirm) -> None:
    browser = Client()
    browser.force_login(cast.otto)
    assert "could not be stored" not in browser.get("/").content.decode()


def test_the_operator_reads_which_gate_was_not_heard_elsewhere(
    cast: LawFirm, tmp_path: Path, client: Client
) -> None:
    client.force_login(cast.otto)
    clock = Clock()
    elsewhere, here = Beat(tmp_path, clock), Beat(settings.SPOOL_DIR, clock)
    settings.SPOOL_DIR.mkdir(parents=True, exist_ok=True)
    said = "was last heard on"
    with time_machine.travel(NOON, tick=False) as now:
        elsewhere.keep()
        here.keep()
        assert said not in client.get("/").text
        now.shift(90)
        assert client.get("/").text.count(said) == 1, "of its own machine's the lock tells"
        clock.seconds += 90
        # Started again, it is the same one: by what is in its folder.
        Beat(tmp_path).keep()
        assert said not in client.get("/").text
        assert HeardGate.objects.count() == 2
        now.shift(8 * 24 * 3600)
        assert [done.count for done in clean_up() if "gates" in done.what] == [2]
        assert said not in client.get("/").text


@dataclass
class Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds
