"""Reading endpoints and the log of deliveries."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from callmark.accounts.models import Account
from callmark.webhooks.models import Delivery, WebhookEndpoint


def endpoints_of(account: Account) -> QuerySet[WebhookEndpoint]:
    """The account's endpoints, oldest first."""
    return WebhookEndpoint.objects.of(account)


def endpoints_with_news(account: Account) -> QuerySet[WebhookEndpoint]:
    """The same with ``last_state`` and ``last_at`` of the newest message to each."""
    every = Delivery.objects.of_every_account("of the endpoint in the query outside")
    newest = every.filter(endpoint=OuterRef("pk")).order_by("-created_at", "-pk")
    return endpoints_of(account).annotate(
        last_state=Subquery(newest.values("state")[:1]),
        last_at=Subquery(newest.values("created_at")[:1]),
    )


def deliveries_of(
    account: Account,
    *,
    endpoint_id: UUID | None = None,
    state: str | None = None,
    event: str | None = None,
) -> QuerySet[Delivery]:
    """The account's deliveries, newest first, with message, endpoint and attempts at hand."""
    wanted = {"endpoint_id": endpoint_id, "state": state, "message__event": event}
    given = {name: value for name, value in wanted.items() if value is not None}
    deliveries = Delivery.objects.of(account).filter(**given)
    return deliveries.select_related("message", "endpoint").prefetch_related("attempts")


def failed_deliveries(
    endpoint: WebhookEndpoint, since: datetime | None = None
) -> QuerySet[Delivery]:
    """Given up, of what happened since then, and not on its way or arrived in another delivery.

    Of a message that was given up more than once, the last one.
    """
    log = Delivery.objects.of(endpoint)
    same = log.filter(message=OuterRef("message"))
    given_up = Delivery.State.GIVEN_UP
    later = same.filter(state=given_up, created_at__gt=OuterRef("created_at"))
    failed = log.filter(state=given_up)
    failed = failed.exclude(Exists(same.exclude(state=given_up))).exclude(Exists(later))
    return failed if since is None else failed.filter(message__at__gte=since)
