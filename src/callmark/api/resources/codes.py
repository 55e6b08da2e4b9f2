"""The account codes themselves, and their CSV file. Only those who may see codes see the list."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from ninja import File, Form, UploadedFile
from pydantic import BaseModel, Field, StrictBool

from callmark.accounts.activity import record_codes_exported
from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Here, Needs, Resource, Scope
from callmark.api.schemas import (
    AS_A_DAY,
    NO_CONTROL_CHARACTERS,
    FormFlag,
    Line,
    QueryFlag,
    Request,
    Shown,
    eg,
    maybe,
    unchanged,
)
from callmark.batches import BatchState
from callmark.codes import bulk, models, services
from callmark.codes.exports import SHAPES, exported
from callmark.codes.finding import find_code
from callmark.codes.making import free_codes, next_free_code, with_codes
from callmark.codes.use import StoredUse
from callmark.web.csv import csv_download
from callmark.web.problems import MAX_LISTED, Problem


def codes_of(here: Here) -> QuerySet[models.AccountCode]:
    """The account's codes."""
    return models.AccountCode.objects.of(here.account).select_related("account")


codes = Resource("/accounts/{account_id}/codes", "Account codes", needs=Needs.ADMINISTRATION)
code = codes.one("/{code_id}", codes_of)
ORDER = {"name": ("name", "id"), "-created_at": ("-created_at", "id")}

# What the digits must be depends on the account: the service says it in words.
Digits = Annotated[str, Field(max_length=40, description="Digits 0-9; leading zeros count.")]
SPARE = {"name": "Firm business (catch-all)", "code": "7730"}
ESTATE = {"name": "Estate of Whitlock", "code": "0417", "active": False}


OpenedType = Literal[
    "internal", "international", "directory_assistance", "premium", "domestic", "toll_free"
]
Day = Annotated[date, AS_A_DAY]
Users = Annotated[list[UUID], Field(max_length=100)]
Types = Annotated[list[OpenedType], Field(max_length=6)]


class AccountCode(Shown):
    """An account code. `code` is masked for tokens without the scope `codes:read`."""

    id: UUID = eg(examples.CODE_ID)
    name: str = eg("Harper v. Castellan")
    code: str = eg("1234")
    active: bool = eg(True)
    client_id: str = eg("10234", "Whom its calls are billed to, in the billing system's words.")
    matter_id: str = eg("0007")
    external_id: str = eg("", "What another system calls it, such as the client's own.")
    starts_on: date | None = eg(None, "First day on which it counts, in the account's time zone.")
    ends_on: date | None = eg("2027-01-31", "Last day on which it counts.")
    label: str = eg("Litigation", "A word that several codes share, to find them by.")
    user_ids: list[UUID] = eg([], "Who may use it; empty: everybody.")
    call_types: list[OpenedType] = eg(["international"], "The only calls it opens; empty: all.")
    created_at: datetime


Id = Annotated[str, Field(max_length=models.ID_LENGTH, pattern=NO_CONTROL_CHARACTERS)]
Label = Annotated[str, Field(max_length=models.LABEL_LENGTH, pattern=NO_CONTROL_CHARACTERS)]


class NewAccountCode(Request):
    """A code to add."""

    name: Line = eg(SPARE["name"])
    code: Digits = eg(SPARE["code"])
    client_id: Id = ""
    matter_id: Id = ""
    external_id: Id = ""
    label: Label = ""
    starts_on: Day | None = None
    ends_on: Day | None = None
    user_ids: Users = Field(default_factory=list)
    call_types: Types = Field(default_factory=list)

    @property
    def use(self) -> StoredUse:
        """What it may be used for."""
        return _use(self.model_dump())

    @property
    def ids(self) -> dict[str, str]:
        """What other systems call it."""
        return {one: getattr(self, one) for one in models.CODE_IDS}


class NewBulkCode(NewAccountCode):
    """One of many codes to add."""

    active: StrictBool = True


class NewAccountCodes(Request):
    """Codes to add together: all of them, or none."""

    codes: list[NewBulkCode] = eg([SPARE, ESTATE], min_length=1, max_length=10_000)


class AccountCodesAdded(Shown):
    """The codes that were added, in the order sent."""

    items: list[AccountCode]


class AccountCodeChange(Request):
    """What to change; the digits never change."""

    name: Line = unchanged("Harper v. Castellan (closed)")
    active: StrictBool = unchanged(True)
    client_id: Id = unchanged()
    matter_id: Id = unchanged()
    external_id: Id = unchanged()
    label: Label = unchanged("Litigation")
    starts_on: Day | None = unchanged()
    ends_on: Day | None = unchanged("2027-01-31")
    user_ids: Users = unchanged()
    call_types: Types = unchanged(["international"])


