"""A program sets up webhooks for its account, and looks at what became of their messages."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from callmark.api.resources.webhook_deliveries import MessageEvent
from callmark.audit.models import AuditEntry
from callmark.sign_in.api_tokens import Scope
from callmark.webhooks.hosts import parse_hosts
from callmark.webhooks.models import TEST_EVENT, Delivery, Event, WebhookEndpoint
from callmark.webhooks.signing import verify
from tests.api.programs import Program, body_of, problem, program_of
from tests.cast import LawFirm
from tests.rows import every
from tests.webhooks.calls import tagged_call
from tests.webhooks.receivers import Receiver, answering, listening, worker

HOOK = "https://billing.example/hooks?key=geheim"
NEW: dict[str, Any] = {"url": HOOK, "events": ["call.tagged"], "name": "Billing"}


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.WEBHOOKS_ALLOW_PRIVATE = "127.0.0.1/32"
    with listening() as receiver:
        yield receiver


def add(program: Program, at: str, **changes: object) -> dict[str, Any]:
    answer = program.post(f"{at}/webhooks", NEW | changes)
    assert answer.status_code == 201, answer.content
    added: dict[str, Any] = body_of(answer)
    return added


def change(program: Program, where: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = program.patch(where, body, if_match="*")
    assert answer.status_code == 200, answer.content
    changed: dict[str, Any] = body_of(answer)
    return changed


def test_add_one_and_get_its_messages_signed(
    firm: LawFirm, olivia: Program, at: str, receiver: Receiver
) -> None:
    added = add(olivia, at, url=receiver.url)
    assert added["secret"].startswith("whsec_")
    assert (added["active"], added["off_reason"], added["include_codes"]) == (True, None, False)
    tagged_call(firm)
    worker().run_due()
    (received,) = receiver.received
    verify(added["secret"], received.headers, received.body)
    assert received.json["data"]["account_code"]["name"] == "Harper v. Castellan"


def test_the_secret_is_shown_once(olivia: Program, at: str) -> None:
    key = {"Idempotency_Key": "add-billing"}
    added = body_of(olivia.post(f"{at}/webhooks", NEW, **key))
    assert problem(olivia.post(f"{at}/webhooks", NEW, **key)) == (409, "already_done")
    assert every(WebhookEndpoint).count() == 1
    for answer in (olivia.get(f"{at}/webhooks"), olivia.get(f"{at}/webhooks/{added['id']}")):
        assert added["secret"] not in answer.content.decode()
        assert b"secret" not in answer.content


def test_list_and_read(olivia: Program, at: str) -> None:
    billing, alarms = add(olivia, at), add(olivia, at, name="Alarms")
    first = body_of(olivia.get(f"{at}/webhooks?limit=1"))
    second = body_of(olivia.get(f"{at}/webhooks?limit=1&cursor={first['next']}"))
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [billing["id"], alarms["id"]]
    assert second["next"] is None
    shown = body_of(olivia.get(f"{at}/webhooks/{billing['id']}"))
    assert shown == {name: value for name, value in billing.items() if name != "secret"}
    assert shown["url"] == HOOK


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"url": "http://10.0.0.1/x"}, "address_not_allowed", "url"),
        ({"url": "https://localhost/"}, "address_not_allowed", "url"),
        ({"url": "https://elsewhere.example/"}, "address_not_allowed", "url"),
        ({"url": ""}, "address_not_allowed", "url"),
        ({"url": "https://hooks.example/" + "x" * 500}, "invalid_request", "url"),
        ({"events": []}, "invalid_request", "events"),
        ({"events": ["endpoint.test"]}, "invalid_request", "events.0"),
        ({"name": "x" * 101}, "invalid_request", "name"),
        ({"secret": "whsec_mine"}, "invalid_request", "secret"),
    ],
)
def test_what_cannot_be_is_said_with_field_and_code(
    olivia: Program, at: str, settings: Settings, wrong: dict[str, Any], code: str, field: str
) -> None:
    settings.WEBHOOKS_ALLOWED_HOSTS = parse_hosts("billing.example")
    added = add(olivia, at)
    for answer in (
        olivia.post(f"{at}/webhooks", NEW | wrong),
        olivia.patch(f"{at}/webhooks/{added['id']}", wrong, if_match="*"),
    ):
        assert problem(answer) == (422, code)
        assert body_of(answer)["field"] == field
    assert every(WebhookEndpoint).get().url == HOOK


def test_too_many(olivia: Program, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callmark.webhooks.services.MAX_ENDPOINTS", 1)
    add(olivia, at)
    assert problem(olivia.post(f"{at}/webhooks", NEW)) == (409, "too_many_webhooks")


def test_change_only_what_is_sent(firm: LawFirm, olivia: Program, at: str) -> None:
    where = f"{at}/webhooks/{add(olivia, at)['id']}"
    changed = change(olivia, where, {"events": ["call.refused", "call.tagged"]})
    assert changed["events"] == ["call.tagged", "call.refused"]
    assert (changed["url"], changed["name"]) == (HOOK, "Billing")
    changed = change(olivia, where, {"active": False})
    assert (changed["active"], changed["off_reason"]) == (False, "paused")
    assert changed["off_at"]
    assert "Turn it on" in changed["advice"]
    changed = change(olivia, where, {"active": True})
    assert (changed["off_reason"], changed["off_at"], changed["advice"]) == (None, None, None)
    entry = every(AuditEntry).filter(action="webhook.changed").first()
    assert entry is not None
    assert (entry.actor_name, entry.token_name, entry.source) == ("Olivia", "test", "api")


def test_nobody_overwrites_what_he_has_not_seen(olivia: Program, at: str) -> None:
    where = f"{at}/webhooks/{add(olivia, at)['id']}"
    seen = olivia.get(where)["ETag"]
    assert problem(olivia.patch(where, {"name": "A"})) == (428, "if_match_missing")
    first = olivia.patch(where, {"name": "A"}, if_match=seen)
    assert first.status_code == 200
    assert problem(olivia.patch(where, {"name": "B"}, if_match=seen)) == (412, "stale_version")
    assert olivia.patch(where, {"name": "C"}, if_match=first["ETag"]).status_code == 200


def test_a_delivery_changes_no_etag(
    firm: LawFirm, olivia: Program, at: str, receiver: Receiver
) -> None:
    added = olivia.post(f"{at}/webhooks", NEW | {"url": receiver.url})
    where = f"{at}/webhooks/{body_of(added)['id']}"
    receiver.will(answering(500))
    tagged_call(firm)
    worker().run_due()
    shown = olivia.get(where)
    assert shown["ETag"] == added["ETag"]
    assert body_of(shown)["failing_since"]
    assert body_of(shown)["last_delivery_state"] == "waiting"


def test_one_that_callmark_switched_off_says_why_and_what_to_do(
    firm: LawFirm, olivia: Program, at: str, receiver: Receiver
) -> None:
    where = f"{at}/webhooks/{add(olivia, at, url=receiver.url)['id']}"
    receiver.will(answering(410))
    tagged_call(firm)
    worker().run_due()
    shown = body_of(olivia.get(where))
    assert (shown["active"], shown["off_reason"]) == (False, "gone")
    assert "new address" in shown["advice"]
    for path in ("test", "replay-failed"):
        body: dict[str, Any] | None = {} if path == "replay-failed" else None
        assert problem(olivia.post(f"{where}/{path}", body)) == (409, "webhook_off")
    (entry,) = body_of(olivia.get(f"{at}/audit?source=system"))["items"]
    assert (entry["action"], entry["actor_name"]) == ("webhook.switched_off", "webhook worker")
    change(olivia, where, {"active": True})
    assert worker().run_due() == 0  # its next try is due a little later
    assert body_of(olivia.get(f"{where}/deliveries"))["items"][0]["next_at"]


def test_a_new_secret_and_the_former_one_for_a_day(
    firm: LawFirm, olivia: Program, at: str, receiver: Receiver
) -> None:
    added = add(olivia, at, url=receiver.url)
    renewed = body_of(olivia.post(f"{at}/webhooks/{added['id']}/secret"))
    assert renewed["secret"] != added["secret"]
    tagged_call(firm)
    worker().run_due()
    (received,) = receiver.received
    for secret in (added["secret"], renewed["secret"]):
        verify(secret, received.headers, received.body)


def test_delete(olivia: Program, at: str) -> None:
    where = f"{at}/webhooks/{add(olivia, at)['id']}"
    assert olivia.delete(where).status_code == 204
    assert problem(olivia.get(where)) == (404, "not_found")
    assert problem(olivia.delete(where)) == (404, "not_found")


def test_a_test_message_and_what_came_back(olivia: Program, at: str, receiver: Receiver) -> None:
    where = f"{at}/webhooks/{add(olivia, at, url=receiver.url)['id']}"
    sent = body_of(olivia.post(f"{where}/test"))
    assert (sent["event"], sent["state"], sent["attempts_made"]) == (TEST_EVENT, "waiting", 0)
    receiver.will(answering(503, b"out of order"))
    worker().run_due()
    shown = body_of(olivia.get(f"{where}/deliveries/{sent['id']}"))
    assert shown["message_id"] == receiver.received[0].headers["webhook-id"]
    assert (shown["state"], shown["last_status"]) == ("waiting", 503)
    (attempt,) = shown["attempts"]
    assert (attempt["number"], attempt["status"], attempt["excerpt"]) == (1, 503, "out of order")
    assert shown["data"]["account"]["slug"] == "firm"
    assert shown["next_at"] > attempt["at"]


def test_the_log_in_pages_and_by_state_and_event(
    firm: LawFirm, olivia: Program, at: str, receiver: Receiver
) -> None:
    where = f"{at}/webhooks/{add(olivia, at, url=receiver.url)['id']}"
    for _ in range(3):
        tagged_call(firm)
    worker().run_due()
    test_id = body_of(olivia.post(f"{where}/test"))["id"]

    def ids(query: str) -> list[str]:
        return [one["id"] for one in body_of(olivia.get(f"{where}/deliveries?{query}"))["items"]]

    page = body_of(olivia.get(f"{where}/deliveries?limit=3"))
    rest = body_of(olivia.get(f"{where}/deliveries?limit=3&cursor={page['next']}"))
    assert [len(page["items"]), len(rest["items"]), rest["next"]] == [3, 1, None]
    assert page["items"][0]["id"] == test_id
    assert ids("state=waiting") == ids("event=endpoint.test") == [test_id]
    assert len(ids("state=delivered&event=call.tagged")) == 3
    assert ids("state=given_up") == []
    assert problem(olivia.get(f"{where}/deliveries?state=lost")) == (422, "invalid_request")


def test_send_one_again(firm: LawFirm, olivia: Program, at: str, receiver: Receiver) -> None:
    where = f"{at}/webhooks/{add(olivia, at, url=receiver.url)['id']}"
    tagged_call(firm)
    worker().run_due()
    first = every(Delivery).get()
    key = {"Idempotency_Key": "again"}
    again = body_of(olivia.post(f"{where}/deliveries/{first.pk}/replay", **key))
    assert body_of(olivia.post(f"{where}/deliveries/{first.pk}/replay", **key)) == again
    assert again["replay_of"] == str(first.pk)
    worker().run_due()
    one, two = receiver.received
    assert one.body == two.body
    assert body_of(olivia.get(f"{where}/deliveries/{first.pk}"))["replays"] == [again["id"]]


def test_send_all_that_failed_again(
    firm: LawFirm, olivia: Program, at: str, receiver: Receiver
) -> None:
    where = f"{at}/webhooks/{add(olivia, at, url=receiver.url)['id']}"
    tagged_call(firm)
    before = timezone.now().isoformat().replace("+00:00", "Z")
    tagged_call(firm)
    every(Delivery).update(state="given_up", next_at=None)
    replay = f"{where}/replay-failed"
    assert body_of(olivia.post(replay, {"since": before})) == {"messages": 1, "left": 0}
    assert body_of(olivia.post(replay, {})) == {"messages": 1, "left": 0}
    assert body_of(olivia.post(replay, {})) == {"messages": 0, "left": 0}
    assert worker().run_due() == 2


def test_a_delivery_belongs_to_its_webhook(olivia: Program, at: str) -> None:
    one, other = add(olivia, at), add(olivia, at)
    sent = body_of(olivia.post(f"{at}/webhooks/{one['id']}/test"))
    wrong = f"{at}/webhooks/{other['id']}/deliveries/{sent['id']}"
    assert problem(olivia.get(wrong)) == (404, "not_found")
    assert problem(olivia.post(f"{wrong}/replay")) == (404, "not_found")


def test_a_token_that_may_not_read_cannot_have_things_told_to_itself(
    firm: LawFirm, olivia: Program, at: str
) -> None:
    added = add(olivia, at)
    writer = program_of(firm.olivia, scopes=(Scope.WRITE,))
    where = f"{at}/webhooks/{added['id']}"
    assert problem(writer.post(f"{at}/webhooks", NEW)) == (403, "scope_missing")
    assert problem(writer.patch(where, {"include_codes": True}, if_match="*")) == (
        403,
        "scope_missing",
    )
    assert writer.post(f"{where}/test").status_code == 201


def test_digits_are_sent_but_never_shown(
    firm: LawFirm, olivia: Program, at: str, receiver: Receiver
) -> None:
    added = add(olivia, at, url=receiver.url, include_codes=True)
    tagged_call(firm)
    worker().run_due()
    assert receiver.received[0].json["data"]["account_code"]["code"] == "1234"
    log = f"{at}/webhooks/{added['id']}/deliveries"
    (item,) = body_of(olivia.get(log))["items"]
    assert "code" not in body_of(olivia.get(f"{log}/{item['id']}"))["data"]["account_code"]


def test_every_kind_of_message_can_be_shown() -> None:
    assert {one.value for one in MessageEvent} == {*Event.values, TEST_EVENT}
