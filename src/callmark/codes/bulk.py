"""Many codes at once, from a program or a CSV file: all of them or none, a problem for each row.

100,000 rows take one query to check and a few to store.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from callmark.accounts.changes import change
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.audit.actions import Action
from callmark.codes.checking import Checker
from callmark.codes.files import NewCode, read_csv
from callmark.codes.lines import UnreadableFile
from callmark.codes.models import AccountCode
from callmark.codes.row_problems import RowProblem, RowProblems, RowsRefused
from callmark.codes.services import new_code, settings_of

__all__ = ["Imported", "NewCode", "RowsRefused", "add_codes", "import_csv"]

_STORED_AT_ONCE = 1000
# One entry for all of them: a hundred thousand would bury what else was done.
_NAMES_AUDITED = 100


@transaction.atomic
def add_codes(
    account: Account, rows: Sequence[NewCode], *, actor: User | None
) -> list[AccountCode]:
    """Add all the codes. Raises :class:`RowsRefused`, and then has added none."""
    # Locked: what has been checked must still be so when it is stored.
    checker = Checker(settings_of(account, lock=True))
    problems = RowProblems()
    for row in rows:
        problems.add(checker.problems_of(row))
    if problems.count:
        raise RowsRefused(problems)
    codes = [_unsaved(account, row) for row in rows]
    with change(account, Action.CODES_ADDED, account, actor=actor) as added:
        AccountCode.objects.bulk_create(codes, batch_size=_STORED_AT_ONCE)
        added.after["count"] = len(codes)
        added.after["first_names"] = [code.name for code in codes[:_NAMES_AUDITED]]
    return codes


def _unsaved(account: Account, row: NewCode) -> AccountCode:
    code = new_code(account, row.name.strip(), row.code)
    code.active = row.active
    return code


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or with a dry run would do; ``problems``: the first of them."""

    rows: int
    problems: tuple[RowProblem, ...]
    problem_count: int


def check_file_name(name: str | None) -> None:
    """Refuse a file that says itself that it is not a CSV: mostly a spreadsheet saved as one."""
    if not (name or "").lower().endswith(".csv"):
        raise Refused(
            "Send a file whose name ends in .csv: save a spreadsheet as CSV (UTF-8) first.",
            "file",
            code="not_a_csv_file",
        )


def import_csv(account: Account, data: bytes, *, dry_run: bool, actor: User | None) -> Imported:
    """Add every code of a CSV file, or with ``dry_run`` only say what would happen.

    Raises :class:`RowsRefused` when a row has a problem and it is not a dry run.
    """
    rows, problems = _checked_rows(account, data)
    if not dry_run:
        if problems.count:
            raise RowsRefused(problems)
        add_codes(account, rows, actor=actor)
    return Imported(len(rows), tuple(problems.first), problems.count)


def _checked_rows(account: Account, data: bytes) -> tuple[list[NewCode], RowProblems]:
    checker = Checker(settings_of(account))
    rows: list[NewCode] = []
    problems = RowProblems()
    try:
        for row in read_csv(data):
            problems.add(row.problems)
            if row.code is not None:
                rows.append(row.code)
                problems.add(checker.problems_of(row.code))
    except UnreadableFile as refused:
        rows, problems = [], RowProblems()
        problems.add([RowProblem(refused.line, "", refused.message)])
    return rows, problems
