"""Which events become messages, to whom, and what they say."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from callmark.calls.store import store
from callmark.codes.services import SettingsChange, save_account_settings, turn_off
from callmark.webhooks.models import Delivery, Event, WebhookEndpoint, WebhookMessage
from callmark.webhooks.services import add_endpoint, change_endpoint
from tests.cast import OUTSIDE_CALLS, LawFirm, make_law_firm
from tests.factories import decided_call, tag_of
from tests.rows import every
from tests.webhooks.calls import tagged_call
from tests.webhooks.receivers import Receiver, worker


def messages() -> list[WebhookMessage]:
    return list(every(WebhookMessage))


def test_a_tagged_call(firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    entry = tagged_call(firm)
    worker().run_due()
    (received,) = receiver.received
    assert received.headers["content-type"] == "application/json"
    assert received.headers["user-agent"].startswith("Callmark/")
    assert received.json["id"] == received.headers["webhook-id"]
    assert received.json["type"] == "call.tagged"
    data = received.json["data"]
    assert data["account"] == {"id": str(firm.account.pk), "slug": "firm", "name": "Firm Ltd"}
    assert data["account_code"] == {
        "id": str(firm.code.pk),
        "name": "Harper v. Castellan",
        "entered_by": "prompt",
    }
    assert data["call"]["id"] == entry.id
    assert data["call"]["user"] == {"id": str(firm.ben.pk), "name": "Ben"}
    assert (data["call"]["dialed"], data["call"]["e164"]) == ("011442079460000", "+442079460000")
    leg = (data["call"]["payer"], data["call"]["leg"], data["call"]["number"])
    assert leg == ("user", 1, "011442079460000")
    assert data["call"]["started_at"].endswith("Z")


def test_a_call_that_came_in_has_no_type(firm: LawFirm, endpoint: WebhookEndpoint) -> None:
    tagged = decided_call(firm, "not_gated", tag=tag_of(firm))
    store(
        [replace(tagged, direction="inbound", call_type="", caller="+442079460000", dialed="101")]
    )
    (message,) = messages()
    call = message.data["call"]
    assert (call["direction"], call["call_type"]) == ("inbound", None)
    assert (call["caller"], call["dialed"]) == ("+442079460000", "101")


def test_digits_only_on_wish(firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    tagged_call(firm)
    assert "code" not in messages()[0].data["account_code"]
    worker().run_due()
    change_endpoint(endpoint, {"include_codes": True}, actor=firm.olivia)
    tagged_call(firm)
    worker().run_due()
    told = [received.json["data"]["account_code"].get("code") for received in receiver.received]
    assert told == [None, "1234"]


@pytest.mark.parametrize(
    "outcome",
    ["ended_after_max_retries", "refused_while_down", "refused_unasked", "refused_number"],
)
def test_a_refused_call(firm: LawFirm, endpoint: WebhookEndpoint, outcome: str) -> None:
    store([decided_call(firm, outcome)])
    (message,) = messages()
    assert message.event == Event.CALL_REFUSED
    assert message.data["call"]["outcome"] == outcome
    assert message.data["account_code"] is None


@pytest.mark.parametrize("outcome", ["not_gated", "abandoned"])
def test_other_calls_are_not_told(firm: LawFirm, endpoint: WebhookEndpoint, outcome: str) -> None:
    store([decided_call(firm, outcome)])
    assert not messages()


def test_a_call_told_twice_by_the_gate_is_told_once(
    firm: LawFirm, endpoint: WebhookEndpoint
) -> None:
    entry = tagged_call(firm)
    store([entry])
    assert len(messages()) == 1


def test_a_simulated_call_is_not_told(firm: LawFirm, endpoint: WebhookEndpoint) -> None:
    store([decided_call(firm, "connected", tag=tag_of(firm), simulated=True)])
    assert not messages()


def test_a_lockout(firm: LawFirm, endpoint: WebhookEndpoint) -> None:
    for minutes_ago, guesses in ((4, 3), (3, 3), (2, 3), (1, 1)):
        at = timezone.now() - timedelta(minutes=minutes_ago)
        store([decided_call(firm, "abandoned", at=at, guesses=guesses)])
    (message,) = messages()
    assert message.event == Event.LOCKED_OUT
    assert message.data["user"] == {"id": str(firm.ben.pk), "name": "Ben"}
    assert message.data["locked_until"].endswith("Z")


def test_changed_settings(firm: LawFirm, endpoint: WebhookEndpoint) -> None:
    settings = save_account_settings(
        firm.account,
        SettingsChange(max_retries=3, rules=replace(OUTSIDE_CALLS, premium=False)),
        enable_everyone=False,
        expected_version=firm.account.code_settings.version,
        actor=firm.olivia,
    )
    turn_off(
        firm.account,
        delete_custom_settings=False,
        expected_version=settings.version,
        actor=firm.olivia,
    )
    off, saved = messages()
    assert saved.event == off.event == Event.SETTINGS_CHANGED
    assert (saved.data["before"], saved.data["after"]) == ({"premium": True}, {"premium": False})
    assert saved.data["by"]["name"] == "Olivia"
    assert off.data["action"] == "account_codes.turned_off"


def test_an_endpoint_hears_only_what_it_chose(firm: LawFirm, receiver: Receiver) -> None:
    add_endpoint(firm.account, url=receiver.url, events=["call.refused"], actor=firm.olivia)
    tagged_call(firm)
    assert not messages()
    store([decided_call(firm, "ended_after_max_retries")])
    assert [message.event for message in messages()] == ["call.refused"]


def test_another_account_hears_nothing(firm: LawFirm, endpoint: WebhookEndpoint) -> None:
    tagged_call(make_law_firm("other"))
    assert not messages()


def test_two_endpoints_get_the_same_message(
    firm: LawFirm, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    add_endpoint(firm.account, url=receiver.url, events=Event.values, actor=firm.olivia)
    tagged_call(firm)
    assert worker().run_due() == 2
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


def test_what_is_undone_is_not_told(firm: LawFirm, endpoint: WebhookEndpoint) -> None:
    class Later(Exception):
        pass

    def store_and_fail() -> None:
        with transaction.atomic():
            tagged_call(firm)
            raise Later

    with pytest.raises(Later):
        store_and_fail()
    assert not messages()
    assert not every(Delivery).exists()
