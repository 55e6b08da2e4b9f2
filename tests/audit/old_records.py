"""Records of long ago."""

from datetime import datetime, timedelta

from django.utils import timezone

from callmark.accounts.models import Account
from callmark.audit.actions import Action
from callmark.audit.models import AuditEntry
from callmark.audit.origin import Source
from callmark.calls.models import Call, CallAttempt, CallOutcome, Direction, EnteredBy


def days_ago(days: float) -> datetime:
    """That moment."""
    return timezone.now() - timedelta(days=days)


def old_entry(account: Account | None, days: float) -> AuditEntry:
    """Somebody signed in so long ago."""
    entry = AuditEntry(
        at=days_ago(days),
        account_id=account.pk if account else None,
        account_name=account.name if account else "",
        actor_name="Olivia",
        source=Source.PORTAL,
        action=Action.SIGNED_IN,
        target_type="user",
        target_id="1",
        target_name="Olivia",
    )
    entry.save()
    return entry


def old_call(account: Account, days: float) -> Call:
    """A call of so long ago, with one entry of a code."""
    call = Call.objects.create(
        account=account,
        direction=Direction.OUTBOUND,
        dialed="2125550100",
        outcome=CallOutcome.NOT_GATED,
        started_at=days_ago(days),
    )
    CallAttempt.objects.create(
        call=call,
        position=1,
        result=CallAttempt.Result.ACCEPTED,
        entered_by=EnteredBy.PROMPT,
        at=call.started_at,
    )
    return call
