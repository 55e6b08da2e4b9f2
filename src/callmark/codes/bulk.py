"""Many codes at once, from a program or a CSV file: all of them or none, a problem for each row.

100,000 rows take one query to check and a few to store.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext

from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.accounts.revisions import revision_of
from callmark.codes.batches import AT_ONCE, IN_REQUEST, begin, change_of, do_now
from callmark.codes.checking import Checker
from callmark.codes.files import NewCode, read_csv, shape_of
from callmark.codes.lines import UnreadableFile
from callmark.codes.models import AccountCode, BatchCode, CodeBatch, Kind
from callmark.codes.row_problems import RowProblem, RowProblems, RowsRefused
from callmark.codes.stored_settings import settings_of
from callmark.keys.installed import keyring
from callmark.packing import packed, unpacked
from callmark.policy.values import value_class
from callmark.xlsx_reading import BEGINS, UnreadableWorkbook, csv_of

__all__ = ["Imported", "NewCode", "RowsRefused", "add_codes", "import_csv"]

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
    batch = _store(account, checked, actor=actor)
    if batch is None:
        return []
    ids = BatchCode.objects.of(account).filter(batch=batch).order_by("pk")
    keys = list(ids.values_list("code_id", flat=True))
    codes = AccountCode.objects.of(account).in_bulk(keys)
    return [codes[one] for one in keys]


@value_class
class Preview:
    """A row of a list that has no problem, and the name that its code has until then.

    ``before`` None: the code is new.
    """

    row: NewCode
    before: str | None = None
    changes: tuple[str, ...] = ()
    """Columns of an existing code that become another."""


@value_class
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
    batch: CodeBatch | None = None
    """What it is carried out as; None: nothing was to do, or it was a dry run."""

    @property
    def unchanged(self) -> int:
        """Codes that exist already under the file's name."""
        return self.rows - self.new - self.renamed


def check_file_name(name: str | None) -> None:
    """Refuse a file that says itself that it is neither a CSV nor a workbook."""
    if not (name or "").lower().endswith((".csv", ".txt", ".xlsx")):
        raise Refused(
            gettext("Send a file whose name ends in .csv or .xlsx: save any other spreadsheet so."),
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
    Raises :class:`RowsRefused` when a row has a problem and it is not a dry run. A long list is the
    worker's (:mod:`callmark.codes.batch_jobs`): its batch is *waiting* then.

    The file is read before the transaction, which would keep everybody else from writing meanwhile;
    what has changed until then makes it be read again, inside.
    """
    seen = revision_of(account)
    shape, checked = _checked_rows(account, data, columns, may_exist=update_names)
    batch = None
    if not dry_run:
        _refuse_problems(checked)
        if checked.to_store > IN_REQUEST:
            content = keyring().encrypt(packed(data))
            batch = _batch(account, actor)
            batch.total, batch.updates = checked.to_store, update_names
            batch.content_encrypted, batch.columns = content, ",".join(columns)
            begin(batch)
        else:
            with transaction.atomic():
                settings_of(account, lock=True)
                if revision_of(account) != seen:
                    shape, checked = _checked_rows(account, data, columns, may_exist=update_names)
                    _refuse_problems(checked)
                batch = _store(account, checked, actor=actor)
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
        batch,
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
    lines: dict[UUID, int] = field(default_factory=dict)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    """Names before and after."""
    first: list[Preview] = field(default_factory=list)

    @property
    def to_store(self) -> int:
        """How many codes are added or changed."""
        return len(self.new) + len(self.changed)

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
            self.lines[existing.pk] = row.row
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


def _store(account: Account, checked: _Checked, *, actor: User | None) -> CodeBatch | None:
    """Do what was found, in one transaction; None: there is nothing to do."""
    rows = list(_rows(account, checked))
    if not rows:
        return None
    batch = _batch(account, actor)
    do_now(batch, rows)
    return batch


def _batch(account: Account, actor: User | None) -> CodeBatch:
    name = actor.name if actor else "command line"
    return CodeBatch(account=account, kind=Kind.IMPORT, by=actor, by_name=name)


def _rows(account: Account, checked: _Checked) -> Iterator[BatchCode]:
    """What becomes of each code of the list."""
    for row in checked.new:
        yield _new_row(account, row, checked.checker)
    keys = list(checked.changed)
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        codes = AccountCode.objects.of(account).in_bulk(some)
        for key in some:
            if key in codes:
                wanted = checked.changed[key]
                yield change_of(codes[key], wanted, row=checked.lines[key])


def _new_row(account: Account, row: NewCode, checker: Checker) -> BatchCode:
    code = BatchCode(account=account, code_id=uuid4(), row=row.row, act=BatchCode.Act.ADD)
    code.name, code.code, code.active = row.name.strip(), row.code, row.active is not False
    code.label = row.label or ""
    checker.use_of(row).put_on(code)
    for name, text in row.ids.items():
        setattr(code, name, text.strip())
    return code


def rows_of(batch: CodeBatch) -> Iterator[BatchCode]:
    """A long list again, for the worker. Raises :class:`RowsRefused` if it has a problem now."""
    data, columns = unpacked(keyring().decrypt(batch.content_encrypted)), batch.columns
    chosen = columns.split(",") if columns else ()
    _, checked = _checked_rows(batch.account, data, chosen, may_exist=batch.updates)
    _refuse_problems(checked)
    batch.total = len(checked.new) + len(checked.changed)
    return _rows(batch.account, checked)
