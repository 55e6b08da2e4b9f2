"""Receivers can tell a genuine message from a forged, altered or repeated one."""

import time

import pytest

from callmark.webhooks.models import WebhookEndpoint
from callmark.webhooks.services import FORMER_SECRET_LASTS, renew_secret
from callmark.webhooks.signing import NotGenuine, new_secret, signed_headers, verify
from tests.cast import LawFirm
from tests.webhooks.calls import tagged_call
from tests.webhooks.receivers import Clock, Receiver, worker

# The example of the specification.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
SENT_AT = 1614265330
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(SENT_AT),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_the_example_of_the_specification() -> None:
    made = signed_headers(HEADERS["webhook-id"], BODY, SENT_AT, [SECRET])
    assert made == HEADERS
    verify(SECRET, HEADERS, BODY, now=SENT_AT)


@pytest.mark.parametrize(
    ("changed", "body", "now"),
    [
        ({}, BODY + b" ", SENT_AT),
        ({"webhook-id": "msg_other"}, BODY, SENT_AT),
        ({"webhook-timestamp": str(SENT_AT + 1)}, BODY, SENT_AT),
        ({"webhook-timestamp": "yesterday"}, BODY, SENT_AT),
        ({"webhook-signature": ""}, BODY, SENT_AT),
        ({"webhook-signature": "v1,bm90aGluZw=="}, BODY, SENT_AT),
        ({"webhook-signature": "v1,ä"}, BODY, SENT_AT),
        ({}, BODY, SENT_AT + 301),
        ({}, BODY, SENT_AT - 301),
    ],
)
def test_what_is_altered_or_old_is_refused(
    changed: dict[str, str], body: bytes, now: float
) -> None:
    with pytest.raises(NotGenuine):
        verify(SECRET, HEADERS | changed, body, now=now)


def test_a_missing_header_is_refused() -> None:
    with pytest.raises(NotGenuine):
        verify(SECRET, {}, BODY)


def test_another_secret_is_refused() -> None:
    with pytest.raises(NotGenuine):
        verify(new_secret(), HEADERS, BODY, now=SENT_AT)


def test_what_the_receiver_gets_is_genuine(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    tagged_call(firm)
    worker().run_due()
    (received,) = receiver.received
    verify(endpoint.secret, received.headers, received.body)
    assert abs(int(received.headers["webhook-timestamp"]) - time.time()) < 60


def test_for_a_day_after_a_renewal_both_secrets_are_right(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    former, clock = endpoint.secret, Clock()
    renewed = renew_secret(endpoint, actor=firm.olivia)
    tagged_call(firm)
    worker(clock).run_due()
    (received,) = receiver.received
    for secret in (former, renewed.secret):
        verify(secret, received.headers, received.body)
    clock.forward(FORMER_SECRET_LASTS)
    tagged_call(firm)
    worker(clock).run_due()
    later = receiver.received[1]
    verify(renewed.secret, later.headers, later.body, now=clock.now.timestamp())
    with pytest.raises(NotGenuine):
        verify(former, later.headers, later.body, now=clock.now.timestamp())
