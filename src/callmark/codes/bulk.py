"""Many codes at once, from a program or a CSV file: all of them or none, a problem for each row.

100,000 rows take one query to check and a few to store.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction

from callmark.accounts.activity import note
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.accounts.revisions import policy_changed
from callmark.audit.actions import Action
from callmark.codes.models import NAME_LENGTH, AccountCode, AccountCodeSettings
from callmark.codes.services import new_code
from callmark.csv_files import FORMULA_STARTS
from callmark.keys.installed import keyring

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

COLUMNS = ("name", "code", "active")
MAX_ROWS = 100_000
_STORED_AT_ONCE = 1000
# One entry for all of them: a hundred thousand would bury what else was done.
_NAMES_AUDITED = 100
_ACTIVE_WORDS = {"": True, "active": True, "yes": True, "true": True, "1": True}
_INACTIVE_WORDS = dict.fromkeys(("inactive", "no", "false", "0"), False)


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code to add; ``row`` is its line in the file, or its place in the list."""

    row: int
    name: str
    code: str = field(repr=False)
    active: bool = True


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in one cell, and what to do. Never with the digits themselves."""

    row: int
    column: str
    message: str


class RowsRefused(Refused):
    """Nothing was added; ``problems`` tells why, row by row."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        rows = len({problem.row for problem in problems})
        what = "1 row has" if rows == 1 else f"{rows} rows have"
        super().__init__(
            f"Nothing was added: {what} a problem. Correct what is listed, then send all again.",
            code="rows_refused",
        )
        self.problems = tuple(problems)


@transaction.atomic
def add_codes(
    account: Account, rows: Sequence[NewCode], *, actor: User | None
) -> list[AccountCode]:
    """Add all the codes. Raises :class:`RowsRefused`, and then has added none."""
    # Locked: what has been checked must still be so when it is stored.
    settings = AccountCodeSettings.objects.of(account).select_for_update().first()
    if problems := check_codes(account, settings, rows):
        raise RowsRefused(problems)
    codes = [_unsaved(account, row) for row in rows]
    AccountCode.objects.bulk_create(codes, batch_size=_STORED_AT_ONCE)
    policy_changed(account)
    names = [code.name for code in codes[:_NAMES_AUDITED]]
    note(
        Action.CODES_ADDED,
        account,
        account,
        actor=actor,
        after={"count": len(codes), "first_names": names},
    )
    return codes


def check_codes(
    account: Account, settings: AccountCodeSettings | None, rows: Sequence[NewCode]
) -> list[RowProblem]:
    """Every problem that would keep the rows from being added."""
    if settings is None:
        raise Refused(
            "Set up Account Codes first: choose the account code length.", code="not_set_up"
        )
    keys = keyring()
    in_use = set(AccountCode.objects.of(account).values_list("code_lookup", flat=True))
    first_rows: dict[str, int] = {}
    problems = []
    for row in rows:
        problems += _name_problems(row)
        if wrong := _digits_problem(row, settings.code_length):
            problems.append(wrong)
        elif not in_use.isdisjoint(keys.lookups(account.pk, row.code)):
            problems.append(
                RowProblem(row.row, "code", "This code is already in use on the account.")
            )
        elif (first := first_rows.setdefault(row.code, row.row)) != row.row:
            problems.append(
                RowProblem(row.row, "code", f"The same code is in row {first} already.")
            )
    return problems


def _name_problems(row: NewCode) -> list[RowProblem]:
    if not row.name.strip():
        return [RowProblem(row.row, "name", "Enter a name or short description.")]
    if len(row.name.strip()) > NAME_LENGTH:
        return [RowProblem(row.row, "name", f"Use at most {NAME_LENGTH} characters.")]
    if "\x00" in row.name:
        return [RowProblem(row.row, "name", "Remove the control character from the name.")]
    return []


def _digits_problem(row: NewCode, length: int) -> RowProblem | None:
    digits = row.code
    if digits.isascii() and digits.isdigit() and len(digits) == length:
        return None
    hint = ""
    if digits.isascii() and digits.isdigit() and 0 < len(digits) < length:
        hint = " Spreadsheets drop leading zeros: format the column as text."
    return RowProblem(row.row, "code", f"Enter exactly {length} digits (0-9).{hint}")


def _unsaved(account: Account, row: NewCode) -> AccountCode:
    code = new_code(account, row.name.strip(), row.code)
    code.active = row.active
    return code


# --- CSV --------------------------------------------------------------------------------------


def read_csv(data: bytes) -> tuple[list[NewCode], list[RowProblem]]:
    """Rows of a CSV file with the columns name, code and optionally active, and what is wrong.

    UTF-8; comma or semicolon, as spreadsheets of either habit write it.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [RowProblem(1, "", "Save the file as CSV in UTF-8 encoding.")]
    first_line = text.split("\n", 1)[0]
    delimiter = ";" if ";" in first_line and "," not in first_line else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if wrong := _header_problem(header):
            return [], [wrong]
        return _read_rows(reader, header)
    except csv.Error:
        return [], [RowProblem(reader.line_num, "", "This line is not CSV: check its quotes.")]


def _header_problem(header: list[str]) -> RowProblem | None:
    if {"name", "code"} <= set(header) <= set(COLUMNS) and len(set(header)) == len(header):
        return None
    return RowProblem(1, "", "Begin the file with the line: name,code (and active, if you like).")


def _read_rows(reader: "CsvReader", header: list[str]) -> tuple[list[NewCode], list[RowProblem]]:
    rows: list[NewCode] = []
    problems: list[RowProblem] = []
    for cells in reader:
        line = reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            problems.append(
                RowProblem(line, "", f"Write {len(header)} columns, as in the first line.")
            )
            continue
        if len(rows) == MAX_ROWS:
            problems.append(RowProblem(line, "", f"Send at most {MAX_ROWS} codes at once."))
            break
        row = dict(zip(header, cells, strict=True))
        active = (_ACTIVE_WORDS | _INACTIVE_WORDS).get(row.get("active", "").strip().lower())
        if active is None:
            problems.append(RowProblem(line, "active", "Write active or inactive."))
        name = _without_formula_guard(row["name"])
        rows.append(NewCode(line, name, row["code"].strip(), active is not False))
    return rows, problems


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or with a dry run would do."""

    rows: int
    problems: tuple[RowProblem, ...]


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
    rows, problems = read_csv(data)
    settings = AccountCodeSettings.objects.of(account).first()
    problems = sorted(
        [*problems, *check_codes(account, settings, rows)], key=lambda problem: problem.row
    )
    if not dry_run:
        if problems:
            raise RowsRefused(problems)
        add_codes(account, rows, actor=actor)
    return Imported(len(rows), tuple(problems))


def write_csv(codes: Iterable[AccountCode]) -> str:
    """The codes as :func:`read_csv` reads them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for code in codes:
        writer.writerow(
            (_with_formula_guard(code.name), code.code, "active" if code.active else "inactive")
        )
    return out.getvalue()


def _with_formula_guard(name: str) -> str:
    return f"'{name}" if _needs_guard(name) else name


def _without_formula_guard(name: str) -> str:
    name = name.strip()
    return name[1:] if name.startswith("'") and _needs_guard(name) else name


def _needs_guard(name: str) -> bool:
    """Formulas, and names that already begin as a guarded one: each way exactly one is added."""
    return name.lstrip("'").startswith(FORMULA_STARTS)
