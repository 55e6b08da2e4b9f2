"""What every test of the portal starts with."""

import pytest
from django.test import Client

from tests.beginnings import begun_with
from tests.cast import LawFirm, before_the_first_visit


@begun_with
def cast() -> LawFirm:
    """The firm's people, before account codes are set up."""
    return before_the_first_visit()


@pytest.fixture
def olivia(client: Client, cast: LawFirm) -> Client:
    """Olivia, the office manager, signed in."""
    client.force_login(cast.olivia)
    return client
