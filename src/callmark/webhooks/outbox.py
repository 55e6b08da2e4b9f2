"""Hearing what happened and storing a message of it, in the transaction of what it tells.

The parts below do not know of webhooks; they send signals. An account without an endpoint for an
event costs one query.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.utils import timezone

from callmark.accounts.models import Account
from callmark.audit.actions import Action
from callmark.audit.models import AuditEntry
from callmark.audit.recording import entry_recorded
from callmark.calls.models import Call, CorrectionBatch
from callmark.calls.signals import calls_corrected, calls_refused, calls_tagged
from callmark.calls.upserts import add_each
from callmark.webhooks.models import Delivery, Event, WebhookEndpoint, WebhookMessage
from callmark.webhooks.payloads import (
    Data,
    call_data,
    corrected_data,
    lockout_data,
    plain,
    settings_data,
)

_FROM_ENTRIES: dict[str, tuple[Event, Callable[[Account, AuditEntry], Data]]] = {
    Action.LOCKED_OUT: (Event.LOCKED_OUT, lockout_data),
    Action.CODES_SET_UP: (Event.SETTINGS_CHANGED, settings_data),
    Action.SETTINGS_SAVED: (Event.SETTINGS_CHANGED, settings_data),
    Action.CODES_TURNED_OFF: (Event.SETTINGS_CHANGED, settings_data),
}


def listen() -> None:
    """Connect to the signals of the parts below; once, when Django starts."""
    calls_tagged.connect(_on_calls_tagged, dispatch_uid="webhooks")
    calls_corrected.connect(_on_calls_corrected, dispatch_uid="webhooks")
    calls_refused.connect(_on_calls_refused, dispatch_uid="webhooks")
    entry_recorded.connect(_on_entry, dispatch_uid="webhooks")


def _on_calls_tagged(calls: Sequence[Call], **_: object) -> None:
    _store_of_calls(Event.CALL_TAGGED, calls)


def _on_calls_corrected(batch: CorrectionBatch, call_ids: list[UUID], **_: object) -> None:
    endpoints = subscribed(batch.account_id, Event.CALL_CORRECTED)
    if not endpoints:
        return
    calls = Call.objects.of(batch.account_id).filter(pk__in=call_ids)
    told = [
        (corrected_data(call, batch, endpoints[0].account), call.account_code_encrypted)
        for call in calls.order_by("started_at", "pk")
    ]
    store_many(endpoints, Event.CALL_CORRECTED, told)


def _on_calls_refused(calls: Sequence[Call], **_: object) -> None:
    _store_of_calls(Event.CALL_REFUSED, calls)


def _store_of_calls(event: Event, calls: Sequence[Call]) -> None:
    # A simulated call bills nobody and rings nowhere.
    by_account: dict[UUID, list[Call]] = {}
    for call in calls:
        if not call.simulated:
            by_account.setdefault(call.account_id, []).append(call)
    for account_id, theirs in by_account.items():
        if endpoints := subscribed(account_id, event):
            account = endpoints[0].account
            told = [(call_data(one, account), one.account_code_encrypted) for one in theirs]
            store_many(endpoints, event, told)


def _on_entry(entry: AuditEntry, **_: object) -> None:
    if entry.action not in _FROM_ENTRIES or entry.account_id is None:
        return
    event, data_of = _FROM_ENTRIES[entry.action]
    endpoints = subscribed(entry.account_id, event)
    if endpoints:
        store(endpoints, event, data_of(endpoints[0].account, entry))


def subscribed(account_id: UUID, event: Event) -> list[WebhookEndpoint]:
    """The account's active endpoints that want to hear of it."""
    endpoints = WebhookEndpoint.objects.of(account_id).filter(active=True)
    return [one for one in endpoints.select_related("account") if event in one.events]


def store(
    endpoints: list[WebhookEndpoint], event: str, data: Data, *, code_encrypted: str = ""
) -> list[Delivery]:
    """Put one message to these endpoints of one account into the outbox."""
    return store_many(endpoints, event, [(data, code_encrypted)])


def store_many(
    endpoints: list[WebhookEndpoint], event: str, told: list[tuple[Data, str]]
) -> list[Delivery]:
    """The same for many messages at once, each with the encrypted code that goes with it."""
    now = timezone.now()
    messages = [
        WebhookMessage(
            account=endpoints[0].account,
            event=event,
            at=now,
            data=plain(data),
            account_code_encrypted=code_encrypted,
        )
        for data, code_encrypted in told
    ]
    deliveries = [
        Delivery(account=message.account, message=message, endpoint=endpoint, next_at=now)
        for message in messages
        for endpoint in endpoints
    ]
    add_each(messages)
    add_each(deliveries)
    return deliveries
