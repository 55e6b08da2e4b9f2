"""Who changed what on an account, when and from where."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from callmark.accounts.models import Account
from callmark.api import examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resources.calls import Moment
from callmark.api.schemas import Shown
from callmark.audit import models
from callmark.audit.export import csv_lines
from callmark.audit.origin import Source
from callmark.audit.queries import entries_for
from callmark.sign_in.api_tokens import Scope
from callmark.web.access import Needs
from callmark.web.csv import csv_download

router = Router(tags=["Audit"])


class AuditEntry(Shown):
    """One change. `before` and `after` hold the fields that changed, never a code's digits."""

    id: UUID
    at: datetime
    action: str
    actor_id: UUID | None
    actor_name: str
    actor_is_operator: bool
    token_name: str
    source: Source
    address: str | None
    target_type: str
    target_id: str
    target_name: str
    before: dict[str, Any]
    after: dict[str, Any]


class AuditConditions(BaseModel):
    """Which entries; what is left out is not filtered."""

    person_id: Annotated[
        UUID | None, Field(description="What this person did, and what was done to them.")
    ] = None
    action: Annotated[
        str,
        Field(
            pattern="^[a-z_.]{0,60}$",
            description="An action, or all of a kind when it ends in a dot: `account_code.`",
        ),
    ] = ""
    source: Source | None = None
    since: Moment | None = None
    until: Moment | None = None

    def of(self, account: Account) -> QuerySet[models.AuditEntry]:
        """The account's entries that match."""
        wanted = {name: getattr(self, name) for name in AuditConditions.model_fields}
        return entries_for(account, **wanted | {"action": self.action or None})


class AuditQuery(PageQuery, AuditConditions):
    """A page of which entries."""


@operation(
    router,
    Operation(
        "GET",
        "/accounts/{account_id}/audit",
        needs=Needs.ADMINISTRATION,
        scope=Scope.READ,
        example=examples.page(
            {
                "id": "3d3d3d3d-1111-4222-8333-444455556609",
                "at": examples.MOMENT,
                "action": "account_code.renamed",
                "actor_id": examples.USER_ID,
                "actor_name": "Olivia Office-Manager",
                "actor_is_operator": False,
                "token_name": "billing export",
                "source": "api",
                "address": "192.0.2.7",
                "target_type": "account_code",
                "target_id": examples.CODE_ID,
                "target_name": "Harper v. Castellan (closed)",
                "before": {"name": "Harper v. Castellan"},
                "after": {"name": "Harper v. Castellan (closed)"},
            }
        ),
    ),
)
def list_audit_entries(here: Here, query: Query[AuditQuery]) -> Page[AuditEntry]:
    """List who changed what, the newest first."""
    return page_of(query.of(here.account), query, ("-at", "id"), _shown)


@operation(
    router,
    Operation(
        "GET",
        "/accounts/{account_id}/audit/export",
        needs=Needs.ADMINISTRATION,
        scope=Scope.READ,
        example="at,account,actor,...\r\n2026-11-23T09:30:00+00:00,Demo Law Firm,Olivia,...\r\n",
        content_type="text/csv",
    ),
)
def export_audit_entries(here: Here, query: Query[AuditConditions]) -> FileResponse:
    """Get who changed what as a CSV file, the newest first, times in UTC."""
    entries = query.of(here.account).order_by("-at", "id")
    return csv_download(csv_lines(entries), f"activity-{here.account.slug}.csv")


def _shown(entry: models.AuditEntry) -> AuditEntry:
    return AuditEntry.model_validate(entry, from_attributes=True)
