"""Reading endpoints and the log of deliveries."""

from uuid import UUID

from django.db.models import QuerySet

from callmark.accounts.models import Account
from callmark.webhooks.models import Delivery, WebhookEndpoint


def endpoints_of(account: Account) -> QuerySet[WebhookEndpoint]:
    """The account's endpoints, oldest first."""
    return WebhookEndpoint.objects.filter(account=account)


def deliveries_of(
    account: Account,
    *,
    endpoint_id: UUID | None = None,
    state: Delivery.State | None = None,
    event: str | None = None,
) -> QuerySet[Delivery]:
    """The account's deliveries, newest first, with message, endpoint and attempts at hand."""
    wanted = {"endpoint_id": endpoint_id, "state": state, "message__event": event}
    given = {name: value for name, value in wanted.items() if value is not None}
    deliveries = Delivery.objects.filter(account=account, **given)
    return deliveries.select_related("message", "endpoint").prefetch_related("attempts")
