"""Webhooks: where an account's own programs are told what happens. Their log: deliveries.py."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Query, Router
from pydantic import Field, StrictBool

from callmark.api import etags, examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import Answer, operation
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.schemas import Line, Request, Shown, unchanged
from callmark.sign_in.api_tokens import Scope
from callmark.web.access import Needs
from callmark.web.problems import not_found
from callmark.webhooks import services
from callmark.webhooks.health import advice
from callmark.webhooks.models import (
    URL_LENGTH,
    Delivery,
    Event,
    OffReason,
    WebhookEndpoint,
)
from callmark.webhooks.queries import endpoints_with_news

router = Router(tags=["Webhooks"])

PATH = "/accounts/{account_id}/webhooks"
ONE = f"{PATH}/{{webhook_id}}"
ORDER = ("created_at", "id")

Address = Annotated[
    str,
    Field(
        max_length=URL_LENGTH,
        description="Where your program listens: https:// and a public host, unless the operator "
        "allows more or less.",
    ),
]
Events = Annotated[list[Event], Field(min_length=1, max_length=20)]
WithDigits = Annotated[
    StrictBool, Field(description="Whether messages hold the digits of account codes.")
]


class Webhook(Shown):
    """A webhook, without its secret. Its `url` is shown in full, also a password in it."""

    id: UUID
    name: str
    url: str
    events: list[Event]
    include_codes: bool
    active: bool
    off_reason: Annotated[
        OffReason | None,
        Field(
            description="Why nothing is sent: `paused` by a person, or turned off by Callmark "
            "because the program answered 410 (`gone`) or nothing arrived for days (`failing`)."
        ),
    ]
    off_at: datetime | None
    advice: Annotated[str | None, Field(description="What to do next; null while it is active.")]
    failing_since: Annotated[
        datetime | None, Field(description="The first failure after which nothing has arrived.")
    ]
    quiet_until: Annotated[
        datetime | None,
        Field(description="The program asked for a pause until then (Retry-After)."),
    ]
    last_delivery_state: Delivery.State | None
    last_delivery_at: datetime | None
    created_at: datetime


class WebhookWithSecret(Webhook):
    """A webhook and its new signing secret, which is shown this once: keep it now."""

    secret: str


class WebhookToAdd(Request):
    """A webhook to add."""

    url: Address
    events: Events
    name: Line = ""
    include_codes: WithDigits = False


class WebhookChange(Request):
    """What to change; what is left out stays."""

    url: Address = unchanged()
    events: Events = unchanged()
    name: Line = unchanged()
    include_codes: WithDigits = unchanged()
    active: Annotated[
        StrictBool,
        Field(description="Off: nothing is sent, and what happens is not reported later."),
    ] = unchanged()


def webhook_of(here: Here, webhook_id: UUID) -> WebhookEndpoint:
    """A webhook of this account; 404 for any other."""
    endpoint = endpoints_with_news(here.account).filter(pk=webhook_id).first()
    if endpoint is None:
        raise not_found()
    return endpoint


def _fields(endpoint: WebhookEndpoint) -> dict[str, object]:
    return {
        "id": endpoint.pk,
        "name": endpoint.name,
        "url": endpoint.url,
        "events": endpoint.events,
        "include_codes": endpoint.include_codes,
        "active": endpoint.active,
        "off_reason": endpoint.why_off,
        "off_at": endpoint.off_at,
        "advice": advice(endpoint),
        "failing_since": endpoint.failing_since,
        "quiet_until": endpoint.quiet_until,
        "last_delivery_state": getattr(endpoint, "last_state", None),
        "last_delivery_at": getattr(endpoint, "last_at", None),
        "created_at": endpoint.created_at,
    }


def _shown(endpoint: WebhookEndpoint) -> Webhook:
    return Webhook.model_validate(_fields(endpoint))


def _require_reading(here: Here, *, with_codes: bool = False) -> None:
    """A webhook reads for the person who made it."""
    here.caller.require(Scope.READ)
    if with_codes:
        here.caller.require(Scope.CODES_READ)


def _with_secret(here: Here, new: services.NewEndpoint) -> Answer[WebhookWithSecret]:
    endpoint = webhook_of(here, new.endpoint.pk)
    body = WebhookWithSecret.model_validate(_fields(endpoint) | {"secret": new.secret})
    return Answer(body, {"ETag": _etag(endpoint)})


def _answer(here: Here, webhook_id: UUID) -> Answer[Webhook]:
    endpoint = webhook_of(here, webhook_id)
    return Answer(_shown(endpoint), {"ETag": _etag(endpoint)})


def _etag(endpoint: WebhookEndpoint) -> str:
    return etags.quoted(services.endpoint_version(endpoint))


_EXAMPLE = examples.WEBHOOK
_NEW_EXAMPLE = _EXAMPLE | {"secret": "whsec_... (shown once)", "last_delivery_state": None}
_NEW_EXAMPLE |= {"last_delivery_at": None}
_BODY = {name: _EXAMPLE[name] for name in ("url", "events", "name", "include_codes")}


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
def list_webhooks(here: Here, query: Query[PageQuery]) -> Page[Webhook]:
    """List the account's webhooks, the oldest first."""
    return page_of(endpoints_with_news(here.account), query, ORDER, _shown)


