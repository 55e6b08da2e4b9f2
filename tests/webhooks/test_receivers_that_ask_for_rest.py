"""A receiver that is too busy says when to come back (Retry-After), and is left alone."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from callmark.webhooks.models import Delivery, WebhookEndpoint
from callmark.webhooks.schedule import LONGEST_PAUSE, LONGEST_REST, pause_after, rest_asked_for
from callmark.webhooks.services import add_endpoint, change_endpoint
from tests.cast import LawFirm
from tests.rows import every
from tests.webhooks.calls import tagged_call
from tests.webhooks.receivers import Clock, Receiver, asking_to_wait, worker

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def pause_of(delivery: Delivery, clock: Clock) -> timedelta:
    delivery.refresh_from_db()
    assert delivery.next_at is not None
    return delivery.next_at - clock.now


@pytest.mark.parametrize("status", [429, 503])
def test_the_next_try_is_when_the_receiver_asks_for_it(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver, status: int
) -> None:
    clock = Clock()
    receiver.will(asking_to_wait(status, "120"))
    tagged_call(firm)
    working = worker(clock)
    working.run_due()
    assert pause_of(every(Delivery).get(), clock) == timedelta(seconds=120)
    clock.forward(timedelta(seconds=119))
    assert working.run_due() == 0
    clock.forward(timedelta(seconds=1))
    assert working.run_due() == 1
    assert every(Delivery).get().state == Delivery.State.DELIVERED


def test_a_date_will_do_too(firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    clock = Clock()
    clock.now = clock.now.replace(microsecond=0)
    tagged_call(firm)
    clock.forward(timedelta(seconds=1))
    date = format_datetime(clock.now + timedelta(minutes=10), usegmt=True)
    receiver.will(asking_to_wait(503, date))
    worker(clock).run_due()
    assert pause_of(every(Delivery).get(), clock) == timedelta(minutes=10)


def test_meanwhile_nothing_else_is_sent_there_either(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    clock = Clock()
    receiver.will(asking_to_wait(429, "300"))
    tagged_call(firm)
    working = worker(clock)
    working.run_due()
    tagged_call(firm)
    clock.forward(timedelta(seconds=299))
    assert working.run_due() == 0
    clock.forward(timedelta(seconds=1))
    assert working.run_due() == 2
    assert [one.attempts_made for one in every(Delivery).order_by("created_at")] == [2, 1]


def test_other_receivers_are_not_made_to_wait(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    url = receiver.url + "/other"
    add_endpoint(firm.account, url=url, events=["call.tagged"], actor=firm.olivia)
    every(WebhookEndpoint).filter(pk=endpoint.pk).update(
        quiet_until=datetime.now(UTC) + timedelta(hours=1)
    )
    tagged_call(firm)
    assert worker().run_due() == 1
    assert [one.path for one in receiver.received] == ["/hook/other"]


def test_a_corrected_address_need_not_rest(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    clock = Clock()
    receiver.will(asking_to_wait(429, "300"))
    tagged_call(firm)
    worker(clock).run_due()
    change_endpoint(endpoint, {"url": receiver.url + "/new"}, actor=firm.olivia)
    tagged_call(firm)
    assert worker(clock).run_due() == 1
    assert receiver.received[-1].path == "/hook/new"


def test_on_another_answer_the_header_means_nothing(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    clock = Clock()
    receiver.will(asking_to_wait(500, "300"))
    tagged_call(firm)
    worker(clock).run_due()
    assert pause_of(every(Delivery).get(), clock) == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("999999999", LONGEST_REST.total_seconds()),
        ("99999999999999999999", 0),
        ("Mon, 23 Nov 2026 09:32:00 GMT", 120),
        ("Mon, 23 Nov 2026 09:32:00", 120),
        ("Mon, 23 Nov 2026 10:32:00 +0100", 120),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_REST.total_seconds()),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0),
        ("-60", 0),
        ("1.5", 0),
        ("١٢٠", 0),
        ("soon", 0),
        ("", 0),
    ],
)
def test_what_a_header_asks_for(header: str, seconds: float) -> None:
    assert rest_asked_for(header, NOW).total_seconds() == seconds


def test_it_never_makes_a_try_earlier_nor_later_than_the_longest_pause() -> None:
    assert pause_after(5, 0.0, timedelta(seconds=1)) == pause_after(5, 0.0)
    assert pause_after(1, 1.0, LONGEST_REST) == LONGEST_REST * 1.25
    assert LONGEST_REST * 1.25 < LONGEST_PAUSE
    assert pause_after(10, 0.0, LONGEST_REST) is None
