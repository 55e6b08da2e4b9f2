"""A firm, a receiver on this machine, and the operator's leave to send there."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from callmark.webhooks.models import Event, WebhookEndpoint
from callmark.webhooks.services import add_endpoint
from tests.cast import LawFirm
from tests.webhooks.receivers import Receiver, listening


@pytest.fixture(autouse=True)
def _this_machine_is_allowed(settings: Settings) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = "127.0.0.1/32"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver


@pytest.fixture
def endpoint(firm: LawFirm, receiver: Receiver) -> WebhookEndpoint:
    return add_endpoint(
        firm.account, url=receiver.url, events=Event.values, actor=firm.olivia
    ).endpoint
