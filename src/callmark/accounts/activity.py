"""An account's activity: audit entries written in terms of accounts, people and rows."""

from datetime import timedelta
from typing import Literal

from django.db import models, transaction
from django.utils import timezone

from callmark.accounts.models import Account, Role, User
from callmark.audit import origin, recording
from callmark.audit.actions import Action
from callmark.audit.audited import Values
from callmark.audit.models import AuditEntry
from callmark.audit.origin import Who
from callmark.audit.queries import entries_for
from callmark.audit.recording import Named, Target

RECORDED_AGAIN_AFTER = timedelta(hours=1)


def record(
    action: Action,
    account: Account | None,
    target: models.Model | Target,
    *,
    actor: User | None,
    before: Values | None = None,
    after: Values | None = None,
) -> AuditEntry:
    """Record what happened to ``target``, in the same transaction.

    ``actor`` None: the one the origin names, such as the command line. What changes a row is
    recorded by :func:`callmark.accounts.changes.change`.
    """
    return recording.record(
        action,
        target if isinstance(target, Target) else named(target),
        account=Named(account.pk, account.name) if account else None,
        who=who_is(actor) if actor else None,
        before=before,
        after=after,
    )


def who_is(person: User) -> Who:
    """The person as entries name them."""
    return Who(person.pk, person.name, person.role == Role.OPERATOR)


def named(row: models.Model) -> Target:
    """The row as entries name it, also once it is deleted."""
    kind = str(row._meta.verbose_name).replace(" ", "_")
    return Target(kind, str(row.pk), str(row))


def record_visit(operator: User, account: Account) -> None:
    """Show the account that the operator looks into it: once an hour for each operator."""
    recent = AuditEntry.objects.of(account.pk).filter(
        actor_id=operator.pk,
        action=Action.ACCOUNT_VISITED,
        at__gt=timezone.now() - RECORDED_AGAIN_AFTER,
    )
    if not recent.exists():
        with transaction.atomic():
            record(Action.ACCOUNT_VISITED, account, account, actor=operator)


VISITS_SHOWN = timedelta(days=30)


def last_visit(account: Account) -> AuditEntry | None:
    """When an operator last looked into the account, within the last month."""
    since = timezone.now() - VISITS_SHOWN
    return entries_for(account, action=Action.ACCOUNT_VISITED, since=since).first()


CodesSeenIn = Literal["codes", "calls"]
"""The list of codes, or the call history."""


def record_codes_read(account: Account, *, actor: User, where: CodesSeenIn) -> None:
    """Show the account that somebody sees codes in clear: once an hour for each person or token."""
    recent = AuditEntry.objects.of(account.pk).filter(
        actor_id=actor.pk,
        token_name=origin.current().token_name,
        action=Action.CODES_READ,
        after__where=where,
        at__gt=timezone.now() - RECORDED_AGAIN_AFTER,
    )
    if not recent.exists():
        with transaction.atomic():
            record(Action.CODES_READ, account, account, actor=actor, after={"where": where})


def record_codes_exported(account: Account, *, actor: User, where: CodesSeenIn) -> None:
    """Show the account that codes leave it in clear in a file: every time."""
    with transaction.atomic():
        record(Action.CODES_EXPORTED, account, account, actor=actor, after={"where": where})
