"""What every test of signing in starts with."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from tests.cast import LawFirm, before_the_first_visit
from tests.sign_in.doors import Door


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """The time stands still, in the middle of a code's half minute, until a test moves it."""
    with time_machine.travel(datetime(2026, 11, 23, 9, 30, 15, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def cast(transactional_db: None) -> LawFirm:
    """The firm's people. Real transactions: some of allauth's signals come after the commit."""
    return before_the_first_visit()


@pytest.fixture(autouse=True)
def _no_limit_from_before(transactional_db: None) -> None:
    """Every test starts with the full number of attempts: the cache's table is not emptied."""
    cache.clear()


@pytest.fixture
def mail_works(settings: Settings) -> None:
    """As if the operator had set a mail server up."""
    settings.MAIL_IS_SET_UP = True


@pytest.fixture
def uma(client: Client, cast: LawFirm, clock: time_machine.Traveller) -> Door:
    """Uma, a user, at the door: not signed in yet."""
    return Door(client, cast.uma, clock)


@pytest.fixture
def olivia(cast: LawFirm) -> Client:
    """Olivia, the administrator, signed in."""
    browser = Client()
    Door(browser, cast.olivia).sign_in()
    return browser


@pytest.fixture
def otto(cast: LawFirm) -> Client:
    """Otto, the operator, signed in."""
    browser = Client()
    Door(browser, cast.otto).sign_in()
    return browser
