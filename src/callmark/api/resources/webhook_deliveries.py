"""The log of what was sent to a webhook, and sending again."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from callmark.api import examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resources.calls import Moment
from callmark.api.resources.webhooks import ONE, webhook_of
from callmark.api.schemas import Request, Shown
from callmark.sign_in.api_tokens import Scope
from callmark.web.access import Needs
from callmark.web.problems import not_found
from callmark.webhooks import models, services
from callmark.webhooks.models import TEST_EVENT, Event
from callmark.webhooks.payloads import message_id
from callmark.webhooks.queries import deliveries_of

router = Router(tags=["Webhooks"])

PATH = f"{ONE}/deliveries"
ORDER = ("-created_at", "id")


class MessageEvent(StrEnum):
    """What a message tells of: what can be subscribed to, and tests."""

    CALL_TAGGED = Event.CALL_TAGGED.value
    CALL_REFUSED = Event.CALL_REFUSED.value
    LOCKED_OUT = Event.LOCKED_OUT.value
    SETTINGS_CHANGED = Event.SETTINGS_CHANGED.value
    TEST = TEST_EVENT


class Delivery(Shown):
    """One message on its way to a webhook."""

    id: UUID
    webhook_id: UUID
    message_id: Annotated[str, Field(description="The header `webhook-id` of its requests.")]
    event: MessageEvent
    state: models.Delivery.State
    attempts_made: int
    last_status: Annotated[int | None, Field(description="Of the last attempt's answer.")]
    last_problem: Annotated[str, Field(description="Why the last attempt got no answer.")]
    created_at: datetime
    next_at: Annotated[
        datetime | None, Field(description="The next try; null when none is planned.")
    ]
    delivered_at: datetime | None
    replay_of: UUID | None


class DeliveryAttempt(Shown):
    """One request, and what came of it."""

    number: int
    at: datetime
    milliseconds: int
    status: int | None
    problem: str
    excerpt: Annotated[str, Field(description="How the answer's body began.")]


class DeliveryDetail(Delivery):
    """A delivery with its message (never with the digits of a code) and every attempt."""

    data: dict[str, Any]
    attempts: list[DeliveryAttempt]
    replays: list[UUID]


class DeliveryQuery(PageQuery):
    """Which deliveries; what is left out is not filtered."""

    state: models.Delivery.State | None = None
    event: MessageEvent | None = None


class FailedToReplay(Request):
    """Which of the messages that failed to send again."""

    since: Annotated[
        Moment | None, Field(description="Only what happened at or after this moment.")
    ] = None


class MessagesReplayed(Shown):
    """How many messages are sent again."""

    messages: int
    left: Annotated[
        int, Field(description="Left over, too many for one request: repeat it to send them.")
    ]


def _delivery(here: Here, webhook_id: UUID, delivery_id: UUID) -> models.Delivery:
    log = deliveries_of(here.account, endpoint_id=webhook_of(here, webhook_id).pk)
    delivery = log.filter(pk=delivery_id).first()
    if delivery is None:
        raise not_found()
    return delivery


def _fields(delivery: models.Delivery) -> dict[str, object]:
    attempts = list(delivery.attempts.all())
    last = attempts[-1] if attempts else None
    return {
        "id": delivery.pk,
        "webhook_id": delivery.endpoint_id,
        "message_id": message_id(delivery.message_id),
        "event": delivery.message.event,
        "state": delivery.state,
        "attempts_made": delivery.attempts_made,
        "last_status": last.status if last else None,
        "last_problem": last.problem if last else "",
        "created_at": delivery.created_at,
        "next_at": delivery.next_try,
        "delivered_at": delivery.delivered_at,
        "replay_of": delivery.replay_of_id,
    }


def _shown(delivery: models.Delivery) -> Delivery:
    return Delivery.model_validate(_fields(delivery))


_EXAMPLE = {
    "id": examples.DELIVERY_ID,
    "webhook_id": examples.WEBHOOK_ID,
    "message_id": "msg_5d2c0f6d0e6b4c5f9a0e2f6f6f1f7f10",
    "event": "call.tagged",
    "state": "waiting",
    "attempts_made": 1,
    "last_status": 503,
    "last_problem": "",
    "created_at": examples.MOMENT,
    "next_at": "2026-11-23T09:30:05Z",
    "delivered_at": None,
    "replay_of": None,
}
_ATTEMPT = {
    "number": 1,
    "at": examples.MOMENT,
    "milliseconds": 240,
    "status": 503,
    "problem": "",
    "excerpt": "back in a moment",
}
_DATA = {
    "account": {"id": examples.ACCOUNT_ID, "slug": "harper-law", "name": "Harper Law"},
    "account_code": {
        "id": examples.CODE_ID,
        "name": "Harper v. Castellan",
        "entered_by": "prompt",
    },
}
_NEW = _EXAMPLE | {"attempts_made": 0, "last_status": None, "next_at": examples.MOMENT}


@operation(
    router,
    Operation(
        "POST",
        f"{ONE}/test",
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        status=201,
        example=_NEW | {"event": "endpoint.test"},
    ),
)
def send_webhook_test(here: Here, webhook_id: UUID) -> Delivery:
    """Send a message that means nothing, to see it arrive: read its delivery a moment later."""
    sent = services.send_test(webhook_of(here, webhook_id), actor=here.person)
    return _shown(_delivery(here, webhook_id, sent.pk))


@operation(
    router,
    Operation(
        "POST",
        f"{ONE}/replay-failed",
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        example={"messages": 12, "left": 0},
        body_example={"since": examples.MOMENT},
    ),
)
def replay_failed_webhook_deliveries(
    here: Here, webhook_id: UUID, body: FailedToReplay
) -> MessagesReplayed:
    """Send again every message that was given up and has not arrived since, the oldest first."""
    endpoint = webhook_of(here, webhook_id)
    replayed = services.replay_failed(endpoint, since=body.since, actor=here.person)
    return MessagesReplayed(messages=replayed.count, left=replayed.left)


@operation(
    router,
    Operation(
        "GET",
        PATH,
        needs=Needs.ADMINISTRATION,
        scope=Scope.READ,
        example=examples.page(_EXAMPLE),
    ),
)
def list_webhook_deliveries(
    here: Here, webhook_id: UUID, query: Query[DeliveryQuery]
) -> Page[Delivery]:
    """List what was sent or waits to be sent, the newest first."""
    log = deliveries_of(
        here.account,
        endpoint_id=webhook_of(here, webhook_id).pk,
        state=query.state,
        event=query.event,
    )
    return page_of(log, query, ORDER, _shown)


@operation(
    router,
    Operation(
        "GET",
        f"{PATH}/{{delivery_id}}",
        needs=Needs.ADMINISTRATION,
        scope=Scope.READ,
        example=_EXAMPLE | {"data": _DATA, "attempts": [_ATTEMPT], "replays": []},
    ),
)
def get_webhook_delivery(here: Here, webhook_id: UUID, delivery_id: UUID) -> DeliveryDetail:
    """Read one delivery: the message, and every attempt with what came back."""
    delivery = _delivery(here, webhook_id, delivery_id)
    attempts = [
        DeliveryAttempt.model_validate(one, from_attributes=True) for one in delivery.attempts.all()
    ]
    replays = list(delivery.replays.order_by("created_at", "pk").values_list("pk", flat=True))
    return DeliveryDetail.model_validate(
        _fields(delivery)
        | {"data": delivery.message.data, "attempts": attempts, "replays": replays}
    )


@operation(
    router,
    Operation(
        "POST",
        f"{PATH}/{{delivery_id}}/replay",
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        status=201,
        example=_NEW | {"replay_of": "2b2b2b2b-1111-4222-8333-444455556611"},
    ),
)
def replay_webhook_delivery(here: Here, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """Send a message again, with the same `webhook-id`. The answer is the new delivery."""
    again = services.replay(_delivery(here, webhook_id, delivery_id), actor=here.person)
    return _shown(_delivery(here, webhook_id, again.pk))
