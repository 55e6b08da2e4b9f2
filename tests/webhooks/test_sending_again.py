"""A delivery can be sent again by hand; an endpoint can be tried out."""

import pytest

from callmark.accounts.refused import Refused
from callmark.audit.queries import entries_for
from callmark.webhooks.models import Delivery, WebhookEndpoint
from callmark.webhooks.queries import deliveries_of
from callmark.webhooks.services import change_endpoint, replay, send_test
from tests.factories import LawFirm
from tests.webhooks.calls import tagged_call
from tests.webhooks.receivers import Receiver, worker


def test_a_replay_sends_the_same_message_and_keeps_the_log(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    receiver.fail([500])
    tagged_call(firm)
    worker().run_due()
    first = Delivery.objects.get()
    Delivery.objects.update(state=Delivery.State.GIVEN_UP, next_at=None)
    again = replay(first, actor=firm.olivia)
    assert worker().run_due() == 1
    one, two = receiver.received
    assert (one.body, one.headers["webhook-id"]) == (two.body, two.headers["webhook-id"])
    newest, oldest = deliveries_of(firm.account)
    assert (newest.pk, newest.replay_of_id, newest.state) == (again.pk, first.pk, "delivered")
    assert (oldest.state, [one.status for one in oldest.attempts.all()]) == ("given_up", [500])
    assert entries_for(firm.account, action="webhook.replayed").exists()


def test_what_was_delivered_can_be_sent_again_too(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    tagged_call(firm)
    worker().run_due()
    replay(Delivery.objects.get(), actor=firm.olivia)
    worker().run_due()
    assert len(receiver.received) == 2


def test_to_an_endpoint_that_is_off_nothing_is_sent_again(
    firm: LawFirm, endpoint: WebhookEndpoint
) -> None:
    tagged_call(firm)
    change_endpoint(endpoint, {"active": False}, actor=firm.olivia)
    with pytest.raises(Refused, match="switched off"):
        replay(Delivery.objects.get(), actor=firm.olivia)


def test_a_test_message_goes_to_one_endpoint(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    send_test(endpoint, actor=firm.olivia)
    worker().run_due()
    (received,) = receiver.received
    assert received.json["type"] == "endpoint.test"
    assert received.json["data"]["account"]["slug"] == "firm"
