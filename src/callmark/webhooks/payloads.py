"""What messages say: names, ids and times. Never a code's digits: those are added when sending."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder

from callmark.accounts.models import Account, User
from callmark.audit.models import AuditEntry
from callmark.calls.models import Call, CorrectionBatch, LimitWarning
from callmark.keys.installed import keyring
from callmark.webhooks.models import WebhookEndpoint, WebhookMessage

Data = dict[str, Any]


def call_data(call: Call, account: Account) -> Data:
    """A call of an account and its tag, as they are now."""
    return {
        "account": account_data(account),
        "call": {
            "id": call.pk,
            "direction": call.direction,
            "caller": call.caller,
            "dialed": call.dialed,
            "number": call.number,
            "e164": call.e164 or None,
            "call_type": call.call_type or None,
            "outcome": call.outcome,
            "started_at": call.started_at,
            "switch": call.switch,
            "switch_call_id": call.switch_call_id,
            "leg": call.leg,
            "conversation": call.linked_id,
            "payer": call.payer,
            "user": {"id": call.user_id, "name": call.user_name},
        },
        "account_code": _tag_data(call),
    }


def corrected_data(call: Call, batch: CorrectionBatch, account: Account) -> Data:
    """A call as it is after a correction, and who corrected what."""
    return call_data(call, account) | {
        "not_billable": call.not_billable,
        "correction": {
            "id": batch.pk,
            "kind": batch.kind,
            "at": batch.at,
            "by": {"id": batch.by_id, "name": batch.by_name},
        },
    }


def _tag_data(call: Call) -> Data | None:
    if not call.account_code_encrypted:
        return None
    return {"id": call.code_id, "name": call.account_code_name, "entered_by": call.entered_by}


def lockout_data(account: Account, entry: AuditEntry) -> Data:
    """A lockout that has begun."""
    return {
        "account": account_data(account),
        "user": {"id": entry.target_id, "name": entry.target_name},
        "locked_until": entry.after["locked_until"],
    }


def limit_data(warning: LimitWarning, until: datetime, who: User | None) -> Data:
    """A step of a limit that is reached. ``used`` is in its unit; whole ones."""
    limit = warning.limit
    code = limit.code
    return {
        "account": account_data(limit.account),
        "limit": {
            name: getattr(limit, name) for name in ("id", "name", "scope", "amount", "unit", "per")
        }
        | {
            "call_type": limit.call_type or None,
            "when_reached": limit.then,
            "account_code": {"id": code.pk, "name": code.name} if code else None,
        },
        "user": {"id": who.pk, "name": who.name} if who else None,
        "percent": warning.percent,
        "used": warning.used,
        "since": warning.since,
        "until": until,
    }


def settings_data(account: Account, entry: AuditEntry) -> Data:
    """A change of an account's settings, and who made it."""
    return {
        "account": account_data(account),
        "action": entry.action,
        "by": {"id": entry.actor_id, "name": entry.actor_name, "source": entry.source},
        "before": entry.before,
        "after": entry.after,
    }


def account_data(account: Account) -> Data:
    """Which account a message is about."""
    return {"id": account.pk, "slug": account.slug, "name": account.name}


def plain(data: Data) -> Data:
    """The data as JSON has it: ids and times as text."""
    result: Data = json.loads(json.dumps(data, cls=DjangoJSONEncoder))
    return result


def body_of(message: WebhookMessage, endpoint: WebhookEndpoint) -> bytes:
    """The bytes to send, the same at every attempt."""
    data = dict(message.data)
    if endpoint.include_codes and data.get("account_code"):
        digits = keyring().decrypt(message.account_code_encrypted)
        data["account_code"] = {**data["account_code"], "code": digits}
    whole = {
        "id": message_id(message.pk),
        "type": message.event,
        "timestamp": message.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": data,
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def message_id(pk: UUID) -> str:
    """The id in header and body; the same for all endpoints and attempts, and for a replay."""
    return f"msg_{pk.hex}"


def seconds(at: datetime) -> int:
    """Epoch seconds, as the header has them."""
    return int(at.timestamp())
