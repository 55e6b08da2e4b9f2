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
from callmark.codes.files import NewCode, read_csv
from callmark.codes.lines import UnreadableFile
from callmark.codes.models import AccountCode, AccountCodeSettings
from callmark.codes.row_problems import RowProblem, RowProblems, RowsRefused
from callmark.codes.rules import digits_problem, name_problem
from callmark.codes.services import new_code
from callmark.keys.installed import keyring

__all__ = ["Checker", "Imported", "NewCode", "RowsRefused", "add_codes", "import_csv"]

_STORED_AT_ONCE = 1000
# One entry for all of them: a hundred thousand would bury what else was done.
_NAMES_AUDITED = 100


@transaction.atomic
def add_codes(
    account: Account, rows: Sequence[NewCode], *, actor: User | None
) -> list[AccountCode]:
    """Add all the codes. Raises :class:`RowsRefused`, and then has added none."""
    # Locked: what has been checked must still be so when it is stored.
    settings = AccountCodeSettings.objects.of(account).select_for_update().first()
    checker = Checker(account, settings)
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


class Checker:
    """Tells what would keep rows from being added, one after the other."""

    def __init__(self, account: Account, settings: AccountCodeSettings | None) -> None:
        if settings is None:
            raise Refused(
                "Set up Account Codes first: choose the account code length.", code="not_set_up"
            )
        self._account = account
        self._length = settings.code_length
        self._keys = keyring()
        self._in_use = set(AccountCode.objects.of(account).values_list("code_lookup", flat=True))
        self._first_rows: dict[str, int] = {}

    def problems_of(self, row: NewCode) -> list[RowProblem]:
        """Every problem of the row; the rows before are remembered."""
        found = {
            "name": name_problem(row.name, self._length),
            "code": self._code_problem(row),
        }
        return [RowProblem(row.row, column, what) for column, what in found.items() if what]

    def _code_problem(self, row: NewCode) -> str | None:
        digits = row.code
        if problem := digits_problem(digits, self._length):
            if digits.isascii() and digits.isdigit() and len(digits) < self._length:
                problem += " Spreadsheets drop leading zeros: format the column as text."
            return problem
        if not self._in_use.isdisjoint(self._keys.lookups(self._account.pk, digits)):
            return "This code is already in use on the account."
        if (first := self._first_rows.setdefault(digits, row.row)) != row.row:
            return f"The same code is in row {first} already."
        return None


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
    checker = Checker(account, AccountCodeSettings.objects.of(account).first())
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
