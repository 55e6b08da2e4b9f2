"""Changes of many codes: activating, deactivating, labeling, deleting; progress and undoing."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.db.models import F, QuerySet
from pydantic import Field, StrictBool

from callmark.accounts.refused import Refused
from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Here, Needs, Resource
from callmark.api.resources.codes import Label
from callmark.api.schemas import Line, Request, Shown, eg
from callmark.batches import BatchState
from callmark.codes import many, models
from callmark.codes.finding import search_codes

_MOST_NAMED = 10_000


def changes_of(here: Here) -> QuerySet[models.CodeBatch]:
    """The account's."""
    return many.batches_of(here.account).annotate(undoing=F("undone_by"))


changes = Resource(
    "/accounts/{account_id}/code-changes", "Account codes", needs=Needs.ADMINISTRATION
)
code_change = changes.one("/{code_change_id}", changes_of)


class CodeChange(Shown):
    """One change of many codes. `state` is `done` at once for up to 1,000 codes."""

    id: UUID = eg(examples.CODE_CHANGE_ID)
    kind: Literal["import", "activate", "deactivate", "label", "delete", "undo"] = eg("label")
    label: str = eg("Litigation")
    state: BatchState = eg("done")
    percent: int = eg(100, "How far it is: listing the codes is half of it.")
    total: int = eg(1, "Codes that it is of.")
    added: int = eg(0, "Codes that it has added.")
    done: int = eg(1, "Codes added, changed or deleted so far.")
    left: int = eg(0, "Codes left as they were, as somebody had changed them since.")
    problem: str = eg("", "Why it was not done. A list of codes has been taken back then.")
    by_name: str = eg("Olivia")
    at: datetime
    finished_at: datetime | None = eg(examples.MOMENT)
    undoes: UUID | None = eg(None, "The change that this one undoes.", row="undoes_id")
    undone_by: UUID | None = eg(
        None, "The change that undid this one.", row=lambda one: getattr(one, "undoing", None)
    )


class LeftCode(Shown):
    """A code that a change has left as it is."""

    code_id: UUID = eg(examples.CODE_ID)
    name: str = eg("Harper v. Castellan")
    line: int = eg(2, "In the list that was imported; 0: in none.", row="row")
    why: Literal["changed", "gone", "in_use"] = eg("changed", row="left")


class CodesToFind(Request, example={"active": True}):
    """Which codes. Without a condition say `all`."""

    q: Annotated[Line, Field(description="Part of the name, or the whole code.")] = ""
    label: Label = ""
    active: StrictBool | None = None
    all: Annotated[StrictBool, Field(description="Every code: in place of any condition.")] = False


class NewCodeChange(Request):
    """What to do to which codes: those named in `codes`, or all that `find` finds."""

    kind: Literal["activate", "deactivate", "label", "delete"] = eg("label")
    label: Label = eg("Litigation", "For `label`; empty: take it away.", default="")
    codes: Annotated[list[UUID], Field(max_length=_MOST_NAMED)] = Field(default_factory=list)
    find: CodesToFind | None = eg(CodesToFind, default=None)


@changes.get()
def list_code_changes(here: Here, query: PageQuery) -> Page[CodeChange]:
    """List the changes of many codes of the last 30 days, imports among them, newest first."""
    return page_of(changes_of(here), query, ("-at", "id"), CodeChange.of)


@changes.post(status=201, example={"kind": "label", "label": "Litigation", "find": {"all": True}})
def change_codes(here: Here, body: NewCodeChange) -> CodeChange:
    """Activate, deactivate, label or delete codes: those named, or all that match.

    Codes that are so already are not among them. The last one that can be used stays so while it is
    needed. Up to 1,000 codes are changed at once; of more, read how far it is. All but deleting can
    be undone.
    """
    return CodeChange.of(
        many.change_many(
            here.account,
            models.Kind(body.kind),
            _which(here, body),
            label=body.label,
            actor=here.person,
        )
    )


def _which(here: Here, body: NewCodeChange) -> QuerySet[models.AccountCode] | list[UUID]:
    if bool(body.codes) == (body.find is not None):
        raise Refused("Name codes, or say in 'find' which, not both.", "codes", code="which_codes")
    if body.find is None:
        return body.codes
    asked = body.find
    if asked.all == bool(asked.q or asked.label or asked.active is not None):
        raise Refused(
            'Say which codes, or "all": true if you mean every one.', "find", code="which_codes"
        )
    return search_codes(here.account, asked.q, label=asked.label, active=asked.active)


@code_change.get()
def get_code_change(_here: Here, batch: models.CodeBatch) -> CodeChange:
    """Read one change of many codes, and how far it is."""
    return CodeChange.of(batch)


@code_change.get("/left")
def list_codes_left(_here: Here, batch: models.CodeBatch, query: PageQuery) -> Page[LeftCode]:
    """List the codes that a change has left as they are, each with the reason."""
    return page_of(many.left_rows(batch), query, ("id",), LeftCode.of)


@code_change.post("/undo", status=201)
def undo_code_change(here: Here, batch: models.CodeBatch) -> CodeChange:
    """Bring back exactly what was: codes that were added go, the others are as before.

    Codes that somebody has changed since are left as they are: `left` counts them.
    """
    return CodeChange.of(many.undo(batch, actor=here.person))
