"""An account's activity: audit entries written in terms of accounts, people and rows."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Literal

from django.db import models, transaction
from django.utils import timezone

from callmark.accounts.models import Account, Role, User
from callmark.audit import origin
from callmark.audit.actions import Action
from callmark.audit.models import AuditEntry
from callmark.audit.origin import Who
from callmark.audit.recording import Named, Target, Values, record

VISIT_NOTED_AGAIN_AFTER = timedelta(hours=1)


def note(
    action: Action,
    account: Account | None,
    target: models.Model,
    *,
    actor: User | None,
    before: Values | None = None,
    after: Values | None = None,
) -> AuditEntry:
    """Record a change to ``target`` in the change's own transaction; before it is deleted.

    ``actor`` None: the one the origin names, such as the command line.
    """
    return record(
        action,
        Target(_type_of(target), str(target.pk), str(target)),
        account=Named(account.pk, account.name) if account else None,
        who=who_is(actor) if actor else None,
        before=before,
        after=after,
    )


def who_is(person: User) -> Who:
    """The person as entries name them."""
    return Who(person.pk, person.name, person.role == Role.OPERATOR)


def values_of(row: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """These fields' values, for *before* and *after*."""
    return {name: getattr(row, name) for name in names}


def note_visit(operator: User, account: Account) -> None:
    """Show the account that the operator looks into it: once an hour for each operator."""
    recent = AuditEntry.objects.of(account.pk).filter(
        actor_id=operator.pk,
        action=Action.ACCOUNT_VISITED,
        at__gt=timezone.now() - VISIT_NOTED_AGAIN_AFTER,
    )
    if not recent.exists():
        with transaction.atomic():
            note(Action.ACCOUNT_VISITED, account, account, actor=operator)


CodesSeenIn = Literal["codes", "calls"]
"""The list of codes, or the call history."""


def note_codes_read(account: Account, *, actor: User, where: CodesSeenIn) -> None:
    """Show the account that somebody sees codes in clear: once an hour for each person or token."""
    recent = AuditEntry.objects.of(account.pk).filter(
        actor_id=actor.pk,
        token_name=origin.current().token_name,
        action=Action.CODES_READ,
        after__where=where,
        at__gt=timezone.now() - VISIT_NOTED_AGAIN_AFTER,
    )
    if not recent.exists():
        with transaction.atomic():
            note(Action.CODES_READ, account, account, actor=actor, after={"where": where})


def note_codes_exported(account: Account, *, actor: User, where: CodesSeenIn) -> None:
    """Show the account that codes leave it in clear in a file: every time."""
    with transaction.atomic():
        note(Action.CODES_EXPORTED, account, account, actor=actor, after={"where": where})


def _type_of(row: models.Model) -> str:
    return str(row._meta.verbose_name).replace(" ", "_")
