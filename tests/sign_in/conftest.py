"""What every test of signing in starts with."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from tests.portal.cast import Cast, invite_cast
from tests.sign_in.doors import Door


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The firm's people. Real transactions: some of allauth's signals come after the commit."""
    return invite_cast()


@pytest.fixture(autouse=True)
def _no_limit_from_before(transactional_db: None) -> None:
    """Every test starts with the full number of attempts: the cache's table is not emptied."""
    cache.clear()


@pytest.fixture
def mail_works(settings: Settings) -> None:
    """As if the operator had set a mail server up."""
    settings.MAIL_IS_SET_UP = True


@pytest.fixture
def uma(client: Client, cast: Cast) -> Door:
    """Uma, a user, at the door: not signed in yet."""
    return Door(client, cast.uma)


@pytest.fixture
def olivia(cast: Cast) -> Client:
    """Olivia, the administrator, signed in."""
    browser = Client()
    Door(browser, cast.olivia).sign_in()
    return browser


@pytest.fixture
def otto(cast: Cast) -> Client:
    """Otto, the operator, signed in."""
    browser = Client()
    Door(browser, cast.otto).sign_in()
    return browser