class ImportOptions(BaseModel):
    """How to import."""

    dry_run: FormFlag = Field(False, description="Only say what would happen; nothing is added.")
    update_names: FormFlag = Field(
        False,
        description="Give codes that exist already the file's names, and what else it has columns "
        "for: active, label, ids, rules.",
    )
    make_codes: FormFlag = Field(
        False, description="The file holds a name in each line: make a random, free code for each."
    )
    columns: str = Field(
        "",
        max_length=500,
        description="What each column is, in their order, where the first line does not say: name, "
        "code, active, label, client_id, matter_id, external_id, starts_on, ends_on, user_ids, "
        "call_types; nothing between two commas leaves a column out.",
    )


class RowProblem(Shown):
    """What is wrong in one cell, and what to do."""

    line: int = eg(3, row="row")
    column: str = eg("code")
    detail: str = eg("Enter exactly 4 digits (0-9).", row="message")


class ImportResult(Shown):
    """What an import did, or with a dry run would do."""

    dry_run: bool = eg(True)
    rows: int = eg(2, "Codes in the file.")
    added: int = eg(0)
    renamed: int = eg(0, "Codes that existed already and were updated.")
    change_id: UUID | None = eg(
        None, "The change of many codes that it is carried out as: read there how far it is."
    )
    state: BatchState | None = eg(
        None, "`waiting`: the list is long, and is carried out after this answer; null: nothing is."
    )
    shape: str = eg(
        "A list with the columns name and code", "What kind of list it is; empty if it is none."
    )
    problem_count: int = eg(1)
    problems: list[RowProblem] = Field(
        description=f"The first {MAX_LISTED}; empty when all is well."
    )


class CodeQuery(PageQuery):
    """Which codes. Never by digits: addresses are logged."""

    q: Line = maybe("Part of the name.", "")
    active: QueryFlag | None = None
    label: Line = maybe("Only those with this label.", "")
    sort: str = maybe(None, "name", pattern="^(name|-created_at)$")


class ExportQuery(BaseModel):
    """Which file."""

    shape: Literal[
        "callmark", "fusionpbx", "freepbx", "cucm_cmc", "cucm_fac", "shoretel", "webex"
    ] = maybe(
        "Whose file it is. Those of other systems have what these read: some only active codes.",
        "callmark",
    )


class NextCode(Shown):
    """A code that nobody has."""

    code: str = eg("7731")


class NextQuery(BaseModel):
    """Which of the free codes."""

    kind: Literal["next", "random"] = maybe(
        "`next`: the one after the highest that there is; `random`: one that is hard to guess.",
        "next",
    )


class CodeSearch(Request):
    """Look a code up by its digits; in a body, since addresses are logged."""

    code: Digits = eg("1234")


def _use(values: Mapping[str, Any]) -> StoredUse:
    users = tuple(map(str, values["user_ids"]))
    types = tuple(values["call_types"])
    return StoredUse(values["starts_on"], values["ends_on"], users, types)


def _shown(here: Here, code: models.AccountCode) -> AccountCode:
    return AccountCode.of(code, code=here.shown_code(code.code))


@codes.get()
def list_codes(here: Here, query: CodeQuery) -> Page[AccountCode]:
    """List the codes, or those whose name has a text in it."""
    found = codes_of(here)
    if query.q:
        found = found.filter(name__icontains=query.q)
    if query.active is not None:
        found = found.filter(active=query.active)
    if query.label:
        found = found.filter(label=query.label)
    here.record_codes_read("codes")
    return page_of(found, query, ORDER[query.sort], lambda code: _shown(here, code))


@codes.post("/search", scope=Scope.CODES_READ, safe=True)
def search_codes(here: Here, body: CodeSearch) -> Page[AccountCode]:
    """Find the code with exactly these digits, active or not."""
    here.record_codes_read("codes")
    found = find_code(here.account, body.code)
    return Page[AccountCode](items=[_shown(here, found)] if found else [], next=None)


@codes.get("/next", scope=Scope.CODES_READ)
def propose_code(here: Here, query: NextQuery) -> NextCode:
    """Propose a code that is free. Nothing keeps it free until it is added."""
    if query.kind == "random":
        return NextCode(code=free_codes(here.account, 1)[0])
    return NextCode(code=next_free_code(here.account))


