"""Template tags of webhooks and API tokens."""

import json
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from callmark.portal.forms.api_tokens import SCOPES
from callmark.portal.templatetags.callmark import icon
from callmark.webhooks.health import is_failing
from callmark.webhooks.models import (
    TEST_EVENT,
    Delivery,
    Event,
    OffReason,
    WebhookEndpoint,
    WebhookMessage,
)

register = template.Library()

_STATES = {
    Delivery.State.WAITING: ("yellow", "clock"),
    Delivery.State.DELIVERED: ("green", "circle-check"),
    Delivery.State.GIVEN_UP: ("red", "circle-x"),
}


@register.simple_tag
def delivery_state(value: str) -> SafeString:
    """How far a delivery is, as a colored badge with its word."""
    state = Delivery.State(value)
    color, symbol = _STATES[state]
    return format_html(
        '<span class="badge bg-{}-lt">{} {}</span>', color, icon(symbol), state.label
    )


@register.simple_tag
def webhook_state(endpoint: WebhookEndpoint) -> SafeString:
    """Whether a webhook is on, and if it is not well, that."""
    if endpoint.active:
        color, word = (
            ("yellow", gettext("Not arriving"))
            if is_failing(endpoint)
            else ("green", gettext("On"))
        )
    else:
        by_hand = endpoint.why_off == OffReason.PAUSED
        color, word = (
            ("secondary", gettext("Paused")) if by_hand else ("red", gettext("Turned off"))
        )
    return format_html('<span class="status status-{}">{}</span>', color, word)


@register.filter
def event_label(event: str) -> str:
    """What a message tells of, in words."""
    if event == TEST_EVENT:
        return gettext("Test message")
    return str(Event(event).label) if event in Event.values else event


@register.filter
def as_json(message: WebhookMessage) -> str:
    """The data of a message, to read; never with the digits of a code."""
    return json.dumps(message.data, indent=2, ensure_ascii=False)


@register.filter
def without_query(url: str) -> str:
    """An address up to the question mark: some receivers have a password behind it."""
    return url.partition("?")[0]


@register.filter
def scope_names(scopes: list[str]) -> str:
    """What a token may do, in a few words."""
    return ", ".join(str(name) for value, name, _ in SCOPES if value in scopes)


@register.filter
def works(token: Any, now: datetime) -> bool:  # noqa: ANN401
    """Whether a token may still be used."""
    alive = token.revoked_at is None and token.expires_at > now
    return alive and bool(token.created_by.is_active)
