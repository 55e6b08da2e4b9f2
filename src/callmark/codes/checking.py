"""What the name and the digits of an account code must be: for one and for many, wherever from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext, gettext_lazy

from callmark.accounts import names
from callmark.accounts.refused import Refused
from callmark.codes.files import NewCode
from callmark.codes.models import (
    CODE_IDS,
    ID_LENGTH,
    LABEL_LENGTH,
    NAME_LENGTH,
    USE_COLUMNS,
    AccountCode,
    AccountCodeSettings,
)
from callmark.codes.row_problems import RowProblem
from callmark.codes.use import NO_RULES, StoredUse, stored_use
from callmark.codes.use_in_lists import HEADINGS, UseInLists
from callmark.keys.installed import keyring

ENTER_A_NAME = gettext_lazy("Enter a name or short description.")
# What stands between the cells of a list. A space after it makes it part of a sentence.
_SEPARATORS = ",;"
_THOUSANDS = re.compile(r"(?<![0-9,;])[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])")


def name_problem(name: str, code_length: int) -> str | None:
    """What to do about a code's name that cannot stay as it is; None: it can."""
    name = name.strip()
    if not name:
        return str(ENTER_A_NAME)
    if len(name) > NAME_LENGTH:
        return gettext("Use at most {name_length} characters for the name.").format(
            name_length=NAME_LENGTH
        )
    if problem := names.name_problem(name):
        return problem
    if _has_a_cell_of_digits(name, code_length):
        return gettext(
            "The name has {code_length} digits between separators, as if the next cell "
            "of a list had slipped into it. Take the digits out, or write a space after "
            "the comma or semicolon if they belong to the name."
        ).format(code_length=code_length)
    return None


def id_problem(text: str) -> str | None:
    """What to do about an id of another system that cannot stay as it is; None: it can."""
    if len(text.strip()) > ID_LENGTH:
        return gettext("Use at most {id_length} characters for an id.").format(id_length=ID_LENGTH)
    return names.name_problem(text.strip()) if text.strip() else None


def label_problem(text: str) -> str | None:
    """What to do about a label that cannot stay as it is; None: it can."""
    if len(text.strip()) > LABEL_LENGTH:
        return gettext("Use at most {label_length} characters for a label.").format(
            label_length=LABEL_LENGTH
        )
    return names.name_problem(text.strip()) if text.strip() else None


def checked_label(text: str) -> str:
    """The label as it is stored. Raises :class:`Refused`."""
    if problem := label_problem(text):
        raise Refused(problem, "label")
    return text.strip()


def checked_ids(ids: Mapping[str, str]) -> dict[str, str]:
    """The ids as they are stored. Raises :class:`Refused`."""
    for name, text in ids.items():
        if problem := id_problem(text):
            raise Refused(problem, name)
    return {name: text.strip() for name, text in ids.items()}


def digits_problem(digits: str, code_length: int) -> str | None:
    """What to do about the digits of a code; None: nothing. Never repeats them."""
    if digits.isascii() and digits.isdigit() and len(digits) == code_length:
        return None
    return gettext("Enter exactly {code_length} digits (0-9).").format(code_length=code_length)


def checked_name(name: str, code_length: int) -> str:
    """The name as it is stored. Raises :class:`Refused`."""
    if problem := name_problem(name, code_length):
        raise Refused(problem, "name")
    return name.strip()


def check_digits(digits: str, code_length: int) -> None:
    """Raise :class:`Refused` for anything but the account's number of digits."""
    if problem := digits_problem(digits, code_length):
        raise Refused(problem, "code")


@dataclass(frozen=True, slots=True)
class Existing:
    """A code that there is, by its key: its name, whether it is active, its ids and its rules."""

    pk: UUID
    name: str
    active: bool = True
    ids: tuple[str, ...] = ("",) * len(CODE_IDS)
    use: StoredUse = NO_RULES
    label: str = ""

    def becomes(self, row: NewCode, use: StoredUse) -> dict[str, object]:
        """What the row says of it that is not so already; what it does not name stays."""
        wanted = {
            "name": row.name.strip(),
            "active": self.active if row.active is None else row.active,
            "label": self.label if row.label is None else row.label.strip(),
            **row.ids,
            **use.values(),
        }
        now = {"name": self.name, "active": self.active, "label": self.label}
        now |= self.use.values()
        now |= dict(zip(CODE_IDS, self.ids, strict=True))
        return {name: value for name, value in wanted.items() if value != now[name]}


