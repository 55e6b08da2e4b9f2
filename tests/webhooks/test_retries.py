"""A receiver that fails is tried again, ever more rarely, and given up after days."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from callmark.ops.metrics_of_jobs import queues
from callmark.webhooks.models import Delivery, WebhookEndpoint, WebhookMessage
from callmark.webhooks.queries import deliveries_of
from callmark.webhooks.schedule import MAX_ATTEMPTS, pause_after
from callmark.webhooks.services import change_endpoint
from callmark.webhooks.worker import Worker
from tests.cast import LawFirm
from tests.rows import every
from tests.webhooks.calls import tagged_call
from tests.webhooks.receivers import Clock, Receiver, answering, worker


def only_delivery() -> Delivery:
    return every(Delivery).get()


def pause(clock: Clock) -> timedelta:
    due_at = only_delivery().next_at
    assert due_at is not None
    return due_at - clock.now


def test_pauses_grow_and_end(firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    clock = Clock()
    working = worker(clock)
    receiver.will(then=answering(500, b"out of order"))
    tagged_call(firm)
    pauses = []
    while working.run_due() and only_delivery().state == Delivery.State.WAITING:
        pauses.append(pause(clock))
        clock.forward(pauses[-1] - timedelta(seconds=1))
        assert working.run_due() == 0, "it was sent too early"
        clock.forward(timedelta(seconds=1))
    assert pauses[:4] == [timedelta(seconds=seconds) for seconds in (5, 20, 80, 320)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=24)
    assert timedelta(days=2) < sum(pauses, timedelta()) < timedelta(days=4)
    delivery = only_delivery()
    assert (delivery.state, delivery.next_at) == (Delivery.State.GIVEN_UP, None)
    (logged,) = deliveries_of(firm.account, state=Delivery.State.GIVEN_UP)
    assert [attempt.status for attempt in logged.attempts.all()] == [500] * MAX_ATTEMPTS
    assert logged.attempts.all()[0].excerpt == "out of order"
    assert given_up_on_the_day_of(clock.now) == 1
    assert given_up_on_the_day_of(clock.now + timedelta(days=2)) == 0
    clock.forward(timedelta(days=30))
    assert working.run_due() == 0


def given_up_on_the_day_of(moment: datetime) -> float:
    """What alarms are told then."""
    with time_machine.travel(moment, tick=False):
        told = {metric.name: metric.samples[0].value for metric in queues()}
    return told["callmark_webhooks_given_up"]


def test_the_same_message_comes_again_until_it_is_taken(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    clock = Clock()
    receiver.fail([503, 404])
    tagged_call(firm)
    for _ in range(4):
        worker(clock).run_due()
        clock.forward(timedelta(hours=1))
    first, second, third = receiver.received
    assert first.body == second.body == third.body
    assert first.headers["webhook-id"] == third.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != third.headers["webhook-timestamp"]
    delivery = only_delivery()
    assert delivery.state == Delivery.State.DELIVERED
    assert delivery.delivered_at is not None
    assert [attempt.status for attempt in delivery.attempts.all()] == [503, 404, 204]


def test_chance_spreads_them_but_never_makes_them_earlier() -> None:
    for attempts in range(1, MAX_ATTEMPTS):
        least, most = pause_after(attempts, 0.0), pause_after(attempts, 1.0)
        assert least is not None
        assert most is not None
        assert least <= most <= timedelta(hours=24)
        following = pause_after(attempts + 1, 0.0)
        assert following is None or most <= following
    assert pause_after(MAX_ATTEMPTS, 0.5) is None


def test_nobody_listening_is_a_failure_too(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    change_endpoint(endpoint, {"url": "http://127.0.0.1:1/"}, actor=firm.olivia)
    tagged_call(firm)
    worker().run_due()
    (attempt,) = only_delivery().attempts.all()
    assert (attempt.status, attempt.problem) == (None, "Connection refused")


def test_while_an_endpoint_is_off_its_messages_wait(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    tagged_call(firm)
    change_endpoint(endpoint, {"active": False}, actor=firm.olivia)
    assert worker().run_due() == 0
    change_endpoint(endpoint, {"active": True}, actor=firm.olivia)
    assert worker().run_due() == 1


def test_a_receiver_that_hangs_leaves_room_for_others(
    firm: LawFirm, endpoint: WebhookEndpoint
) -> None:
    for _ in range(5):
        tagged_call(firm)
    working = worker()
    assert working.begin_due() == 3
    assert working.begin_due() == 0
    working.run_due()
    assert every(Delivery).filter(state=Delivery.State.DELIVERED).count() == 5


def test_old_messages_are_forgotten(
    firm: LawFirm, endpoint: WebhookEndpoint, settings: Settings
) -> None:
    settings.WEBHOOKS_KEEP_DAYS = 10
    tagged_call(firm)
    tagged_call(firm)
    old = every(WebhookMessage)[0]
    every(WebhookMessage).filter(pk=old.pk).update(at=timezone.now() - timedelta(days=11))
    Worker()._forget_now_and_then()
    assert every(WebhookMessage).get().pk != old.pk
    assert every(Delivery).count() == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_two_hundred_is_taken(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver, status: int
) -> None:
    receiver.will(answering(status))
    tagged_call(firm)
    worker().run_due()
    assert only_delivery().state == Delivery.State.DELIVERED