@operation(
    router,
    Operation(
        "POST",
        PATH,
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        status=201,
        secret=True,
        example=_NEW_EXAMPLE,
        body_example=_BODY,
        has_etag=True,
    ),
)
def add_webhook(here: Here, body: WebhookToAdd) -> Answer[WebhookWithSecret]:
    """Send these events to this address from now on. The answer holds the signing secret.

    A token needs the scope `read` as well, as messages tell what happens on the account, and
    `codes:read` for messages with the digits of codes.
    """
    _require_reading(here, with_codes=body.include_codes)
    new = services.add_endpoint(here.account, **body.model_dump(), actor=here.person)
    return _with_secret(here, new)


@operation(
    router,
    Operation(
        "GET",
        ONE,
        needs=Needs.ADMINISTRATION,
        scope=Scope.READ,
        example=_EXAMPLE,
        has_etag=True,
    ),
)
def get_webhook(here: Here, webhook_id: UUID) -> Answer[Webhook]:
    """Read a webhook; the ETag is needed to change it."""
    return _answer(here, webhook_id)


@operation(
    router,
    Operation(
        "PATCH",
        ONE,
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        example=_EXAMPLE,
        body_example={"url": "https://billing.harper-law.example/hooks", "active": True},
        if_match=True,
    ),
)
def update_webhook(here: Here, webhook_id: UUID, body: WebhookChange) -> Answer[Webhook]:
    """Change address, events, name or content of a webhook, or turn it off or on.

    Turning it on starts afresh: what still waited is sent, and earlier failures no longer count. A
    token needs the scope `read` as well, and `codes:read` to add the digits of codes.
    """
    _require_reading(here)
    # Locked, so that what If-Match is compared with is still so when it is saved.
    endpoint = services.locked(webhook_of(here, webhook_id))
    # Digits must not be sent to another address either.
    if body.include_codes is True or ("url" in body.model_fields_set and endpoint.include_codes):
        here.caller.require(Scope.CODES_READ)
    etags.require_match(here.if_match, _etag(endpoint))
    services.change_endpoint(endpoint, body.model_dump(exclude_unset=True), actor=here.person)
    return _answer(here, webhook_id)


@operation(
    router,
    Operation(
        "DELETE",
        ONE,
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        status=204,
    ),
)
def delete_webhook(here: Here, webhook_id: UUID) -> None:
    """Stop sending there for good, and delete the log of its deliveries."""
    services.delete_endpoint(webhook_of(here, webhook_id), actor=here.person)


@operation(
    router,
    Operation(
        "POST",
        f"{ONE}/secret",
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        secret=True,
        example=_NEW_EXAMPLE,
        has_etag=True,
    ),
)
def renew_webhook_secret(here: Here, webhook_id: UUID) -> Answer[WebhookWithSecret]:
    """Make a new signing secret. For 24 hours messages are signed with the former one, too."""
    new = services.renew_secret(webhook_of(here, webhook_id), actor=here.person)
    return _with_secret(here, new)
