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
from callmark.audit.actions import Action
from callmark.codes.checking import Checker
from callmark.codes.files import NewCode, read_csv, shape_of
from callmark.codes.lines import UnreadableFile
from callmark.codes.models import CODE_IDS, AccountCode
from callmark.codes.row_problems import RowProblem, RowProblems, RowsRefused
from callmark.codes.services import new_code, settings_of

__all__ = ["Imported", "NewCode", "RowsRefused", "add_codes", "import_csv"]

_STORED_AT_ONCE = 1000
# One entry for all of them: a hundred thousand would bury what else was done.
_NAMES_AUDITED = 100
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
    if checked.problems.count:
        raise RowsRefused(checked.problems)
    return _store(account, checked, actor=actor)


@dataclass(frozen=True, slots=True)
class Preview:
    """A row of a list that has no problem, and the name that its code has until then.

    ``before`` None: the code is new.
    """

    row: NewCode
    before: str | None = None


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
    """Refuse a file that says itself that it is not a CSV: mostly a spreadsheet saved as one."""
    if not (name or "").lower().endswith(".csv"):
        raise Refused(
            "Send a file whose name ends in .csv: save a spreadsheet as CSV (UTF-8) first.",
            "file",
            code="not_a_csv_file",
        )


@transaction.atomic
def import_csv(
    account: Account,
    data: bytes,
    *,
    dry_run: bool,
    actor: User | None,
    update_names: bool = False,
) -> Imported:
    """Add every code of a CSV file, or with ``dry_run`` only say what would happen.

    ``update_names``: a code that there is already gets the file's name and the ids that the file
    has columns for, and nothing else changes.
    Raises :class:`RowsRefused` when a row has a problem and it is not a dry run.
    """
    settings = settings_of(account, lock=not dry_run)
    shape, checked = _checked_rows(Checker(settings, may_exist=update_names), data)
    problems = checked.problems
    if not dry_run:
        if problems.count:
            raise RowsRefused(problems)
        _store(account, checked, actor=actor)
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


def every_problem(account: Account, data: bytes, *, update_names: bool) -> Iterator[RowProblem]:
    """All that a dry run would find wrong with a CSV file, however much it is."""
    checker = Checker(settings_of(account), may_exist=update_names)
    try:
        for row in read_csv(data):
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
    changed: dict[UUID, dict[str, str]] = field(default_factory=dict)
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
        elif becomes := existing.becomes(row):
            self.changed[existing.pk] = becomes
            self.renamed.append((existing.name, row.name.strip()))
        if len(self.first) < SHOWN and not found:
            self.first.append(Preview(row, existing.name if existing else None))


def _checked_rows(checker: Checker, data: bytes) -> tuple[str, _Checked]:
    checked, shape = _Checked(checker), ""
    try:
        shape = shape_of(data)
        for row in read_csv(data):
            checked.problems.add(row.problems)
            if row.code is not None:
                checked.take(row.code)
    except UnreadableFile as refused:
        checked = _Checked(checker)
        checked.problems.add([RowProblem(refused.line, "", refused.message)])
    return shape, checked


def _store(account: Account, checked: _Checked, *, actor: User | None) -> list[AccountCode]:
    codes = [_unsaved(account, row) for row in checked.new]
    action = Action.CODES_UPDATED if checked.renamed else Action.CODES_ADDED
    with change(account, action, account, actor=actor) as told:
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


def _change(account: Account, changes: dict[UUID, dict[str, str]]) -> None:
    keys = sorted(changes)
    for start in range(0, len(keys), _STORED_AT_ONCE):
        some = AccountCode.objects.of(account).select_for_update()
        codes = list(some.filter(pk__in=keys[start : start + _STORED_AT_ONCE]).order_by("pk"))
        for code in codes:
            for name, text in changes[code.pk].items():
                setattr(code, name, text.strip())
        AccountCode.objects.bulk_update(codes, ["name", *CODE_IDS], batch_size=_STORED_AT_ONCE)


def _unsaved(account: Account, row: NewCode) -> AccountCode:
    code = new_code(account, row.name.strip(), row.code)
    code.active = row.active
    for name, text in row.ids.items():
        setattr(code, name, text.strip())
    return code
