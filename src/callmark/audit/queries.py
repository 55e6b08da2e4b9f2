"""Reading entries. Who may: :func:`callmark.accounts.access.may_read_audit`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db.models import Q, QuerySet

from callmark.audit.models import AuditEntry
from callmark.audit.origin import Source

_PERSON_TYPES = ("user", "user_code_settings")


class HasId(Protocol):
    """An account, wherever its model lives."""

    @property
    def pk(self) -> UUID:
        """Its id."""


def entries_for(
    account: HasId,
    *,
    person_id: UUID | None = None,
    action: str | None = None,
    source: Source | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEntry]:
    """An account's entries, newest first; ``until`` itself is not in the range.

    ``person_id`` finds what that person did and what was done to them. ``action`` ending in a dot
    finds all of that kind.
    """
    entries = AuditEntry.objects.of(account.pk)
    return _narrowed(entries, person_id, action, source, since, until)


def looking_for(
    *, person_id: UUID | None = None, action: str | None = None, source: Source | None = None
) -> Q | None:
    """The same conditions for a list of some days' entries: what no index finds in its order."""
    return _conditions(person_id, action, source) or None


def all_entries(
    *,
    person_id: UUID | None = None,
    action: str | None = None,
    source: Source | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEntry]:
    """The whole installation's entries, those of no account included: for operators only."""
    entries = AuditEntry.objects.of_every_account("the operator reads")
    return _narrowed(entries, person_id, action, source, since, until)


def about_people(name: str, ids: Iterable[UUID]) -> Q:
    """What people did, or what was done to them, whose name then was like this; or with these ids.

    Somebody may have had another name, and may not be there any more.
    """
    known = list(ids)
    done = Q(actor_name__icontains=name) | Q(actor_id__in=known)
    suffered = Q(target_name__icontains=name) | Q(target_id__in=[str(pk) for pk in known])
    return done | (suffered & Q(target_type__in=_PERSON_TYPES))


def _narrowed(
    entries: QuerySet[AuditEntry],
    person_id: UUID | None,
    action: str | None,
    source: Source | None,
    since: datetime | None,
    until: datetime | None,
) -> QuerySet[AuditEntry]:
    conditions = _conditions(person_id, action, source)
    if since:
        conditions &= Q(at__gte=since)
    if until:
        conditions &= Q(at__lt=until)
    return entries.filter(conditions)


def _conditions(person_id: UUID | None, action: str | None, source: Source | None) -> Q:
    conditions = Q()
    if person_id:
        about = Q(target_type__in=_PERSON_TYPES, target_id=str(person_id))
        conditions &= Q(actor_id=person_id) | about
    if action:
        lookup = "action__startswith" if action.endswith(".") else "action"
        conditions &= Q(**{lookup: action})
    if source:
        conditions &= Q(source=source)
    return conditions
