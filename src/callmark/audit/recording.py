"""Adding entries, in the transaction of the change they tell of."""

import logging
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.transaction import TransactionManagementError
from django.dispatch import Signal

from callmark.audit import origin
from callmark.audit.actions import Action
from callmark.audit.audited import Values
from callmark.audit.models import AuditEntry
from callmark.audit.origin import Who
from callmark.policy.values import value_class

log = logging.getLogger("callmark.audit")

entry_recorded = Signal()
"""Sent with ``entry``, inside the transaction: what a receiver raises undoes the change, too."""


@value_class
class Named:
    """An account, by id and name."""

    id: UUID
    name: str


@value_class
class Target:
    """What was changed."""

    type: str
    id: str
    name: str


def record(
    action: Action,
    target: Target,
    *,
    account: Named | None,
    who: Who | None = None,
    before: Values | None = None,
    after: Values | None = None,
) -> AuditEntry:
    """Add one entry. ``who`` None: the one the origin names. Of equal values none is kept.

    Raises ``TransactionManagementError`` outside a transaction: a change could be stored without
    its entry. Never pass an account code's digits.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("a change and its audit entry need one transaction")
    came_from = origin.current()
    who = who or came_from.who()
    old, new = only_changed(before or {}, after or {})
    entry = AuditEntry(
        account_id=account.id if account else None,
        account_name=account.name if account else "",
        actor_id=who.id,
        actor_name=who.name,
        actor_is_operator=who.is_operator,
        token_name=came_from.token_name,
        source=came_from.source,
        address=came_from.address,
        action=action,
        target_type=target.type,
        target_id=target.id,
        target_name=target.name[:200],
        before=old,
        after=new,
    )
    entry.save()
    # Ids only: names are for those who may read the entries.
    log.info("%s %s: account %s, by %s", action.value, target.id, entry.account_id, who.id)
    entry_recorded.send(AuditEntry, entry=entry)
    return entry


def only_changed(before: Values, after: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both without what is the same in both."""
    missing = object()
    names = {*before, *after}
    changed = [one for one in names if before.get(one, missing) != after.get(one, missing)]
    return (
        {name: before[name] for name in sorted(changed) if name in before},
        {name: after[name] for name in sorted(changed) if name in after},
    )