@codes.post(status=201, example=SPARE)
def add_code(here: Here, body: NewAccountCode) -> AccountCode:
    """Add a code: exactly the account's number of digits, unique in the account."""
    added = services.add_code(
        here.account,
        name=body.name,
        code=body.code,
        ids=body.ids,
        use=body.use,
        label=body.label,
        actor=here.person,
    )
    return _shown(here, added)


@codes.post("/bulk", status=201, example=SPARE)
def add_codes(here: Here, body: NewAccountCodes) -> AccountCodesAdded:
    """Add many codes at once: all of them, or none and an error for each row."""
    rows = [
        bulk.NewCode(number, one.name, one.code, one.active, one.ids, label=one.label)
        for number, one in enumerate(body.codes, start=1)
    ]
    added = bulk.add_codes(here.account, rows, actor=here.person)
    return AccountCodesAdded(items=[_shown(here, code) for code in added])


@codes.post("/import", form={"file": "name,code\r\nNordby Shipping,5521\r\n", "dry_run": True})
def import_codes(
    here: Here, file: File[UploadedFile], options: Form[ImportOptions]
) -> ImportResult:
    """Add the codes of a list: all of them, or none and an error for each line.

    A file named `.csv` in UTF-8 or UTF-16, or the first sheet of an `.xlsx`, with the first line
    `name,code` and, if you like, `active`, `client id`, `matter id`, `external id`, `first day`,
    `last day`, `only for`, `opens only` and `label` (commas, semicolons or tabs), or as FusionPBX,
    CUCM, ShoreTel and Webex export codes, or with the columns that `columns` says. With
    `update_names`, codes that exist already are no problem: they are updated. With `make_codes`,
    the file is a list of names, and a random code is made for each; export the codes to see them.

    A list of more than 1,000 codes is checked at once and carried out afterwards, whole or not at
    all: `state` is `waiting` then, and `change_id` says where to read how far it is.
    """
    bulk.check_file_name(file.name)
    if (file.size or 0) > bulk.MAX_BYTES:
        raise Problem(413, "body_too_large", "Send files of at most 16 MB.", field="file")
    dry_run = options.dry_run
    data = bulk.as_csv(file.name, file.read())
    imported = bulk.import_csv(
        here.account,
        with_codes(here.account, data) if options.make_codes else data,
        dry_run=dry_run,
        update_names=options.update_names,
        columns=[one.strip() for one in options.columns.split(",")] if options.columns else (),
        actor=here.person,
    )
    return ImportResult.of(
        imported,
        dry_run=dry_run,
        added=0 if dry_run else imported.new,
        renamed=0 if dry_run else imported.renamed,
        change_id=imported.batch.pk if imported.batch else None,
        state=imported.batch.state if imported.batch else None,
        problems=imported.problems[:MAX_LISTED],
    )


@codes.get(
    "/export",
    scope=Scope.CODES_READ,
    example="name,code,active\r\nHarper v. Castellan,1234,active\r\n",
)
def export_codes(here: Here, query: ExportQuery) -> FileResponse:
    """Get all codes as a CSV file that can be imported again, or as another system reads them."""
    record_codes_exported(here.account, actor=here.person, where="codes")
    name = f"account-codes-{here.account.slug}.csv"
    text = exported(here.account, query.shape)
    return csv_download([text], name, encoding=SHAPES[query.shape].encoding)


@code.get()
def get_code(here: Here, code: models.AccountCode) -> AccountCode:
    """Read one code."""
    here.record_codes_read("codes")
    return _shown(here, code)


@code.patch()
def update_code(here: Here, code: models.AccountCode, body: AccountCodeChange) -> AccountCode:
    """Rename a code, give it other ids or rules, activate or deactivate it.

    The last one that can be used stays so while it is needed. Where a code may not be used, callers
    hear what they hear of one that does not exist.
    """
    changes = body.model_dump(exclude_unset=True, exclude={"active"})
    if changes:
        name = changes.pop("name", code.name)
        use = {one: changes.pop(one, getattr(code, one)) for one in models.USE_COLUMNS}
        code = services.change_code(code, name=name, ids=changes, use=_use(use), actor=here.person)
    if "active" in body.model_fields_set:
        code = services.set_code_active(code, active=body.active, actor=here.person)
    here.record_codes_read("codes")
    return _shown(here, code)


@code.delete()
def delete_code(here: Here, code: models.AccountCode) -> None:
    """Delete a code. Old call records keep its digits and name."""
    services.delete_code(code, actor=here.person)
