"""Users from a list; an operator's with their extensions, endpoints and numbers."""

from uuid import UUID

from ninja import File, Form, UploadedFile
from pydantic import BaseModel, Field

from callmark.accounts.services import DEFAULT_SWITCH
from callmark.api.resource import Here, Needs, Resource
from callmark.api.resources.codes import RowProblem
from callmark.api.schemas import FormFlag, Shown, eg
from callmark.codes import bulk, user_imports
from callmark.codes.user_checks import EXTENSION_STANDS, Phones
from callmark.web.problems import MAX_LISTED, Problem

imports = Resource("/accounts/{account_id}/users", "Users", needs=Needs.ADMINISTRATION)


class UserImportOptions(BaseModel):
    """How to import."""

    dry_run: FormFlag = Field(False, description="Only say what would happen; nothing is added.")
    update: FormFlag = Field(
        False, description="Bring users who are there already to what the list says."
    )
    switch: str = Field(
        DEFAULT_SWITCH, max_length=40, description="Of extensions without a column for it."
    )
    endpoint: str = Field(
        EXTENSION_STANDS,
        max_length=80,
        description="Of extensions without a column for it: acme-{extension}, say.",
    )
    columns: str = Field(
        "",
        max_length=2000,
        description="What each column is, in their order, where the first line does not say: name, "
        "first_name, last_name, home_country, account_codes, extension, endpoint, switch, number; "
        "nothing between two commas leaves a column out.",
    )


class UserImportResult(Shown):
    """What an import did, or with a dry run would do."""

    dry_run: bool = eg(True)
    rows: int = eg(2, "Users in the file.")
    added: int = eg(2, "Users added, or to be.", row="new")
    updated: int = eg(0, "Users who were there already.")
    extensions: int = eg(0, "Extensions given.")
    shape: str = eg("A list of users", "What kind of list it is; empty if it is none.")
    change_id: UUID | None = eg(
        None,
        "The change of many users, to undo it by; null where nothing was done.",
        row=lambda one: one.batch and one.batch.pk,
    )
    problem_count: int = eg(0)
    problems: list[RowProblem] = Field(
        description=f"The first {MAX_LISTED}; empty when all is well."
    )


@imports.post(
    "/import",
    form={"file": "name,account codes\r\nDora Paralegal,on\r\n", "dry_run": True},
    example={"problems": []},
)
def import_users(
    here: Here, file: File[UploadedFile], options: Form[UserImportOptions]
) -> UserImportResult:
    """Add the users of a list: all of them, or none and an error for each line.

    A file named `.csv` in UTF-8 or UTF-16, or the first sheet of an `.xlsx`, whose first line names
    columns: `name` (or `first name`, `last name`), `home country`, `account codes` (on or off); for
    operators also `extension`, `endpoint`, `switch` and `number`, which others' lists lose. Or as
    FreePBX and FusionPBX export extensions, or names alone. Other columns are left out.
    """
    bulk.check_file_name(file.name)
    if (file.size or 0) > bulk.MAX_BYTES:
        raise Problem(413, "body_too_large", "Send files of at most 16 MB.", field="file")
    phones = Phones(options.switch, options.endpoint) if here.caller.is_operator else None
    imported = user_imports.import_users(
        here.account,
        bulk.as_csv(file.name, file.read()),
        dry_run=options.dry_run,
        update=options.update,
        phones=phones,
        columns=[one.strip() for one in options.columns.split(",")] if options.columns else (),
        actor=here.person,
    )
    return UserImportResult.of(
        imported, dry_run=options.dry_run, problems=imported.problems[:MAX_LISTED]
    )