class Checker:
    """Tells what would keep codes from being added: one code, or the rows of a list in their order.

    ``only``: the digits of the one code. Without them all digits in use are read, in one query.
    ``may_exist``: a row may be about a code that there is already, to give it another name.
    """

    def __init__(
        self, settings: AccountCodeSettings, *, only: str | None = None, may_exist: bool = False
    ) -> None:
        self._account_id = settings.account_id
        self._length = settings.code_length
        self._keys = keyring()
        self._is_list = only is None
        codes = AccountCode.objects.of(self._account_id)
        if only is not None:
            codes = codes.filter(code_lookup__in=self._keys.lookups(self._account_id, only))
        self._may_exist = may_exist
        self._in_use = {
            lookup: Existing(
                key, name, active, tuple(ids), stored_use(start, end, users, types), label
            )
            for lookup, key, name, active, label, start, end, users, types, *ids in (
                codes.values_list(
                    "code_lookup", "pk", "name", "active", "label", *USE_COLUMNS, *CODE_IDS
                )
            )
        }
        self._uses = UseInLists(settings.account)
        self._first_rows: dict[str, int] = {}

    @property
    def in_use(self) -> int:
        """How many codes the account has."""
        return len(self._in_use)

    def existing(self, digits: str) -> Existing | None:
        """The account's code with these digits, if there is one."""
        found = (self._in_use.get(one) for one in self._keys.lookups(self._account_id, digits))
        return next(filter(None, found), None)

    def problems_of(self, row: NewCode) -> list[RowProblem]:
        """Every problem of the row; the rows before are remembered."""
        found = []
        if problem := name_problem(row.name, self._length):
            found.append(RowProblem(row.row, "name", problem))
        for column, text in row.ids.items():
            if problem := id_problem(text):
                found.append(RowProblem(row.row, column, problem))
        if problem := label_problem(row.label or ""):
            found.append(RowProblem(row.row, "label", problem))
        found += self._problems_of_digits(row)
        try:
            self.use_of(row)
        except Refused as refused:
            found.append(
                RowProblem(row.row, HEADINGS.get(refused.field or "", ""), refused.message)
            )
        return found

    def use_of(self, row: NewCode) -> StoredUse:
        """The rules that the row's code has then. Raises :class:`Refused`."""
        if not row.use and not self._may_exist:
            return NO_RULES
        existing = self.existing(row.code)
        return self._uses.read(row.use, existing.use if existing else NO_RULES)

    def _problems_of_digits(self, row: NewCode) -> list[RowProblem]:
        digits = row.code
        if problem := digits_problem(digits, self._length):
            too_short = digits.isascii() and digits.isdigit() and len(digits) < self._length
            if self._is_list and too_short:
                problem += " Spreadsheets drop leading zeros: format the column as text."
            return [RowProblem(row.row, "code", problem)]
        if not self._may_exist and self.existing(digits):
            problem = gettext("This code is already in use on the account.")
            if not self._is_list:
                problem += " Choose other digits, or rename the existing code."
            return [RowProblem(row.row, "code", problem, "code_in_use")]
        if (first := self._first_rows.setdefault(digits, row.row)) != row.row:
            return [
                RowProblem(
                    row.row,
                    "code",
                    gettext("The same code is in row {first} already.").format(first=first),
                )
            ]
        return []


def _has_a_cell_of_digits(name: str, code_length: int) -> bool:
    """Whether a part of the name between separators is as long as a code and digits only.

    A name is no secret, a code is: ``Smith,6446`` is two cells of a broken file, while
    ``Case 2024-1234``, ``Smith, 2024`` and ``Budget 1,500`` are names.
    """
    if not any(separator in name for separator in _SEPARATORS):
        return False
    spared = name if _THOUSANDS.fullmatch(name) else _THOUSANDS.sub("", name)
    cell = rf"(?:^|[{_SEPARATORS}])[\"']*[0-9]{{{code_length}}}[\"']*(?:$|[{_SEPARATORS}])"
    return re.search(cell, spared) is not None
