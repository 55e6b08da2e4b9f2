"""Many codes at once, from a program or a CSV file: all of them or none, a problem for each row.

100,000 rows take one query to check and a few to store.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from callmark.accounts.changes import change
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.accounts.revisions import revision_of
from callmark.audit.actions import Action
from callmark.codes.checking import Checker
from callmark.codes.files import NewCode, read_csv, shape_of
from callmark.codes.lines import UnreadableFile
from callmark.codes.models import CODE_IDS, USE_COLUMNS, AccountCode
from callmark.codes.row_problems import RowProblem, RowProblems, RowsRefused
from callmark.codes.services import new_code, settings_of
from callmark.codes.use import keeps_a_code
from callmark.xlsx_reading import BEGINS, UnreadableWorkbook, csv_of

__all__ = ["Imported", "NewCode", "RowsRefused", "add_codes", "import_csv"]

_STORED_AT_ONCE = 1000
# One entry for all of them: a hundred thousand would bury what else was done.
_NAMES_AUDITED = 100
_COLUMNS = ("name", "active", *CODE_IDS, *USE_COLUMNS)
SHOWN = 20
"""Rows of a list that a preview shows."""
MAX_BYTES = 16 * 1024 * 1024
"""Of a file."""


@transaction.atomic
def add_codes(
    account: Account, rows: Sequence[NewCode], *, actor: User | None
) -> list[AccountCode]:
    """Add all the codes. Raises :class:`RowsRefused`, and then has added none."""
    # Locked: what has been checked must still be so when it is stored.
    checked = _Checked(Checker(settings_of(account, lock=True)))
    for row in rows:
        checked.take(row)
    _refuse_problems(checked)
    return _store(account, checked, actor=actor)


@dataclass(frozen=True, slots=True)
class Preview:
    """A row of a list that has no problem, and the name that its code has until then.

    ``before`` None: the code is new.
    """

    row: NewCode
    before: str | None = None
    changes: tuple[str, ...] = ()
    """Columns of an existing code that become another."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or with a dry run would do; ``problems``: the first of them.

    ``shape``: what kind of list it is, in words; '' if it is none. ``rows``: codes in the file, of
    them ``new`` ones, ``renamed`` ones (or with other ids), and those that are as it says already.
    """

    rows: int
    problems: tuple[RowProblem, ...]
    problem_count: int
    problem_rows: int = 0
    shape: str = ""
    new: int = 0
    renamed: int = 0
    first: tuple[Preview, ...] = ()

    @property
    def unchanged(self) -> int:
        """Codes that exist already under the file's name."""
        return self.rows - self.new - self.renamed


def check_file_name(name: str | None) -> None:
    """Refuse a file that says itself that it is neither a CSV nor a workbook."""
    if not (name or "").lower().endswith((".csv", ".txt", ".xlsx")):
        raise Refused(
            "Send a file whose name ends in .csv or .xlsx: save any other spreadsheet so.",
            "file",
            code="not_a_csv_file",
        )


def as_csv(name: str | None, data: bytes) -> bytes:
    """The list as CSV: of a workbook, its first sheet. Raises :class:`Refused`."""
    if not data.startswith(BEGINS) or not (name or "").lower().endswith(".xlsx"):
        return data
    try:
        return csv_of(data)
    except UnreadableWorkbook as unreadable:
        raise Refused(unreadable.message, "file", code="unreadable_workbook") from None


def import_csv(
    account: Account,
    data: bytes,
    *,
    dry_run: bool,
    actor: User | None,
    update_names: bool = False,
    columns: Sequence[str] = (),
) -> Imported:
    """Add every code of a CSV file, or with ``dry_run`` only say what would happen.

    ``update_names``: a code that there is already gets the file's name, and what the file has
    columns for: active or not, ids, rules. ``columns``: what the columns are, where a person says.
    Raises :class:`RowsRefused` when a row has a problem and it is not a dry run.

    The file is read before the transaction, which would keep everybody else from writing meanwhile;
    what has changed until then makes it be read again, inside.
    """
    seen = revision_of(account)
    shape, checked = _checked_rows(account, data, columns, may_exist=update_names)
    if not dry_run:
        _refuse_problems(checked)
        with transaction.atomic():
            settings_of(account, lock=True)
            if revision_of(account) != seen:
                shape, checked = _checked_rows(account, data, columns, may_exist=update_names)
                _refuse_problems(checked)
            _store(account, checked, actor=actor)
    problems = checked.problems
    return Imported(
        checked.rows,
        tuple(problems.first),
        problems.count,
        problems.rows,
        shape,
        len(checked.new),
        len(checked.renamed),
        tuple(checked.first),
    )


