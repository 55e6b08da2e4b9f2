"""The portal's cast again: a law firm, and people who are not of it."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from callmark.web.limits import counters
from tests.portal.cast import Cast, invite_cast


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """No test has spent another's requests."""
    counters.clear()
    yield
    counters.clear()


@pytest.fixture
def cast(db: None) -> Cast:
    """The firm's people."""
    cache.clear()
    return invite_cast()


@pytest.fixture
def olivia(client: Client, cast: Cast) -> Client:
    """Olivia, the office manager, signed in."""
    client.force_login(cast.olivia)
    return client
