"""The portal's cast again: a law firm, and people who are not of it."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from callmark.web.limits import counters
from tests.beginnings import begun_with
from tests.cast import LawFirm, before_the_first_visit


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """No test has spent another's requests."""
    counters.clear()
    yield
    counters.clear()


@begun_with
def cast() -> LawFirm:
    """The firm's people."""
    cache.clear()
    return before_the_first_visit()


@pytest.fixture
def olivia(client: Client, cast: LawFirm) -> Client:
    """Olivia, the office manager, signed in."""
    client.force_login(cast.olivia)
    return client
