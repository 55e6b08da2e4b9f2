"""Call records that could not be stored: the operator is told where they look first."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from django.conf import settings
from django.test import Client

from callmark.gate.set_aside import replay_set_aside, set_aside
from callmark.gate.spool import Spool
from tests.portal.cast import Cast


@pytest.fixture
def one_set_aside() -> Iterator[None]:
    settings.SPOOL_DIR.mkdir(parents=True, exist_ok=True)
    set_aside(settings.SPOOL_DIR, b"no record\n", ValueError())
    yield
    replay_set_aside(settings.SPOOL_DIR, len)


@pytest.mark.usefixtures("one_set_aside")
def test_the_operator_reads_how_many_and_what_to_do(cast: Cast) -> None:
    browser = Client()
    browser.force_login(cast.otto)
    page = browser.get("/").content.decode()
    assert "1 call record could not be stored since" in page
    assert "callmark records --replay" in page


def test_the_operator_reads_that_the_gate_has_stopped(cast: Cast) -> None:
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


def test_nothing_is_said_where_nothing_is_wrong(cast: Cast) -> None:
    browser = Client()
    browser.force_login(cast.otto)
    assert "could not be stored" not in browser.get("/").content.decode()
