"""The outbox as workers use it: take what is due, tell what came of it, forget what is old."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from callmark import __version__
from callmark.keys.installed import keyring
from callmark.policy.values import value_class
from callmark.webhooks.health import after_failure, after_success
from callmark.webhooks.models import Delivery, DeliveryAttempt, WebhookEndpoint, WebhookMessage
from callmark.webhooks.payloads import body_of, message_id, seconds
from callmark.webhooks.schedule import pause_after, rest_asked_for
from callmark.webhooks.sending import Answer, Request
from callmark.webhooks.signing import signed_headers

LEASE = timedelta(minutes=2)
"""Much longer than a request may take: then its worker is dead and another may take over."""

_LOOKED_AT = 200
_FORGOTTEN_AT_ONCE = 500


@value_class
class Due:
    """A delivery as it was when it was looked at."""

    delivery_id: UUID
    endpoint_id: UUID
    attempts_made: int
    next_at: datetime


@value_class
class Taken:
    """A delivery that is this worker's alone until the lease ends."""

    delivery_id: UUID
    endpoint_id: UUID
    attempt: int
    lease_until: datetime


def due(now: datetime, busy: Collection[UUID] = ()) -> list[Due]:
    """Some of what is due, the longest waiting first; nothing to ``busy`` endpoints."""
    deliveries = Delivery.objects.of_every_account("the worker sends for them all").filter(
        Q(endpoint__quiet_until=None) | Q(endpoint__quiet_until__lte=now),
        state=Delivery.State.WAITING,
        next_at__lte=now,
        endpoint__active=True,
    )
    found = deliveries.exclude(endpoint__in=busy).order_by("next_at")
    rows = found.values_list("pk", "endpoint_id", "attempts_made", "next_at")[:_LOOKED_AT]
    return [Due(pk, endpoint, made, at) for pk, endpoint, made, at in rows if at is not None]


def take(one: Due, now: datetime) -> Taken | None:
    """Take a delivery; None when another worker was faster: it is not as it was any more."""
    lease_until = now + LEASE
    as_seen = Delivery.objects.of_every_account("the worker sends for them all").filter(
        pk=one.delivery_id, state=Delivery.State.WAITING, next_at=one.next_at
    )
    attempt = one.attempts_made + 1
    if not as_seen.update(next_at=lease_until, attempts_made=attempt):
        return None
    return Taken(one.delivery_id, one.endpoint_id, attempt, lease_until)


def request_for(taken: Taken, now: datetime) -> Request | None:
    """The signed request; None when the delivery is gone. Raises ``KeyProblem``."""
    every = Delivery.objects.of_every_account("the worker sends for them all")
    deliveries = every.filter(pk=taken.delivery_id)
    delivery = deliveries.select_related("message", "endpoint").first()
    if delivery is None:
        return None
    body = body_of(delivery.message, delivery.endpoint)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Callmark/{__version__} (webhooks)",
        **signed_headers(
            message_id(delivery.message_id), body, seconds(now), _keys(delivery.endpoint, now)
        ),
    }
    return Request(delivery.endpoint.url, body, headers)


def _keys(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    keys = [endpoint.secret]
    if endpoint.former_secret_until is not None and now < endpoint.former_secret_until:
        keys.append(keyring().decrypt(endpoint.former_secret_encrypted))
    return keys


@transaction.atomic
def finish(taken: Taken, answer: Answer, now: datetime, chance: float) -> None:
    """Log the attempt; settle the delivery, or make it due again after a pause."""
    every = Delivery.objects.of_every_account("taken by this worker")
    rows = every.select_for_update(no_key=True, of=("self",)).filter(pk=taken.delivery_id)
    delivery = rows.select_related("endpoint").first()
    if delivery is None:
        return
    DeliveryAttempt.objects.create(
        delivery=delivery,
        number=taken.attempt,
        at=now,
        milliseconds=answer.milliseconds,
        status=answer.status,
        problem=answer.problem[:200],  # a path in it may be long
        excerpt=answer.excerpt,
    )
    if answer.accepted:
        rows.update(state=Delivery.State.DELIVERED, next_at=None, delivered_at=now)
        after_success(delivery.endpoint)
        return
    # After the lease somebody else decides what comes next.
    mine = rows.filter(state=Delivery.State.WAITING, next_at=taken.lease_until)
    pause = pause_after(taken.attempt, chance, rest_asked_for(answer.retry_after, now))
    if pause is None:
        mine.update(state=Delivery.State.GIVEN_UP, next_at=None)
    else:
        mine.update(next_at=now + pause)
    after_failure(delivery.endpoint, answer, now, given_up=pause is None)


def forget_old(now: datetime) -> int:
    """Delete messages older than the operator keeps them, with their log; return how many."""
    oldest = now - timedelta(days=settings.WEBHOOKS_KEEP_DAYS)
    every = WebhookMessage.objects.of_every_account("age counts, not whose it is")
    old = every.filter(at__lt=oldest).values_list("pk", flat=True)
    count = 0
    while some := list(old[:_FORGOTTEN_AT_ONCE]):
        every.filter(pk__in=some).delete()
        count += len(some)
    return count
