"""Putting calls right: assigning codes, taking them away, *not billable*, and undoing it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import F, QuerySet
from pydantic import Field, StrictBool

from callmark.accounts.refused import Refused
from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of, page_of_calls
from callmark.api.resource import Here, Needs, Resource
from callmark.api.resources.calls import Call, ConditionsInABody
from callmark.api.schemas import Request, Shown, eg
from callmark.calls import corrections as services
from callmark.calls import inbox, models, suggesting
from callmark.calls.filters import CallFilter
from callmark.calls.models import BatchKind, BatchState
from callmark.calls.suggesting import Why
from callmark.codes.finding import find_code
from callmark.codes.models import AccountCode
from callmark.web.problems import forbidden


def corrections_of(here: Here) -> QuerySet[models.CorrectionBatch]:
    """The corrections that the caller may see."""
    batches = services.batches_of(here.account, here.person)
    return batches.annotate(undoing=F("undone_by"))


corrections = Resource("/accounts/{account_id}/corrections", "Corrections", needs=Needs.MEMBERSHIP)
correction = corrections.one("/{correction_id}", corrections_of)
to_assign = Resource(
    "/accounts/{account_id}/calls-to-assign", "Corrections", needs=Needs.MEMBERSHIP
)


class Correction(Shown):
    """One correction of one call or of many. `state` is `done` at once for up to 500 calls."""

    id: UUID = eg(examples.CORRECTION_ID)
    kind: BatchKind = eg("assign")
    state: BatchState = eg("done")
    total: int = eg(1, "Calls that it is of.")
    done: int = eg(1, "Calls corrected so far.")
    left: int = eg(0, "Calls left as they were: changed, or their month closed, meanwhile.")
    code_id: UUID | None = eg(examples.CODE_ID)
    account_code_name: str = eg("Harper v. Castellan")
    by_name: str = eg("Olivia")
    at: datetime
    finished_at: datetime | None = eg(examples.MOMENT)
    undoes: UUID | None = eg(None, "The correction that this one undoes.", row="undoes_id")
    # One that was just made has not been read, and nobody can have undone it.
    undone_by: UUID | None = eg(
        None, "The correction that undid this one.", row=lambda one: getattr(one, "undoing", None)
    )


Ids = Annotated[list[UUID], Field(max_length=services.AT_ONCE)]


class CallsToFind(ConditionsInABody, Request, example={"to_assign": True}):
    """Which calls to correct. Without a condition say `all`; a misspelt one is refused."""

    all: Annotated[
        StrictBool, Field(description="Every call, whatever it is: in place of any condition.")
    ] = False

    def filter(self, here: Here) -> CallFilter:
        """The same for the call history. Raises :class:`Refused` unless it is clear."""
        conditions = super().filter(here)
        if (conditions == CallFilter()) != self.all:
            raise Refused(
                'Say which calls, or "all": true if you mean every one.', "find", code="which_calls"
            )
        return conditions


class NewCorrection(Request):
    """What to do to which calls: those named in `calls`, or all that `find` finds.

    `assign` takes a `code_id`, or the digits in `account_code`; `replace` also the wrong code's
    `wrong_code_id`, and looks among what `find` finds.
    """

    kind: BatchKind = eg("assign")
    calls: Ids = Field(default_factory=list)
    find: CallsToFind | None = eg(CallsToFind, default=None)
    code_id: UUID | None = eg(examples.CODE_ID, default=None)
    account_code: Annotated[str, Field(max_length=7)] = ""
    wrong_code_id: UUID | None = None


class CallToAssign(Call):
    """A call that should have a code and has none, with the code it is likely to be of."""

    suggested_code_id: UUID | None = eg(examples.CODE_ID)
    suggested_code_name: str | None = eg("Harper v. Castellan")
    suggested_because: Why | None = eg("same_number")


def _refuse_those_who_may_not(here: Here) -> None:
    if not services.may_correct_some(here.person, here.account):
        raise forbidden("Only administrators may correct these calls: ask one.")


def _code(here: Here, code_id: UUID | None, field: str) -> AccountCode:
    code = AccountCode.objects.of(here.account).filter(pk=code_id).first() if code_id else None
    if code is None:
        raise Refused("Name one of the account's codes.", field, code="no_such_code")
    return code


def _which(here: Here, body: NewCorrection) -> services.Which:
    if bool(body.calls) == (body.find is not None):
        raise Refused("Name calls, or say in 'find' which, not both.", "calls", code="which_calls")
    return body.find.filter(here) if body.find is not None else body.calls


@corrections.get()
def list_corrections(here: Here, query: PageQuery) -> Page[Correction]:
    """List the corrections, the newest first: all of the account, or your own."""
    return page_of(corrections_of(here), query, ("-at", "id"), Correction.of)


@corrections.post(status=201)
def correct_calls(here: Here, body: NewCorrection) -> Correction:
    """Assign a code to calls, take it away, replace a wrong one, or mark calls as not billable.

    All or nothing: a call of a closed month, or one that is not yours, refuses them all. Up to 500
    calls are corrected at once; of more, read how far it is. `suggested` gives each call that is to
    be assigned its likely code, and leaves out those that have none.
    """
    _refuse_those_who_may_not(here)
    common: dict[str, Any] = {"actor": here.person}
    match body.kind:
        case BatchKind.ASSIGN:
            code = _code(here, body.code_id, "code_id") if body.code_id else None
            batch = services.assign_code(
                here.account, _which(here, body), code=code, digits=body.account_code, **common
            )
        case BatchKind.SUGGESTED:
            batch = services.assign_suggested(here.account, _which(here, body), **common)
        case BatchKind.CLEAR:
            batch = services.take_code_away(here.account, _which(here, body), **common)
        case BatchKind.REPLACE:
            if body.calls:
                raise Refused("Say in 'find' where to look.", "calls", code="which_calls")
            within = body.find.filter(here) if body.find is not None else CallFilter()
            wrong = _code(here, body.wrong_code_id, "wrong_code_id")
            right = find_code(here.account, body.account_code) if body.account_code else None
            right = right or _code(here, body.code_id, "code_id")
            batch = services.replace_code(here.account, wrong, right, within=within, **common)
        case BatchKind.NOT_BILLABLE | BatchKind.BILLABLE:
            marked = body.kind == BatchKind.NOT_BILLABLE
            batch = services.set_not_billable(
                here.account, _which(here, body), not_billable=marked, **common
            )
        case BatchKind.UNDO:
            raise Refused("Undo a correction at its own address.", "kind", code="bad_kind")
    return Correction.of(batch)


@correction.get()
def get_correction(_here: Here, batch: models.CorrectionBatch) -> Correction:
    """Read one correction, and how far it is."""
    return Correction.of(batch)


@correction.post("/undo", status=201)
def undo_correction(here: Here, batch: models.CorrectionBatch) -> Correction:
    """Bring back exactly what was on the calls; undoing an undo does it again."""
    _refuse_those_who_may_not(here)
    return Correction.of(services.undo(batch, actor=here.person))


@to_assign.get()
def list_calls_to_assign(here: Here, query: PageQuery) -> Page[CallToAssign]:
    """List calls that should have a code and have none, the newest first, with the likely one.

    Those of closed months are not among them: their codes no longer change.
    """
    found = inbox.to_assign(here.account, here.person)
    calls = found.select_related("account")
    page = page_of_calls(calls, query, lambda call: call, CallFilter())
    likely = suggesting.suggestions(here.account, page.items)
    items = [_with_suggestion(here, call, likely.get(call.pk)) for call in page.items]
    return Page[CallToAssign](items=items, next=page.next)


def _with_suggestion(
    here: Here, call: models.Call, likely: suggesting.Suggestion | None
) -> CallToAssign:
    return CallToAssign.of(
        call,
        account_code=here.shown_code(call.account_code),
        suggested_code_id=likely.code.pk if likely else None,
        suggested_code_name=likely.code.name if likely else None,
        suggested_because=likely.why if likely else None,
    )
