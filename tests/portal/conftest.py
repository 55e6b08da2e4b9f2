"""What every test of the portal starts with."""

import pytest
from django.test import Client

from tests.beginnings import begun_with
from tests.portal.cast import Cast, invite_cast


@begun_with
def cast() -> Cast:
    """The firm's people, before account codes are set up."""
    return invite_cast()


@pytest.fixture
def olivia(client: Client, cast: Cast) -> Client:
    """Olivia, the office manager, signed in."""
    client.force_login(cast.olivia)
    return client
