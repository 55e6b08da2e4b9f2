"""Changing endpoints, renewing secrets, sending again. All or nothing; raises :class:`Refused`.

``actor`` is who asks, for the audit; None: the one the origin names.
"""

from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from callmark.accounts.changes import change
from callmark.accounts.locks import lock_account
from callmark.accounts.models import Account, User
from callmark.accounts.names import refuse_bad_name
from callmark.accounts.refused import Refused
from callmark.accounts.versions import refuse_if_changed, version_of
from callmark.audit.actions import Action
from callmark.policy.values import value_class
from callmark.webhooks.addresses import Forbidden, check
from callmark.webhooks.models import (
    NAME_LENGTH,
    TEST_EVENT,
    URL_LENGTH,
    Delivery,
    Event,
    OffReason,
    WebhookEndpoint,
)
from callmark.webhooks.outbox import store
from callmark.webhooks.payloads import account_data
from callmark.webhooks.queries import failed_deliveries
from callmark.webhooks.signing import new_secret

MAX_ENDPOINTS = 20
"""Of one account: every message goes to each of them."""

REPLAYED_AT_ONCE = 1000
FORMER_SECRET_LASTS = timedelta(hours=24)
CHANGES = frozenset({"name", "url", "events", "include_codes", "active"})


@value_class
class NewEndpoint:
    """An endpoint and its secret, which is shown only now."""

    endpoint: WebhookEndpoint
    secret: str = field(repr=False)


@transaction.atomic
def add_endpoint(
    account: Account,
    *,
    url: str,
    events: Collection[str],
    name: str = "",
    include_codes: bool = False,
    actor: User | None,
) -> NewEndpoint:
    """Send these events to this address from now on."""
    # Locked, or two at once could pass the limit together.
    lock_account(account.pk)
    if WebhookEndpoint.objects.of(account).count() >= MAX_ENDPOINTS:
        raise Refused(
            gettext(
                "An account can have {max_endpoints} webhooks. Delete one that is no longer used."
            ).format(max_endpoints=MAX_ENDPOINTS),
            code="too_many_webhooks",
        )
    endpoint = WebhookEndpoint(account=account)
    _assign(endpoint, {"url": url, "events": events, "name": name, "include_codes": include_codes})
    endpoint.secret = secret = new_secret()
    with change(account, Action.WEBHOOK_ADDED, endpoint, actor=actor):
        return NewEndpoint(endpoint, secret)


def change_endpoint(
    endpoint: WebhookEndpoint,
    changes: Mapping[str, object],
    *,
    expected_version: str | None = None,
    actor: User | None,
) -> WebhookEndpoint:
    """Change name, address, events, ``include_codes`` or ``active``.

    While an endpoint is not active its messages wait, and are sent when it is again.
    ``expected_version`` is compared with :func:`endpoint_version`; None: changed in any case.
    """
    with change(endpoint.account, Action.WEBHOOK_CHANGED, endpoint, actor=actor):
        refuse_if_changed(expected_version, endpoint_version(endpoint))
        was_active, former_url = endpoint.active, endpoint.url
        _assign(endpoint, changes)
        _follow(endpoint, was_active=was_active, new_address=endpoint.url != former_url)
    return endpoint


def endpoint_version(endpoint: WebhookEndpoint) -> str:
    """What changes whenever somebody changes an endpoint, and not by itself."""
    return version_of(endpoint, CHANGES)


def delete_endpoint(endpoint: WebhookEndpoint, *, actor: User | None) -> None:
    """Stop sending there, and delete the log of its deliveries."""
    with change(endpoint.account, Action.WEBHOOK_DELETED, endpoint, actor=actor):
        endpoint.delete()


def renew_secret(endpoint: WebhookEndpoint, *, actor: User | None) -> NewEndpoint:
    """Make a new secret. For a day messages carry a signature with the former one, too."""
    with change(endpoint.account, Action.WEBHOOK_SECRET_RENEWED, endpoint, actor=actor):
        endpoint.former_secret_encrypted = endpoint.secret_encrypted
        endpoint.former_secret_until = timezone.now() + FORMER_SECRET_LASTS
        endpoint.secret = secret = new_secret()
    return NewEndpoint(endpoint, secret)


def send_test(endpoint: WebhookEndpoint, *, actor: User | None) -> Delivery:
    """Send a message that means nothing, to see it arrive."""
    account = endpoint.account
    with change(account, Action.WEBHOOK_TESTED, endpoint, actor=actor):
        _refuse_if_off(endpoint)
        (delivery,) = store([endpoint], TEST_EVENT, {"account": account_data(account)})
    return delivery


