"""A delivery can be sent again by hand; an endpoint can be tried out."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from callmark.accounts.refused import Refused
from callmark.audit.queries import entries_for
from callmark.webhooks.models import Delivery, WebhookEndpoint
from callmark.webhooks.queries import deliveries_of
from callmark.webhooks.services import (
    Replayed,
    add_endpoint,
    change_endpoint,
    replay,
    replay_failed,
    send_test,
)
from tests.cast import LawFirm
from tests.rows import every
from tests.webhooks.calls import tagged_call
from tests.webhooks.receivers import Receiver, worker


def test_a_replay_sends_the_same_message_and_keeps_the_log(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    receiver.fail([500])
    tagged_call(firm)
    worker().run_due()
    first = every(Delivery).get()
    every(Delivery).update(state=Delivery.State.GIVEN_UP, next_at=None)
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
    replay(every(Delivery).get(), actor=firm.olivia)
    worker().run_due()
    assert len(receiver.received) == 2


def test_to_an_endpoint_that_is_off_nothing_is_sent_again(
    firm: LawFirm, endpoint: WebhookEndpoint
) -> None:
    tagged_call(firm)
    change_endpoint(endpoint, {"active": False}, actor=firm.olivia)
    with pytest.raises(Refused, match="turned off"):
        replay(every(Delivery).get(), actor=firm.olivia)


def test_a_test_message_goes_to_one_endpoint(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    send_test(endpoint, actor=firm.olivia)
    worker().run_due()
    (received,) = receiver.received
    assert received.json["type"] == "endpoint.test"
    assert received.json["data"]["account"]["slug"] == "firm"


def failed(firm: LawFirm, count: int) -> list[Delivery]:
    """Messages that were given up, the oldest first."""
    for _ in range(count):
        tagged_call(firm)
    every(Delivery).filter(attempts_made=0).update(
        state=Delivery.State.GIVEN_UP, next_at=None, attempts_made=10
    )
    return list(every(Delivery).filter(state=Delivery.State.GIVEN_UP).order_by("created_at"))


def test_all_that_failed_is_sent_again_once(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    failed(firm, 3)
    assert replay_failed(endpoint, actor=firm.olivia) == Replayed(3, 0)
    assert replay_failed(endpoint, actor=firm.olivia) == Replayed(0, 0)
    assert worker().run_due() == 3
    assert replay_failed(endpoint, actor=firm.olivia) == Replayed(0, 0)
    (entry,) = entries_for(firm.account, action="webhook.failed_replayed")
    assert entry.after == {"messages": 3, "since": None}


def test_what_failed_twice_is_sent_once(firm: LawFirm, endpoint: WebhookEndpoint) -> None:
    failed(firm, 1)
    replay_failed(endpoint, actor=firm.olivia)
    last = failed(firm, 0)[-1]
    assert replay_failed(endpoint, actor=firm.olivia) == Replayed(1, 0)
    assert every(Delivery).get(state=Delivery.State.WAITING).replay_of == last


def test_only_what_happened_since_then(firm: LawFirm, endpoint: WebhookEndpoint) -> None:
    failed(firm, 1)
    since = timezone.now()
    (_, newer) = failed(firm, 1)
    assert replay_failed(endpoint, since=since, actor=firm.olivia) == Replayed(1, 0)
    assert every(Delivery).get(state=Delivery.State.WAITING).message_id == newer.message_id


def test_too_many_at_once_are_left_for_the_next_time(
    firm: LawFirm, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callmark.webhooks.services.REPLAYED_AT_ONCE", 2)
    (first, second, _) = failed(firm, 3)
    assert replay_failed(endpoint, actor=firm.olivia) == Replayed(2, 1)
    again = every(Delivery).filter(state=Delivery.State.WAITING)
    assert {one.replay_of_id for one in again} == {first.pk, second.pk}
    assert replay_failed(endpoint, actor=firm.olivia) == Replayed(1, 0)


def test_of_another_webhook_nothing_is_sent_again(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    other = add_endpoint(
        firm.account, url=receiver.url, events=["call.refused"], actor=firm.olivia
    ).endpoint
    failed(firm, 1)
    assert replay_failed(other, actor=firm.olivia) == Replayed(0, 0)


@pytest.mark.parametrize("service", [replay_failed, send_test])
def test_nor_is_anything_sent_to_one_that_is_off(
    firm: LawFirm, endpoint: WebhookEndpoint, service: Callable[..., object]
) -> None:
    failed(firm, 1)
    off = change_endpoint(endpoint, {"active": False}, actor=firm.olivia)
    with pytest.raises(Refused, match="turned off"):
        service(off, actor=firm.olivia)
