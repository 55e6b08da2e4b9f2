"""Olivia sets up webhooks and looks at what became of their messages."""

import re

import pytest
from django.test import Client

from callmark.accounts.services import change_person
from callmark.webhooks.models import Delivery, Event, WebhookEndpoint
from tests.portal.cast import Cast, url
from tests.portal.programs import ADDRESS, delivery, webhook

PAGE = "webhooks/"
FILLED = {"name": "Billing", "url": ADDRESS, "events": ["call.tagged"]}


def only(cast: Cast) -> WebhookEndpoint:
    return WebhookEndpoint.objects.get(account=cast.firm)


def test_add_one_and_see_its_secret_once(olivia: Client, cast: Cast) -> None:
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
        ({"url": ""}, "Enter the address to send messages to.", "url"),
        ({"events": []}, "Choose at least one event.", "events"),
        ({"name": "x" * 101}, "at most 100 characters", "name"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    olivia: Client, cast: Cast, wrong: dict[str, object], said: str, field: str
) -> None:
    page = olivia.post(url(cast, "webhooks/add/"), {**FILLED, **wrong}).content.decode()
    beside = re.search(rf'id="id_{field}_error">([^<]*)', page)
    assert beside
    assert said in beside[1]
    assert not WebhookEndpoint.objects.filter(account=cast.firm).exists()


def test_an_account_cannot_have_any_number(
    olivia: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callmark.webhooks.services.MAX_ENDPOINTS", 1)
    webhook(cast)
    assert "Add a webhook" not in olivia.get(url(cast, PAGE)).content.decode()
    page = olivia.post(url(cast, "webhooks/add/"), FILLED).content.decode()
    assert "An account can have 1 webhooks." in page


def test_edit(olivia: Client, cast: Cast) -> None:
    endpoint = webhook(cast)
    page = olivia.get(url(cast, f"webhooks/{endpoint.pk}/edit/")).content.decode()
    assert ADDRESS in page
    sent = {"name": "", "url": ADDRESS, "events": ["call.refused"], "include_codes": "on"}
    olivia.post(url(cast, f"webhooks/{endpoint.pk}/edit/"), sent)
    changed = only(cast)
    assert (changed.name, changed.events, changed.include_codes) == ("", ["call.refused"], True)
    refused = olivia.post(url(cast, f"webhooks/{endpoint.pk}/edit/"), {**sent, "url": "ftp://x"})
    assert "begin it with https://" in refused.content.decode()


def test_what_stands_behind_the_question_mark_is_not_shown(olivia: Client, cast: Cast) -> None:
    endpoint = webhook(cast)
    for page in (PAGE, f"webhooks/{endpoint.pk}/"):
        assert "not-for-everybody" not in olivia.get(url(cast, page)).content.decode()


def test_pause_and_resume(olivia: Client, cast: Cast) -> None:
    endpoint = webhook(cast)
    where = url(cast, f"webhooks/{endpoint.pk}/active/")
    page = olivia.post(where, {"active": "0"}, follow=True).content.decode()
    assert "Paused." in page
    assert not only(cast).active
    olivia.post(where, {"active": "1"})
    assert only(cast).active


def test_delete_after_asking(olivia: Client, cast: Cast) -> None:
    endpoint = webhook(cast)
    where = url(cast, f"webhooks/{endpoint.pk}/delete/")
    assert "delivery log is deleted" in olivia.get(where).content.decode()
    assert only(cast)
    olivia.post(where)
    assert not WebhookEndpoint.objects.filter(account=cast.firm).exists()


def test_a_new_secret_after_asking(olivia: Client, cast: Cast) -> None:
    endpoint = webhook(cast)
    where = url(cast, f"webhooks/{endpoint.pk}/secret/")
    assert "signed with both" in olivia.get(where).content.decode()
    assert only(cast).secret == endpoint.secret
    page = olivia.post(where).content.decode()
    assert only(cast).secret != endpoint.secret
    assert only(cast).secret in page


def test_the_log_tells_every_attempt(olivia: Client, cast: Cast) -> None:
    endpoint = webhook(cast)
    failed = delivery(endpoint, Delivery.State.GIVEN_UP, (0, 503))
    page = olivia.get(url(cast, f"webhooks/{endpoint.pk}/")).content.decode()
    for seen in ("Test message", "Given up", "answer 503"):
        assert seen in page
    page = olivia.get(url(cast, f"webhooks/{endpoint.pk}/deliveries/{failed.pk}/")).content.decode()
    assert page.index("There is no such host") < page.index("Answer 503")
    for seen in ("out of order", "240 ms", "&quot;slug&quot;: &quot;firm&quot;"):
        assert seen in page


def test_the_log_is_filtered(olivia: Client, cast: Cast) -> None:
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


def test_send_a_test(olivia: Client, cast: Cast) -> None:
    endpoint = webhook(cast)
    page = olivia.post(url(cast, f"webhooks/{endpoint.pk}/test/"), follow=True).content.decode()
    assert "A test message is on its way." in page
    assert 'hx-trigger="every 3s"' in page
    assert Delivery.objects.get(endpoint=endpoint).message.event == "endpoint.test"


def test_send_a_message_again(olivia: Client, cast: Cast) -> None:
    endpoint = webhook(cast)
    first = delivery(endpoint, Delivery.State.GIVEN_UP, (500,))
    where = url(cast, f"webhooks/{endpoint.pk}/deliveries/{first.pk}/replay/")
    answer = olivia.post(where)
    again = Delivery.objects.get(replay_of=first)
    assert str(again.pk) in answer.headers["Location"]
    endpoint.active = False
    endpoint.save()
    page = olivia.post(where, follow=True).content.decode()
    assert "This webhook is switched off." in page


def test_digits_are_not_in_the_log(olivia: Client, cast: Cast) -> None:
    endpoint = webhook(cast, include_codes=True)
    one = delivery(endpoint)
    one.message.account_code_encrypted = "something"
    one.message.save()
    page = olivia.get(url(cast, f"webhooks/{endpoint.pk}/deliveries/{one.pk}/")).content.decode()
    assert "they are not shown here" in page


def test_a_delivery_belongs_to_its_webhook(olivia: Client, cast: Cast) -> None:
    one, other = webhook(cast), webhook(cast, "Alarms")
    found = delivery(one)
    assert olivia.get(url(cast, f"webhooks/{other.pk}/deliveries/{found.pk}/")).status_code == 404


def test_who_is_no_administrator_any_more_sees_none(olivia: Client, cast: Cast) -> None:
    change_person(cast.olivia, {"role": "reporter"}, actor=cast.otto)
    assert olivia.get(url(cast, PAGE)).status_code == 403
