"""Account codes from and to a CSV file."""

from django.http import FileResponse
from ninja import File, Form, UploadedFile
from pydantic import BaseModel, Field

from callmark.accounts.activity import record_codes_exported
from callmark.api.resource import Here, Needs, Resource, Scope
from callmark.api.resources.codes import codes, codes_of
from callmark.api.schemas import FormFlag, Shown, eg
from callmark.codes import bulk
from callmark.codes.files import write_csv
from callmark.web.csv import csv_download
from callmark.web.problems import MAX_LISTED, Problem

code_files = Resource(codes.path, "Account codes", needs=Needs.ADMINISTRATION)
MAX_BYTES = 16 * 1024 * 1024


class ImportOptions(BaseModel):
    """How to import."""

    dry_run: FormFlag = Field(False, description="Only say what would happen; nothing is added.")


class RowProblem(Shown):
    """What is wrong in one cell, and what to do."""

    line: int = eg(3)
    column: str = eg("code")
    detail: str = eg("Enter exactly 4 digits (0-9).")


class ImportResult(Shown):
    """What an import did, or with a dry run would do."""

    dry_run: bool = eg(True)
    rows: int = eg(2, "Codes in the file.")
    added: int = eg(0)
    problem_count: int = eg(1)
    problems: list[RowProblem] = Field(
        description=f"The first {MAX_LISTED}; empty when all is well."
    )


@code_files.post("/import", form={"file": "name,code\r\nNordby Shipping,5521\r\n", "dry_run": True})
def import_codes(
    here: Here, file: File[UploadedFile], options: Form[ImportOptions]
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
    return ImportResult.of(
        imported,
        dry_run=dry_run,
        added=0 if dry_run else imported.rows,
        problems=[
            RowProblem.of(one, line=one.row, detail=one.message)
            for one in imported.problems[:MAX_LISTED]
        ],
    )


@code_files.get(
    "/export",
    scope=Scope.CODES_READ,
    example="name,code,active\r\nHarper v. Castellan,1234,active\r\n",
)
def export_codes(here: Here) -> FileResponse:
    """Get all codes as a CSV file that can be imported again."""
    record_codes_exported(here.account, actor=here.person, where="codes")
    text = write_csv(codes_of(here).order_by("name", "id").iterator())
    return csv_download([text], f"account-codes-{here.account.slug}.csv")
