"""Account codes from and to a CSV file."""

from typing import Annotated

from django.http import HttpResponse
from ninja import File, Form, Router, UploadedFile
from pydantic import BaseModel, Field

from callmark.accounts.activity import record_codes_exported
from callmark.api.callers import Here
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.resources.codes import PATH, codes_of
from callmark.api.schemas import FormFlag, Shown
from callmark.codes import bulk
from callmark.codes.files import write_csv
from callmark.sign_in.api_tokens import Scope
from callmark.web.access import Needs
from callmark.web.problems import MAX_LISTED, Problem

router = Router(tags=["Account codes"])

MAX_BYTES = 16 * 1024 * 1024


class ImportOptions(BaseModel):
    """How to import."""

    dry_run: Annotated[
        FormFlag, Field(description="Only say what would happen; nothing is added.")
    ] = False


class RowProblem(Shown):
    """What is wrong in one cell, and what to do."""

    line: int
    column: str
    detail: str


class ImportResult(Shown):
    """What an import did, or with a dry run would do."""

    dry_run: bool
    rows: Annotated[int, Field(description="Codes in the file.")]
    added: int
    problem_count: int
    problems: Annotated[
        list[RowProblem], Field(description=f"The first {MAX_LISTED}; empty when all is well.")
    ]


@operation(
    router,
    Operation(
        "POST",
        f"{PATH}/import",
        needs=Needs.ADMINISTRATION,
        scope=Scope.WRITE,
        example={
            "dry_run": True,
            "rows": 2,
            "added": 0,
            "problem_count": 1,
            "problems": [{"line": 3, "column": "code", "detail": "Enter exactly 4 digits (0-9)."}],
        },
        body_example={"file": "name,code\r\nNordby Shipping,5521\r\n", "dry_run": True},
        body_type="multipart/form-data",
    ),
)
def import_codes(
    here: Here,
    file: File[UploadedFile],
    options: Form[ImportOptions],
) -> ImportResult:
    """Add the codes of a CSV file: all of them, or none and an error for each line.

    A file named `.csv` in UTF-8 or UTF-16, with the first line `name,code` or `name,code,active`
    (commas, semicolons or tabs), or as FusionPBX, CUCM, ShoreTel and Webex export codes.
    """
    bulk.check_file_name(file.name)
    if (file.size or 0) > MAX_BYTES:
        raise Problem(413, "body_too_large", "Send files of at most 16 MB.", field="file")
    dry_run = options.dry_run
    imported = bulk.import_csv(here.account, file.read(), dry_run=dry_run, actor=here.person)
    return ImportResult(
        dry_run=dry_run,
        rows=imported.rows,
        added=0 if dry_run else imported.rows,
        problem_count=imported.problem_count,
        problems=[
            RowProblem(line=one.row, column=one.column, detail=one.message)
            for one in imported.problems[:MAX_LISTED]
        ],
    )


@operation(
    router,
    Operation(
        "GET",
        f"{PATH}/export",
        needs=Needs.ADMINISTRATION,
        scope=Scope.CODES_READ,
        example="name,code,active\r\nHarper v. Castellan,1234,active\r\n",
        content_type="text/csv",
    ),
)
def export_codes(here: Here) -> HttpResponse:
    """Get all codes as a CSV file that can be imported again."""
    record_codes_exported(here.account, actor=here.person, where="codes")
    text = write_csv(codes_of(here).order_by("name", "id").iterator())
    name = f"account-codes-{here.account.slug}.csv"
    return HttpResponse(
        text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
