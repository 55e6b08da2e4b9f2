"""Webhooks: where an account's own programs are told what happens."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db.models import QuerySet
from pydantic import Field, StrictBool

from callmark.api import etags, examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Here, Needs, Resource, Scope, Versioned
from callmark.api.schemas import Line, Request, Shown, eg, unchanged
from callmark.webhooks import services
from callmark.webhooks.health import advice
from callmark.webhooks.models import URL_LENGTH, Delivery, Event, OffReason, WebhookEndpoint
from callmark.webhooks.queries import endpoints_with_news


def webhooks_of(here: Here) -> QuerySet[WebhookEndpoint]:
    """The account's webhooks, with how the last message to each fared."""
    return endpoints_with_news(here.account)


webhooks = Resource("/accounts/{account_id}/webhooks", "Webhooks", needs=Needs.ADMINISTRATION)
webhook = webhooks.one("/{webhook_id}", webhooks_of)

URL, EVENTS = "https://billing.harper-law.example/hooks", ["call.tagged", "call.refused"]
Address = Annotated[
    str,
    Field(
        max_length=URL_LENGTH,
        description="Where your program listens: https:// and a public host, unless the operator "
        "allows more or less.",
    ),
]
Events = Annotated[
    list[Event],
    Field(
        min_length=1,
        max_length=20,
        description="What is told: "
        + "; ".join(f"`{one.value}` ({one.label[0].lower()}{one.label[1:]})" for one in Event)
        + ".",
    ),
]
WithDigits = Annotated[
    StrictBool, Field(description="Whether messages hold the digits of account codes.")
]


class Webhook(Shown):
    """A webhook, without its secret. Its `url` is shown in full, also a password in it."""

    id: UUID = eg(examples.WEBHOOK_ID)
    name: str = eg("Billing")
    url: str = eg(URL)
    events: list[Event] = eg(EVENTS)
    include_codes: bool
    active: bool = eg(True)
    off_reason: OffReason | None = eg(
        None,
        "Why nothing is sent: `paused` by a person, or turned off by Callmark "
        "because the program answered 410 (`gone`) or nothing arrived for days (`failing`).",
        row="why_off",
    )
    off_at: datetime | None
    advice: str | None = eg(None, "What to do next; null while it is active.", row=advice)
    failing_since: datetime | None = eg(None, "The first failure after which nothing has arrived.")
    quiet_until: datetime | None = eg(
        None, "The program asked for a pause until then (Retry-After)."
    )
    last_delivery_state: Delivery.State | None = eg("delivered", row="last_state")
    last_delivery_at: datetime | None = eg(examples.MOMENT, row="last_at")
    created_at: datetime


class WebhookWithSecret(Webhook, shown_once=True):
    """A webhook and its new signing secret, which is shown this once: keep it now."""

    secret: str = eg("whsec_... (shown once)")
    last_delivery_state: Delivery.State | None
    last_delivery_at: datetime | None


class WebhookToAdd(Request):
    """A webhook to add."""

    url: Address = eg(URL)
    events: Events = eg(EVENTS)
    name: Line = eg("Billing", default="")
    include_codes: WithDigits = eg(False, default=False)


class WebhookChange(Request):
    """What to change; what is left out stays."""

    url: Address = unchanged(URL)
    events: Events = unchanged()
    name: Line = unchanged()
    include_codes: WithDigits = unchanged()
    active: StrictBool = unchanged(
        True, description="Off: nothing is sent, and what happens is not reported later."
    )


def _require_reading(here: Here, *, with_codes: bool = False) -> None:
    """A webhook reads for the person who made it."""
    here.caller.require(Scope.READ)
    if with_codes:
        here.caller.require(Scope.CODES_READ)


def _answer(here: Here, endpoint: WebhookEndpoint) -> Versioned[Webhook]:
    endpoint = webhooks_of(here).get(pk=endpoint.pk)
    return Versioned(Webhook.of(endpoint), services.endpoint_version(endpoint))


def _with_secret(here: Here, new: services.NewEndpoint) -> Versioned[WebhookWithSecret]:
    answer = _answer(here, new.endpoint)
    return Versioned(WebhookWithSecret.of(answer.content, secret=new.secret), answer.version)


@webhooks.get()
def list_webhooks(here: Here, query: PageQuery) -> Page[Webhook]:
    """List the account's webhooks, the oldest first."""
    return page_of(webhooks_of(here), query, ("created_at", "id"), Webhook.of)


@webhooks.post(status=201)
def add_webhook(here: Here, body: WebhookToAdd) -> Versioned[WebhookWithSecret]:
    """Send these events to this address from now on. The answer holds the signing secret.

    A token needs the scope `read` as well, as messages tell what happens on the account, and
    `codes:read` for messages with the digits of codes.
    """
    _require_reading(here, with_codes=body.include_codes)
    new = services.add_endpoint(here.account, **body.model_dump(), actor=here.person)
    return _with_secret(here, new)


@webhook.get()
def get_webhook(here: Here, endpoint: WebhookEndpoint) -> Versioned[Webhook]:
    """Read a webhook; the ETag is needed to change it."""
    return _answer(here, endpoint)


@webhook.patch(if_match=True)
def update_webhook(
    here: Here, endpoint: WebhookEndpoint, body: WebhookChange
) -> Versioned[Webhook]:
    """Change address, events, name or content of a webhook, or turn it off or on.

    Turning it on starts afresh: what still waited is sent, and earlier failures no longer count. A
    token needs the scope `read` as well, and `codes:read` to add the digits of codes.
    """
    _require_reading(here)
    # Locked, so that what If-Match is compared with is still so when it is saved.
    endpoint = services.locked(endpoint)
    # Digits must not be sent to another address either.
    if body.include_codes is True or ("url" in body.model_fields_set and endpoint.include_codes):
        here.caller.require(Scope.CODES_READ)
    etags.require_match(here.if_match, services.endpoint_version(endpoint))
    services.change_endpoint(endpoint, body.model_dump(exclude_unset=True), actor=here.person)
    return _answer(here, endpoint)


@webhook.delete()
def delete_webhook(here: Here, endpoint: WebhookEndpoint) -> None:
    """Stop sending there for good, and delete the log of its deliveries."""
    services.delete_endpoint(endpoint, actor=here.person)


@webhook.post("/secret")
def renew_webhook_secret(here: Here, endpoint: WebhookEndpoint) -> Versioned[WebhookWithSecret]:
    """Make a new signing secret. For 24 hours messages are signed with the former one, too."""
    return _with_secret(here, services.renew_secret(endpoint, actor=here.person))
