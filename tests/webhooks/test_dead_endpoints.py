"""An endpoint that is gone, or where nothing has arrived for days, is turned off and told of."""

from datetime import timedelta

import pytest
from django.core import mail
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from callmark.accounts.models import Role
from callmark.accounts.services import add_person
from callmark.audit.models import AuditEntry
from callmark.webhooks.health import DEAD_AFTER_DAYS
from callmark.webhooks.models import Delivery, DeliveryAttempt, WebhookEndpoint
from callmark.webhooks.services import change_endpoint, send_test
from tests.cast import LawFirm
from tests.rows import every
from tests.webhooks.calls import tagged_call
from tests.webhooks.receivers import Clock, Receiver, answering, worker

HOUR = timedelta(hours=1)
REFUSED_BY_ALL = answering(500, b"out of order")


@pytest.fixture(autouse=True)
def _mail_is_set_up(settings: Settings) -> None:
    settings.MAIL_IS_SET_UP = True


def now_stored(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    return every(WebhookEndpoint).get(pk=endpoint.pk)


def days_pass(firm: LawFirm, clock: Clock, days: float) -> None:
    """A call every six hours, while the worker does its work."""
    working = worker(clock)
    until = clock.now + timedelta(days=days)
    while clock.now < until:
        tagged_call(firm)
        for _ in range(3):
            working.run_due()
            clock.forward(2 * HOUR)


def test_what_answers_410_is_switched_off_at_once(
    firm: LawFirm,
    endpoint: WebhookEndpoint,
    receiver: Receiver,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    clock = Clock()
    receiver.will(answering(410))
    tagged_call(firm)
    with django_capture_on_commit_callbacks(execute=True):
        worker(clock).run_due()
    off = now_stored(endpoint)
    assert (off.active, off.why_off, off.off_at) == (False, "gone", clock.now)
    clock.forward(timedelta(days=1))
    assert worker(clock).run_due() == 0
    (sent,) = mail.outbox
    assert sent.to == ["olivia@firm.example"]
    assert sent.subject == f"[Callmark] Webhook turned off: {receiver.url}"
    for words in ("Hello Olivia", "of Firm Ltd", "410 Gone", "Turn on", receiver.url):
        assert words in sent.body


def test_its_messages_wait_and_go_out_when_it_is_on_again(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    clock = Clock()
    receiver.will(answering(410))
    tagged_call(firm)
    worker(clock).run_due()
    clock.forward(HOUR)
    change_endpoint(endpoint, {"active": True, "url": receiver.url + "/new"}, actor=firm.olivia)
    on = now_stored(endpoint)
    assert (on.why_off, on.off_at, on.failing_since) == (None, None, None)
    assert worker(clock).run_due() == 1
    assert receiver.received[-1].path == "/hook/new"
    assert every(Delivery).get().state == Delivery.State.DELIVERED


def test_nothing_arriving_for_days_switches_it_off(
    firm: LawFirm,
    endpoint: WebhookEndpoint,
    receiver: Receiver,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    clock = Clock()
    began = clock.now
    receiver.will(then=REFUSED_BY_ALL)
    days_pass(firm, clock, DEAD_AFTER_DAYS - 0.25)
    assert now_stored(endpoint).active
    assert now_stored(endpoint).failing_since == began
    with django_capture_on_commit_callbacks(execute=True):
        days_pass(firm, clock, 1)
    off = now_stored(endpoint)
    assert (off.active, off.why_off) == (False, "failing")
    assert off.off_at is not None
    assert timedelta(days=DEAD_AFTER_DAYS) <= off.off_at - began < timedelta(days=6)
    (sent,) = mail.outbox
    assert "What came back last: answer 500." in sent.body
    count = every(DeliveryAttempt).count()
    days_pass(firm, clock, 1)
    assert every(DeliveryAttempt).count() == count


@pytest.mark.sqlite  # days are counted in Python; one such story runs on both
def test_one_message_that_arrives_is_enough_to_keep_it_on(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    clock = Clock()
    receiver.will(then=REFUSED_BY_ALL)
    days_pass(firm, clock, 4)
    receiver.will(answering(204))
    arrived_at = clock.now
    days_pass(firm, clock, 4)
    failing_since = now_stored(endpoint).failing_since
    assert failing_since is not None
    assert failing_since >= arrived_at
    assert now_stored(endpoint).active


def test_a_single_failure_long_after_another_is_no_reason(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    """A message that could still arrive at its next try: not all there is has failed."""
    clock = Clock()
    receiver.will(REFUSED_BY_ALL)
    tagged_call(firm)
    worker(clock).run_due()
    every(Delivery).update(state=Delivery.State.GIVEN_UP, next_at=None)
    clock.forward(timedelta(days=20))
    receiver.will(REFUSED_BY_ALL)
    tagged_call(firm)
    worker(clock).run_due()
    assert now_stored(endpoint).active


@pytest.mark.sqlite  # days are counted in Python; one such story runs on both
def test_turning_it_on_again_gives_it_as_many_days_anew(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    clock = Clock()
    receiver.will(then=REFUSED_BY_ALL)
    days_pass(firm, clock, DEAD_AFTER_DAYS + 1)
    assert not now_stored(endpoint).active
    change_endpoint(endpoint, {"active": True}, actor=firm.olivia)
    days_pass(firm, clock, DEAD_AFTER_DAYS - 0.5)
    assert now_stored(endpoint).active
    days_pass(firm, clock, 2)
    assert not now_stored(endpoint).active


def test_it_is_on_record_as_callmarks_own_doing(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    receiver.will(answering(410))
    tagged_call(firm)
    worker().run_due()
    entry = every(AuditEntry).get(action="webhook.switched_off")
    assert (entry.actor_id, entry.actor_name, entry.source) == (None, "webhook worker", "system")
    assert (entry.account_id, entry.target_id) == (firm.account.pk, str(endpoint.pk))
    assert entry.before == {"active": True}
    assert entry.after == {"active": False, "why": "The program answered 410 Gone"}


def test_all_administrators_are_told_and_nobody_else(
    firm: LawFirm,
    endpoint: WebhookEndpoint,
    receiver: Receiver,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def add(name: str, role: Role, *, is_active: bool = True) -> None:
        person = add_person(
            firm.account, name=name, email=f"{name.lower()}@firm.example", role=role
        )
        person.is_active = is_active
        person.save()

    add("Anna", Role.ADMINISTRATOR)
    add("Former", Role.ADMINISTRATOR, is_active=False)
    reporter = firm.rick
    receiver.will(answering(410))
    tagged_call(firm)
    with django_capture_on_commit_callbacks(execute=True):
        worker().run_due()
    assert {tuple(one.to) for one in mail.outbox} == {
        ("olivia@firm.example",),
        ("anna@firm.example",),
    }, f"not {reporter.email}"


def test_a_password_in_the_address_is_not_mailed(
    firm: LawFirm,
    endpoint: WebhookEndpoint,
    receiver: Receiver,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    url = f"{receiver.url}?key=geheim"
    change_endpoint(endpoint, {"url": url, "name": "Billing"}, actor=firm.olivia)
    receiver.will(answering(410, b"geheim too"))
    tagged_call(firm)
    with django_capture_on_commit_callbacks(execute=True):
        worker().run_due()
    (sent,) = mail.outbox
    assert sent.subject.endswith("Webhook turned off: Billing")
    assert "geheim" not in sent.body


def test_a_mail_server_that_is_down_stops_nothing(
    firm: LawFirm,
    endpoint: WebhookEndpoint,
    receiver: Receiver,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    receiver.will(answering(410))
    tagged_call(firm)
    with django_capture_on_commit_callbacks(execute=True):
        worker().run_due()
    assert not now_stored(endpoint).active


def test_an_answer_from_a_former_address_does_not_switch_the_new_one_off(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    receiver.will(answering(410))
    tagged_call(firm)
    working = worker()
    working.begin_due()
    change_endpoint(endpoint, {"url": receiver.url + "/new"}, actor=firm.olivia)
    working.run_due()
    assert now_stored(endpoint).active


def test_a_missing_key_of_ours_is_not_the_receivers_failure(
    firm: LawFirm,
    endpoint: WebhookEndpoint,
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    clock = Clock()
    tagged_call(firm)
    settings.CODE_KEYS_FILE = tmp_path_factory.mktemp("keys") / "others"
    working = worker(clock)
    while every(Delivery).get().state == Delivery.State.WAITING:
        working.run_due()
        clock.forward(timedelta(days=1))
    assert now_stored(endpoint).failing_since is None
    assert now_stored(endpoint).active


def test_a_person_pauses_it(firm: LawFirm, endpoint: WebhookEndpoint) -> None:
    paused = change_endpoint(endpoint, {"active": False}, actor=firm.olivia)
    assert paused.why_off == "paused"
    assert paused.off_at is not None


def test_a_test_message_that_arrives_shows_that_it_works(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    clock = Clock()
    receiver.will(REFUSED_BY_ALL)
    tagged_call(firm)
    worker(clock).run_due()
    assert now_stored(endpoint).failing_since == clock.now
    send_test(endpoint, actor=firm.olivia)
    worker(clock).run_due()
    assert now_stored(endpoint).failing_since is None
