"""The account codes themselves. Those who may not see codes do not see this list."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db.models import QuerySet
from ninja import Query, Router
from pydantic import Field, StrictBool

from callmark.api import examples
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.schemas import Line, QueryFlag, Request, Shown, unchanged
from callmark.codes import bulk, models, services
from callmark.codes.secrecy import masked
from callmark.sign_in.api_tokens import Scope
from callmark.web.access import Needs
from callmark.web.problems import not_found

router = Router(tags=["Account codes"])

PATH = "/accounts/{account_id}/codes"
ORDER = {"name": ("name", "id"), "-created_at": ("-created_at", "id")}

# What the digits must be depends on the account: the service says it in words.
Digits = Annotated[str, Field(max_length=40, description="Digits 0-9; leading zeros count.")]


class AccountCode(Shown):
    """An account code. `code` is masked for tokens without the scope `codes:read`."""

    id: UUID
    name: str
    code: str
    active: bool
    created_at: datetime


class NewAccountCode(Request):
    """A code to add."""

    name: Line
    code: Digits


class NewBulkCode(NewAccountCode):
    """One of many codes to add."""

    active: StrictBool = True


class NewAccountCodes(Request):
    """Codes to add together: all of them, or none."""

    codes: Annotated[list[NewBulkCode], Field(min_length=1, max_length=10_000)]


class AccountCodesAdded(Shown):
    """The codes that were added, in the order sent."""

    items: list[AccountCode]


class AccountCodeChange(Request):
    """What to change; the digits never change."""

    name: Line = unchanged()
    active: StrictBool = unchanged()


class CodeQuery(PageQuery):
    """Which codes. Never by digits: addresses are logged."""

    q: Annotated[Line, Field(description="Part of the name.")] = ""
    active: QueryFlag | None = None
    sort: Annotated[str, Field(pattern="^(name|-created_at)$")] = "name"


class CodeSearch(Request):
    """Look a code up by its digits; in a body, since addresses are logged."""

    code: Digits


def shown(here: Here, code: models.AccountCode) -> AccountCode:
    """The code as this caller may see it."""
    return AccountCode(
        id=code.pk,
        name=code.name,
        code=code.code if here.may_see_codes else masked(code.code),
        active=code.active,
        created_at=code.created_at,
    )


def codes_of(here: Here) -> QuerySet[models.AccountCode]:
    """The account's codes."""
    return models.AccountCode.objects.of(here.account)


def _code(here: Here, code_id: UUID) -> models.AccountCode:
    code = codes_of(here).select_related("account").filter(pk=code_id).first()
    if code is None:
        raise not_found()
    return code


_SPARE = {"name": "Firm business (catch-all)", "code": "7730"}


@operation(
    router,
    Operation(
        "GET",
        PATH,
        needs=Needs.ADMINISTRATION,
        scope=Scope.READ,
        example=examples.page(examples.CODE),
    ),
)
def list_codes(
    here: Here,
    query: Query[CodeQuery],
) -> Page[AccountCode]:
    """List the codes, or those whose name has a text in it."""
    codes = codes_of(here)
    if query.q:
        codes = codes.filter(name__icontains=query.q)
    if query.active is not None:
        codes = codes.filter(active=query.active)
    here.record_codes_read("codes")
    return page_of(codes, query, ORDER[query.sort], lambda code: shown(here, code))


@operation(
    router,
    Operation(
        "POST",
        f"{PATH}/search",
        needs=Needs.ADMINISTRATION,
        scope=Scope.CODES_READ,
        safe=True,
        example=examples.page(examples.CODE),
        body_example={"code": "1234"},
    ),
)
def search_codes(here: Here, body: CodeSearch) -> Page[AccountCode]:
    """Find the code with exactly these digits, active or not."""
    here.record_codes_read("codes")
    found = services.find_code(here.account, body.code)
    return Page[AccountCode](items=[shown(here, found)] if found else [], next=None)


@operation(
    router,
    Operation(
        "POST",
        PATH,
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        status=201,
        example=examples.CODE | _SPARE,
        body_example=_SPARE,
    ),
)
def add_code(here: Here, body: NewAccountCode) -> AccountCode:
    """Add a code: exactly the account's number of digits, unique in the account."""
    return shown(here, services.add_code(here.account, **body.model_dump(), actor=here.person))


@operation(
    router,
    Operation(
        "POST",
        f"{PATH}/bulk",
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        status=201,
        example={"items": [examples.CODE | _SPARE]},
        body_example={
            "codes": [_SPARE, {"name": "Estate of Whitlock", "code": "0417", "active": False}]
        },
    ),
)
def add_codes(here: Here, body: NewAccountCodes) -> AccountCodesAdded:
    """Add many codes at once: all of them, or none and an error for each row."""
    rows = [
        bulk.NewCode(number, one.name, one.code, one.active)
        for number, one in enumerate(body.codes, start=1)
    ]
    added = bulk.add_codes(here.account, rows, actor=here.person)
    return AccountCodesAdded(items=[shown(here, code) for code in added])


@operation(
    router,
    Operation(
        "GET",
        f"{PATH}/{{code_id}}",
        needs=Needs.ADMINISTRATION,
        scope=Scope.READ,
        example=examples.CODE,
    ),
)
def get_code(here: Here, code_id: UUID) -> AccountCode:
    """Read one code."""
    code = _code(here, code_id)
    here.record_codes_read("codes")
    return shown(here, code)


@operation(
    router,
    Operation(
        "PATCH",
        f"{PATH}/{{code_id}}",
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        example=examples.CODE,
        body_example={"name": "Harper v. Castellan (closed)", "active": True},
    ),
)
def update_code(
    here: Here,
    code_id: UUID,
    body: AccountCodeChange,
) -> AccountCode:
    """Rename, activate or deactivate a code. The last active one stays while it is needed."""
    code = _code(here, code_id)
    if "name" in body.model_fields_set:
        code = services.rename_code(code, name=body.name, actor=here.person)
    if "active" in body.model_fields_set:
        code = services.set_code_active(code, active=body.active, actor=here.person)
    here.record_codes_read("codes")
    return shown(here, code)


@operation(
    router,
    Operation(
        "DELETE",
        f"{PATH}/{{code_id}}",
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        status=204,
    ),
)
def delete_code(here: Here, code_id: UUID) -> None:
    """Delete a code. Old call records keep its digits and name."""
    services.delete_code(_code(here, code_id), actor=here.person)
