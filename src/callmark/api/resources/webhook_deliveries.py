"""The log of what was sent to a webhook, and sending again."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Here, Needs, Resource
from callmark.api.resources.webhooks import webhooks, webhooks_of
from callmark.api.schemas import Moment, Request, Shown, eg
from callmark.webhooks import models, queries, services
from callmark.webhooks.models import TEST_EVENT, Event, WebhookEndpoint
from callmark.webhooks.payloads import message_id


def deliveries_of(here: Here, webhook_id: UUID) -> QuerySet[models.Delivery]:
    """What was sent to a webhook of the account, or waits to be sent."""
    return queries.deliveries_of(here.account, endpoint_id=webhook_id)


sending = Resource(webhooks.path, "Webhooks", needs=Needs.ADMINISTRATION)
webhook = sending.one("/{webhook_id}", webhooks_of)
delivery = webhook.one("/deliveries/{delivery_id}", deliveries_of)
NEW = {"attempts_made": 0, "last_status": None, "next_at": examples.MOMENT}


class MessageEvent(StrEnum):
    """What a message tells of: what can be subscribed to, and tests."""

    CALL_TAGGED = Event.CALL_TAGGED.value
    CALL_CORRECTED = Event.CALL_CORRECTED.value
    CALL_REFUSED = Event.CALL_REFUSED.value
    LOCKED_OUT = Event.LOCKED_OUT.value
    LIMIT_REACHED = Event.LIMIT_REACHED.value
    SETTINGS_CHANGED = Event.SETTINGS_CHANGED.value
    REPORT_READY = Event.REPORT_READY.value
    TEST = TEST_EVENT


class Delivery(Shown):
    """One message on its way to a webhook."""

    id: UUID = eg(examples.DELIVERY_ID)
    webhook_id: UUID = eg(examples.WEBHOOK_ID, row="endpoint_id")
    message_id: str = eg(
        "msg_5d2c0f6d0e6b4c5f9a0e2f6f6f1f7f10",
        "The header `webhook-id` of its requests.",
        row=lambda delivery: message_id(delivery.message_id),
    )
    event: MessageEvent = eg("call.tagged", row="message.event")
    state: models.Delivery.State = eg("waiting")
    attempts_made: int = eg(1)
    last_status: int | None = eg(503, "Of the last attempt's answer.", row="last_attempt.status")
    last_problem: str = eg(
        "",
        "Why the last attempt got no answer.",
        row=lambda delivery: getattr(delivery.last_attempt, "problem", ""),
    )
    created_at: datetime
    next_at: datetime | None = eg(
        "2026-11-23T09:30:05Z", "The next try; null when none is planned.", row="next_try"
    )
    delivered_at: datetime | None
    replay_of: UUID | None = eg(row="replay_of_id")


class DeliveryAttempt(Shown):
    """One request, and what came of it."""

    number: int = eg(1)
    at: datetime
    milliseconds: int = eg(240)
    status: int | None = eg(503)
    problem: str = eg("")
    excerpt: str = eg("back in a moment", "How the answer's body began.")


class DeliveryDetail(Delivery):
    """A delivery with its message (never with the digits of a code) and every attempt."""

    data: dict[str, Any] = eg(
        {
            "account": {"id": examples.ACCOUNT_ID, "slug": "harper-law", "name": "Harper Law"},
            "account_code": {
                "id": examples.CODE_ID,
                "name": "Harper v. Castellan",
                "entered_by": "prompt",
            },
        },
        row="message.data",
    )
    attempts: list[DeliveryAttempt] = eg(row="attempts.all")
    replays: list[UUID] = eg([], row="replay_ids")


class DeliveryQuery(PageQuery):
    """Which deliveries; what is left out is not filtered."""

    state: models.Delivery.State | None = None
    event: MessageEvent | None = None


class FailedToReplay(Request):
    """Which of the messages that failed to send again."""

    since: Moment | None = eg(
        examples.MOMENT, "Only what happened at or after this moment.", default=None
    )


class MessagesReplayed(Shown):
    """How many messages are sent again."""

    messages: int = eg(12)
    left: int = eg(0, "Left over, too many for one request: repeat it to send them.")


def _again(here: Here, delivery: models.Delivery) -> Delivery:
    return Delivery.of(deliveries_of(here, delivery.endpoint_id).get(pk=delivery.pk))


@webhook.post("/test", status=201, example=NEW | {"event": "endpoint.test"})
def send_webhook_test(here: Here, endpoint: WebhookEndpoint) -> Delivery:
    """Send a message that means nothing, to see it arrive: read its delivery a moment later."""
    return _again(here, services.send_test(endpoint, actor=here.person))


@webhook.post("/replay-failed")
def replay_failed_webhook_deliveries(
    here: Here, endpoint: WebhookEndpoint, body: FailedToReplay
) -> MessagesReplayed:
    """Send again every message that was given up and has not arrived since, the oldest first."""
    replayed = services.replay_failed(endpoint, since=body.since, actor=here.person)
    return MessagesReplayed(messages=replayed.count, left=replayed.left)


@webhook.get("/deliveries")
def list_webhook_deliveries(
    here: Here, endpoint: WebhookEndpoint, query: DeliveryQuery
) -> Page[Delivery]:
    """List what was sent or waits to be sent, the newest first."""
    log = queries.deliveries_of(
        here.account, endpoint_id=endpoint.pk, state=query.state, event=query.event
    )
    return page_of(log, query, ("-created_at", "id"), Delivery.of)


@delivery.get()
def get_webhook_delivery(_here: Here, delivery: models.Delivery) -> DeliveryDetail:
    """Read one delivery: the message, and every attempt with what came back."""
    return DeliveryDetail.of(delivery)


@delivery.post(
    "/replay", status=201, example=NEW | {"replay_of": "2b2b2b2b-1111-4222-8333-444455556611"}
)
def replay_webhook_delivery(here: Here, delivery: models.Delivery) -> Delivery:
    """Send a message again, with the same `webhook-id`. The answer is the new delivery."""
    return _again(here, services.replay(delivery, actor=here.person))
