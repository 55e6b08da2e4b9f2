"""A worker that dies loses nothing; two at once send nothing twice."""

from datetime import timedelta

import pytest
from django.db import DatabaseError

from callmark.webhooks import worker as worker_module
from callmark.webhooks.deliveries import LEASE, due, finish, take
from callmark.webhooks.models import Delivery, WebhookEndpoint
from callmark.webhooks.schedule import MAX_ATTEMPTS
from callmark.webhooks.sending import Answer
from tests.cast import LawFirm
from tests.rows import every
from tests.webhooks.calls import tagged_call
from tests.webhooks.receivers import Clock, Receiver, worker


def test_a_crash_between_taking_and_sending_sends_again(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    clock = Clock()
    tagged_call(firm)
    (one,) = due(clock.now)
    assert take(one, clock.now)  # and then the power fails
    clock.forward(LEASE - timedelta(seconds=1))
    assert worker(clock).run_due() == 0
    clock.forward(timedelta(seconds=1))
    assert worker(clock).run_due() == 1
    assert len(receiver.received) == 1
    assert every(Delivery).get().state == Delivery.State.DELIVERED


def test_two_workers_that_look_at_once_do_not_both_take_it(
    firm: LawFirm, endpoint: WebhookEndpoint
) -> None:
    clock = Clock()
    tagged_call(firm)
    seen_by_first, seen_by_second = due(clock.now), due(clock.now)
    assert take(seen_by_first[0], clock.now) is not None
    assert take(seen_by_second[0], clock.now) is None


def test_who_comes_back_after_the_lease_does_not_undo_what_another_has_done(
    firm: LawFirm, endpoint: WebhookEndpoint
) -> None:
    clock = Clock()
    tagged_call(firm)
    slow = take(due(clock.now)[0], clock.now)
    assert slow is not None
    clock.forward(LEASE)
    worker(clock).run_due()
    finish(slow, Answer(500), clock.now, 0.0)
    delivery = every(Delivery).get()
    assert delivery.state == Delivery.State.DELIVERED
    assert sorted(attempt.status or 0 for attempt in delivery.attempts.all()) == [204, 500]


def test_a_message_that_kills_every_worker_is_given_up(
    firm: LawFirm, endpoint: WebhookEndpoint
) -> None:
    clock = Clock()
    tagged_call(firm)
    for _ in range(MAX_ATTEMPTS - 1):
        (one,) = due(clock.now)
        assert take(one, clock.now)
        clock.forward(LEASE)
    taken = take(due(clock.now)[0], clock.now)
    assert taken is not None
    finish(taken, Answer(500), clock.now, 0.0)
    assert every(Delivery).get().state == Delivery.State.GIVEN_UP


def test_an_endpoint_deleted_meanwhile_is_no_harm(firm: LawFirm, endpoint: WebhookEndpoint) -> None:
    clock = Clock()
    tagged_call(firm)
    taken = take(due(clock.now)[0], clock.now)
    assert taken is not None
    endpoint.delete()
    finish(taken, Answer(204), clock.now, 0.0)
    assert not every(Delivery).exists()


def test_an_answer_that_cannot_be_stored_yet_is_stored_later(
    firm: LawFirm,
    endpoint: WebhookEndpoint,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tagged_call(firm)
    working = worker()
    working.begin_due()

    def fail(*_: object) -> None:
        raise DatabaseError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(worker_module, "finish", fail)
        with pytest.raises(DatabaseError):
            working.settle(None)
    assert working.settle(None) == 1
    assert every(Delivery).get().state == Delivery.State.DELIVERED
    assert len(receiver.received) == 1
