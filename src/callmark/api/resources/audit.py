"""Who changed what on an account, when and from where."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from pydantic import BaseModel

from callmark.accounts.models import Account
from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Here, Needs, Resource
from callmark.api.schemas import Moment, Shown, eg, maybe
from callmark.audit import models
from callmark.audit.export import csv_lines
from callmark.audit.origin import Source
from callmark.audit.queries import entries_for, looking_for
from callmark.web.csv import csv_download

audit = Resource("/accounts/{account_id}/audit", "Audit", needs=Needs.ADMINISTRATION)
ORDER = ("-at", "id")


class AuditEntry(Shown):
    """One change. `before` and `after` hold the fields that changed, never a code's digits."""

    id: UUID = eg("3d3d3d3d-1111-4222-8333-444455556609")
    at: datetime
    action: str = eg("account_code.renamed")
    actor_id: UUID | None = eg(examples.USER_ID)
    actor_name: str = eg("Olivia Office-Manager")
    actor_is_operator: bool
    token_name: str = eg("billing export")
    source: Source = eg("api")
    address: str | None = eg("192.0.2.7")
    target_type: str = eg("account_code")
    target_id: str = eg(examples.CODE_ID)
    target_name: str = eg("Harper v. Castellan (closed)")
    before: dict[str, Any] = eg({"name": "Harper v. Castellan"})
    after: dict[str, Any] = eg({"name": "Harper v. Castellan (closed)"})


class AuditConditions(BaseModel):
    """Which entries; what is left out is not filtered."""

    person_id: UUID | None = maybe("What this person did, and what was done to them.")
    action: str = maybe(
        "An action, or all of a kind when it ends in a dot: `account_code.`",
        "",
        pattern="^[a-z_.]{0,60}$",
    )
    source: Source | None = None
    since: Moment | None = None
    until: Moment | None = None

    def of(self, account: Account) -> QuerySet[models.AuditEntry]:
        """The account's entries that match."""
        wanted = {name: getattr(self, name) for name in AuditConditions.model_fields}
        return entries_for(account, **wanted | {"action": self.action or None})


class AuditQuery(PageQuery, AuditConditions):
    """A page of which entries."""


@audit.get()
def list_audit_entries(here: Here, query: AuditQuery) -> Page[AuditEntry]:
    """List who changed what, the newest first.

    A page for a person, an action or a source looks at 20,000 entries: it may have fewer than
    `limit`, or none, and a `next` all the same.
    """
    entries = entries_for(here.account, since=query.since, until=query.until)
    wanted = looking_for(
        person_id=query.person_id, action=query.action or None, source=query.source
    )
    return page_of(entries, query, ORDER, AuditEntry.of, wanted)


@audit.get(
    "/export",
    example="at,account,actor,...\r\n2026-11-23T09:30:00+00:00,Demo Law Firm,Olivia,...\r\n",
)
def export_audit_entries(here: Here, query: AuditConditions) -> FileResponse:
    """Get who changed what as a CSV file, the newest first, times in UTC."""
    entries = query.of(here.account).order_by(*ORDER)
    return csv_download(csv_lines(entries), f"activity-{here.account.slug}.csv")
