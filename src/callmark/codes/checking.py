"""What keeps codes from being added or changed: one, or the rows of a list."""

from uuid import UUID

from django.utils.translation import gettext

from callmark.accounts.refused import Refused
from callmark.codes.files import NewCode
from callmark.codes.models import (
    CODE_IDS,
    USE_COLUMNS,
    AccountCode,
    AccountCodeSettings,
)
from callmark.codes.names import digits_problem, id_problem, label_problem, name_problem
from callmark.codes.row_problems import RowProblem
from callmark.codes.use import NO_RULES, StoredUse, stored_use
from callmark.codes.use_in_lists import HEADINGS, UseInLists
from callmark.keys.installed import keyring
from callmark.policy.values import value_class


@value_class
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
