"""Olivia sets up webhooks and looks at what became of their messages."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from callmark.accounts.services import change_person
from callmark.portal.pages import Here
from callmark.portal.views import webhooks as views
from callmark.webhooks.models import Delivery, Event, WebhookEndpoint
from tests.cast import LawFirm
from tests.portal.pages import url
from tests.portal.programs import ADDRESS, delivery, webhook
from tests.rows import every

PAGE = "webhooks/"
FILLED = {"name": "Billing", "url": ADDRESS, "events": ["call.tagged"]}


def only(cast: LawFirm) -> WebhookEndpoint:
    return every(WebhookEndpoint).get(account=cast.account)


def test_add_one_and_see_its_secret_once(olivia: Client, cast: LawFirm) -> None:
    assert "No webhooks yet" in olivia.get(url(cast, PAGE)).content.decode()
    answer = olivia.post(url(cast, "webhooks/add/"), FILLED)
    endpoint = only(cast)
    assert (endpoint.name, endpoint.events, endpoint.include_codes) == (
        "Billing",
        ["call.tagged"],
        False,
    )
    assert endpoint.secret in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    for page in (PAGE, f"webhooks/{endpoint.pk}/", f"webhooks/{endpoint.pk}/edit/"):
        text = olivia.get(url(cast, page)).content.decode()
        assert endpoint.secret not in text
        assert "Billing" in text


@pytest.mark.parametrize(
    ("wrong", "said", "field"),
    [
        ({"url": "http://10.0.0.1/x"}, "private network are not allowed", "url"),
        ({"url": "https://localhost/"}, "this machine itself is not allowed", "url"),
        ({"url": "https://elsewhere.example/"}, "operator does not allow elsewhere.example", "url"),
        ({"url": ""}, "Enter the address to send messages to.", "url"),
        ({"events": []}, "Choose at least one event.", "events"),
        ({"name": "x" * 101}, "at most 100 characters", "name"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    olivia: Client,
    cast: LawFirm,
    settings: Settings,
    wrong: dict[str, object],
    said: str,
    field: str,
) -> None:
    settings.WEBHOOKS_ALLOWED_HOSTS = ("billing.callmark.example", "10.0.0.1", "localhost")
    page = olivia.post(url(cast, "webhooks/add/"), {**FILLED, **wrong}).content.decode()
    beside = re.search(rf'id="id_{field}_error">([^<]*)', page)
    assert beside
    assert said in beside[1]
    assert not every(WebhookEndpoint).filter(account=cast.account).exists()


def test_an_account_cannot_have_any_number(
    olivia: Client, cast: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callmark.webhooks.services.MAX_ENDPOINTS", 1)
    webhook(cast)
    assert "Add a webhook" not in olivia.get(url(cast, PAGE)).content.decode()
    page = olivia.post(url(cast, "webhooks/add/"), FILLED).content.decode()
    assert "An account can have 1 webhooks." in page


def test_edit(olivia: Client, cast: LawFirm) -> None:
    endpoint = webhook(cast)
    page = olivia.get(url(cast, f"webhooks/{endpoint.pk}/edit/")).content.decode()
    assert ADDRESS in page
    sent = {"name": "", "url": ADDRESS, "events": ["call.refused"], "include_codes": "on"}
    olivia.post(url(cast, f"webhooks/{endpoint.pk}/edit/"), sent)
    changed = only(cast)
    assert (changed.name, changed.events, changed.include_codes) == ("", ["call.refused"], True)
    refused = olivia.post(url(cast, f"webhooks/{endpoint.pk}/edit/"), {**sent, "url": "ftp://x"})
    assert "begin it with https://" in refused.content.decode()


def test_what_stands_behind_the_question_mark_is_not_shown(olivia: Client, cast: LawFirm) -> None:
    endpoint = webhook(cast)
    for page in (PAGE, f"webhooks/{endpoint.pk}/"):
        assert "not-for-everybody" not in olivia.get(url(cast, page)).content.decode()


def test_pause_and_resume(olivia: Client, cast: LawFirm) -> None:
    endpoint = webhook(cast)
    where = url(cast, f"webhooks/{endpoint.pk}/active/")
    page = olivia.post(where, {"active": "0"}, follow=True).content.decode()
    assert "Paused." in page
    assert not only(cast).active
    olivia.post(where, {"active": "1"})
    assert only(cast).active


def test_delete_after_asking(olivia: Client, cast: LawFirm) -> None:
    endpoint = webhook(cast)
    where = url(cast, f"webhooks/{endpoint.pk}/delete/")
    assert "delivery log is deleted" in olivia.get(where).content.decode()
    assert only(cast)
    olivia.post(where)
    assert not every(WebhookEndpoint).filter(account=cast.account).exists()


def test_a_new_secret_after_asking(olivia: Client, cast: LawFirm) -> None:
    endpoint = webhook(cast)
    where = url(cast, f"webhooks/{endpoint.pk}/secret/")
    assert "signed with both" in olivia.get(where).content.decode()
    assert only(cast).secret == endpoint.secret
    page = olivia.post(where).content.decode()
    assert only(cast).secret != endpoint.secret
    assert only(cast).secret in page


def test_the_log_tells_every_attempt(olivia: Client, cast: LawFirm) -> None:
    endpoint = webhook(cast)
    failed = delivery(endpoint, Delivery.State.GIVEN_UP, (0, 503))
    page = olivia.get(url(cast, f"webhooks/{endpoint.pk}/")).content.decode()
    for seen in ("Test message", "Given up", "answer 503"):
        assert seen in page
    page = olivia.get(url(cast, f"webhooks/{endpoint.pk}/deliveries/{failed.pk}/")).content.decode()
    assert page.index("There is no such host") < page.index("Answer 503")
    for seen in ("out of order", "240 ms", "&quot;slug&quot;: &quot;firm&quot;"):
        assert seen in page


def test_the_log_is_filtered(olivia: Client, cast: LawFirm) -> None:
    endpoint = webhook(cast)
    delivery(endpoint, Delivery.State.DELIVERED, (204,))
    where = url(cast, f"webhooks/{endpoint.pk}/")
    for query, found in (
        ({"state": "delivered"}, True),
        ({"state": "waiting"}, False),
        ({"event": "endpoint.test"}, True),
        ({"event": Event.LOCKED_OUT}, False),
        ({"state": "nonsense"}, True),
    ):
        page = olivia.get(where, query, headers={"HX-Request": "true"}).content.decode()
        assert ("answer 204" in page) is found


def test_send_a_test(olivia: Client, cast: LawFirm) -> None:
    endpoint = webhook(cast)
    page = olivia.post(url(cast, f"webhooks/{endpoint.pk}/test/"), follow=True).content.decode()
    assert "A test message is on its way." in page
    assert 'hx-trigger="every 3s"' in page
    assert every(Delivery).get(endpoint=endpoint).message.event == "endpoint.test"


def test_send_a_message_again(olivia: Client, cast: LawFirm) -> None:
    endpoint = webhook(cast)
    first = delivery(endpoint, Delivery.State.GIVEN_UP, (500,))
    where = url(cast, f"webhooks/{endpoint.pk}/deliveries/{first.pk}/replay/")
    answer = olivia.post(where)
    again = every(Delivery).get(replay_of=first)
    assert str(again.pk) in answer.headers["Location"]
    endpoint.active = False
    endpoint.save()
    page = olivia.post(where, follow=True).content.decode()
    assert "This webhook is turned off." in page


def test_digits_are_not_in_the_log(olivia: Client, cast: LawFirm) -> None:
    endpoint = webhook(cast, include_codes=True)
    one = delivery(endpoint)
    one.message.account_code_encrypted = "something"
    one.message.save()
    page = olivia.get(url(cast, f"webhooks/{endpoint.pk}/deliveries/{one.pk}/")).content.decode()
    assert "they are not shown here" in page


def test_a_delivery_belongs_to_its_webhook(olivia: Client, cast: LawFirm) -> None:
    one, other = webhook(cast), webhook(cast, "Alarms")
    found = delivery(one)
    assert olivia.get(url(cast, f"webhooks/{other.pk}/deliveries/{found.pk}/")).status_code == 404


def test_who_is_no_administrator_any_more_sees_none(olivia: Client, cast: LawFirm) -> None:
    change_person(cast.olivia, {"role": "reporter"}, actor=cast.otto)
    assert olivia.get(url(cast, PAGE)).status_code == 403


def in_trouble(cast: LawFirm, **state: object) -> WebhookEndpoint:
    """A webhook as the worker left it."""
    endpoint = webhook(cast)
    every(WebhookEndpoint).filter(pk=endpoint.pk).update(**state)
    return endpoint


def test_one_that_callmark_switched_off_says_why_and_what_to_do(
    olivia: Client, cast: LawFirm
) -> None:
    endpoint = in_trouble(cast, active=False, off_reason="gone", off_at=timezone.now())
    assert "Turned off" in olivia.get(url(cast, PAGE)).content.decode()
    page = olivia.get(url(cast, f"webhooks/{endpoint.pk}/")).content.decode()
    for words in ("Callmark turned it off", "410 Gone", "new address", "Turn on"):
        assert words in page
    olivia.post(url(cast, f"webhooks/{endpoint.pk}/active/"), {"active": "1"})
    assert only(cast).why_off is None


def test_one_that_has_failed_for_long_is_warned_of(olivia: Client, cast: LawFirm) -> None:
    endpoint = in_trouble(cast, failing_since=timezone.now() - timedelta(hours=2))
    assert "Not arriving" in olivia.get(url(cast, PAGE)).content.decode()
    page = olivia.get(url(cast, f"webhooks/{endpoint.pk}/")).content.decode()
    assert "Nothing has arrived since" in page
    every(WebhookEndpoint).update(failing_since=timezone.now())
    assert "Not arriving" not in olivia.get(url(cast, PAGE)).content.decode()


def test_a_program_that_asked_for_rest(olivia: Client, cast: LawFirm) -> None:
    until = timezone.now() + timedelta(minutes=20)
    endpoint = in_trouble(cast, quiet_until=until)
    waiting = delivery(endpoint)
    page = olivia.get(url(cast, f"webhooks/{endpoint.pk}/")).content.decode()
    assert "The program asked for a pause." in page
    page = olivia.get(
        url(cast, f"webhooks/{endpoint.pk}/deliveries/{waiting.pk}/")
    ).content.decode()
    there = until.astimezone(cast.account.zone)
    assert f"{there:%H:%M:%S}" in page, "as all times of the account"


def test_no_test_is_sent_to_one_that_is_off(olivia: Client, cast: LawFirm) -> None:
    endpoint = in_trouble(cast, active=False)
    page = olivia.post(url(cast, f"webhooks/{endpoint.pk}/test/"), follow=True).content.decode()
    assert "This webhook is turned off." in page
    assert not every(Delivery).exists()


def test_send_all_that_failed_again_after_asking(olivia: Client, cast: LawFirm) -> None:
    endpoint = webhook(cast)
    here, where = (url(cast, f"webhooks/{endpoint.pk}/{rest}") for rest in ("", "replay-failed/"))
    assert "Send failed again" not in olivia.get(here).content.decode()
    for _ in range(2):
        delivery(endpoint, Delivery.State.GIVEN_UP, (500,))
    assert "Send failed again" in olivia.get(here).content.decode()
    assert "2 messages to" in olivia.get(where).content.decode()
    page = olivia.post(where, follow=True).content.decode()
    assert "2 messages are sent again." in page
    assert "Send failed again" not in page
    assert every(Delivery).filter(state="waiting").count() == 2
    page = olivia.post(where, follow=True).content.decode()
    assert "No message had to be sent again." in page
    olivia.post(url(cast, f"webhooks/{endpoint.pk}/active/"), {"active": "0"})
    assert "turned off" in olivia.post(where, follow=True).content.decode()


@pytest.mark.parametrize("action", ["active", "secret"])
def test_somebody_else_deletes_it_at_the_same_moment(
    olivia: Client, cast: LawFirm, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    endpoint = webhook(cast)
    found = views._endpoint

    def found_and_then_deleted(here: Here, endpoint_id: UUID) -> WebhookEndpoint:
        one = found(here, endpoint_id)
        every(WebhookEndpoint).delete()
        return one

    monkeypatch.setattr(views, "_endpoint", found_and_then_deleted)
    answer = olivia.post(url(cast, f"webhooks/{endpoint.pk}/{action}/"), follow=True)
    assert "Somebody has deleted this webhook meanwhile." in answer.content.decode()