def _refuse_problems(checked: "_Checked") -> None:
    if checked.problems.count:
        raise RowsRefused(checked.problems)


def every_problem(
    account: Account, data: bytes, *, update_names: bool, columns: Sequence[str] = ()
) -> Iterator[RowProblem]:
    """All that a dry run would find wrong with a CSV file, however much it is."""
    checker = Checker(settings_of(account), may_exist=update_names)
    try:
        for row in read_csv(data, columns):
            yield from row.problems
            if row.code is not None:
                yield from checker.problems_of(row.code)
    except UnreadableFile as refused:
        yield RowProblem(refused.line, "", refused.message)


@dataclass(slots=True)
class _Checked:
    """Rows that are checked one by one, and what is to be done with them."""

    checker: Checker
    problems: RowProblems = field(default_factory=RowProblems)
    rows: int = 0
    new: list[NewCode] = field(default_factory=list)
    changed: dict[UUID, dict[str, object]] = field(default_factory=dict)
    """What becomes another, by the code's key."""
    renamed: list[tuple[str, str]] = field(default_factory=list)
    """Names before and after."""
    first: list[Preview] = field(default_factory=list)

    def take(self, row: NewCode) -> None:
        """Check the next row."""
        self.rows += 1
        found = self.checker.problems_of(row)
        self.problems.add(found)
        existing = None if found else self.checker.existing(row.code)
        if existing is None:
            self.new.append(row)
        elif becomes := existing.becomes(row, self.checker.use_of(row)):
            self.changed[existing.pk] = becomes
            self.renamed.append((existing.name, row.name.strip()))
        if len(self.first) < SHOWN and not found:
            changes = tuple(self.changed.get(existing.pk, ())) if existing else ()
            self.first.append(Preview(row, existing.name if existing else None, changes))


def _checked_rows(
    account: Account, data: bytes, columns: Sequence[str], *, may_exist: bool
) -> tuple[str, _Checked]:
    checker = Checker(settings_of(account), may_exist=may_exist)
    checked, shape = _Checked(checker), ""
    try:
        shape = shape_of(data, columns)
        for row in read_csv(data, columns):
            checked.problems.add(row.problems)
            if row.code is not None:
                checked.take(row.code)
    except UnreadableFile as refused:
        checked = _Checked(checker)
        checked.problems.add([RowProblem(refused.line, "", refused.message)])
    return shape, checked


def _store(account: Account, checked: _Checked, *, actor: User | None) -> list[AccountCode]:
    codes = [_unsaved(account, row, checked.checker) for row in checked.new]
    action = Action.CODES_UPDATED if checked.renamed else Action.CODES_ADDED
    with change(account, action, account, actor=actor) as told, keeps_a_code(account):
        told.is_needed = bool(codes or checked.renamed)
        AccountCode.objects.bulk_create(codes, batch_size=_STORED_AT_ONCE)
        told.after["count"] = len(codes)
        told.after["first_names"] = [code.name for code in codes[:_NAMES_AUDITED]]
        if checked.renamed:
            _change(account, checked.changed)
            told.after["renamed"] = len(checked.renamed)
            names = checked.renamed[:_NAMES_AUDITED]
            told.before["first_renamed"] = [before for before, _ in names]
            told.after["first_renamed"] = [after for _, after in names]
    return codes


def _change(account: Account, changes: dict[UUID, dict[str, object]]) -> None:
    keys = sorted(changes)
    for start in range(0, len(keys), _STORED_AT_ONCE):
        some = AccountCode.objects.of(account).select_for_update()
        codes = list(some.filter(pk__in=keys[start : start + _STORED_AT_ONCE]).order_by("pk"))
        for code in codes:
            for name, value in changes[code.pk].items():
                setattr(code, name, value.strip() if isinstance(value, str) else value)
        AccountCode.objects.bulk_update(codes, _COLUMNS, batch_size=_STORED_AT_ONCE)


def _unsaved(account: Account, row: NewCode, checker: Checker) -> AccountCode:
    code = new_code(account, row.name.strip(), row.code)
    code.active = row.active is not False
    checker.use_of(row).put_on(code)
    for name, text in row.ids.items():
        setattr(code, name, text.strip())
    return code