def replay(delivery: Delivery, *, actor: User | None) -> Delivery:
    """Send a message again, with the same id; the log keeps the former delivery as it was."""
    endpoint = delivery.endpoint
    with change(endpoint.account, Action.WEBHOOK_REPLAYED, endpoint, actor=actor) as replayed:
        _refuse_if_off(endpoint)
        again = Delivery.objects.create(
            account_id=delivery.account_id,
            message_id=delivery.message_id,
            endpoint=endpoint,
            next_at=timezone.now(),
            replay_of=delivery,
        )
        replayed.after["message"] = str(delivery.message_id)
        replayed.after["delivery"] = str(again.pk)
    return again


@value_class
class Replayed:
    """How many messages are sent again, and how many were too many for one time."""

    count: int
    left: int


def replay_failed(
    endpoint: WebhookEndpoint, *, since: datetime | None = None, actor: User | None
) -> Replayed:
    """Send again what was given up and has not arrived since: of all that happened, or from then.

    The oldest first; of one message that was given up twice, once.
    """
    failed = failed_deliveries(endpoint, since)
    account, action = endpoint.account, Action.WEBHOOK_FAILED_REPLAYED
    with change(account, action, endpoint, actor=actor) as replayed:
        _refuse_if_off(endpoint)
        some = list(failed.order_by("message__at", "pk")[:REPLAYED_AT_ONCE])
        now = timezone.now()
        Delivery.objects.bulk_create(
            Delivery(
                account_id=one.account_id,
                message_id=one.message_id,
                endpoint=endpoint,
                next_at=now,
                replay_of=one,
            )
            for one in some
        )
        replayed.is_needed = bool(some)
        replayed.after.update(messages=len(some), since=since)
    return Replayed(len(some), failed_deliveries(endpoint, since).count())


def _refuse_if_off(endpoint: WebhookEndpoint) -> None:
    if not endpoint.active:
        raise Refused(gettext("This webhook is turned off. Turn it on first."), code="webhook_off")


def locked(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """The endpoint as it is now, for this transaction alone.

    Not the one in hand: two changes at once would each write back what the other changed.
    """
    rows = WebhookEndpoint.objects.of(endpoint.account_id).select_for_update(no_key=True)
    stored = rows.filter(pk=endpoint.pk).first()
    if stored is None:
        raise Refused(
            gettext("Somebody has deleted this webhook meanwhile."), code="webhook_deleted"
        )
    return stored


def _follow(endpoint: WebhookEndpoint, *, was_active: bool, new_address: bool) -> None:
    """Turning it on again, or correcting its address, gives it a new chance."""
    if new_address or (endpoint.active and not was_active):
        endpoint.failing_since = endpoint.quiet_until = None
    if endpoint.active:
        endpoint.off_reason, endpoint.off_at = "", None
    elif was_active:
        endpoint.off_reason, endpoint.off_at = OffReason.PAUSED, timezone.now()


def _assign(endpoint: WebhookEndpoint, changes: Mapping[str, object]) -> None:
    if unknown := changes.keys() - CHANGES:
        raise ValueError(f"these fields cannot be changed: {sorted(unknown)}")
    for name, value in changes.items():
        setattr(endpoint, name, value)
    endpoint.events = _checked_events(endpoint.events)
    endpoint.name = endpoint.name.strip()
    if len(endpoint.name) > NAME_LENGTH:
        raise Refused(
            gettext("Use at most {name_length} characters for the name.").format(
                name_length=NAME_LENGTH
            ),
            "name",
        )
    if endpoint.name and "name" in changes:
        refuse_bad_name(endpoint.name)
    if "url" in changes:
        _check_url(endpoint.url)


def _checked_events(events: Collection[str]) -> list[str]:
    if not events:
        raise Refused(gettext("Choose at least one event."), "events")
    if unknown := set(events) - set(Event.values):
        raise Refused(
            gettext("There is no event {event}.").format(event=repr(min(unknown))), "events"
        )
    return [event for event in Event.values if event in events]


def _check_url(url: str) -> None:
    if len(url) > URL_LENGTH:
        raise Refused(
            gettext("Use at most {url_length} characters for the address.").format(
                url_length=URL_LENGTH
            ),
            "url",
        )
    try:
        check(url)
    except Forbidden as why:
        raise Refused(
            gettext("Messages cannot be sent to this address: {why}.").format(why=why),
            "url",
            code="address_not_allowed",
        ) from None
