"""What the rows of a list of users come to, checked against all that is there, read once."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.models import Account, Extension, PhoneNumber, User
from callmark.accounts.names import name_problem
from callmark.accounts.refused import Refused
from callmark.accounts.services import DEFAULT_SWITCH
from callmark.codes import user_files as files
from callmark.codes.files import STATES
from callmark.codes.lines import UnreadableFile
from callmark.codes.models import AccountCodeSettings, UserCodeSettings
from callmark.codes.row_problems import RowProblem, RowProblems
from callmark.policy.numbering import country_called
from callmark.policy.values import value_class

EXTENSION_STANDS = "{extension}"
_TWICE = {
    files.NAME: gettext_lazy("The same name is in line {first} already."),
    files.EXTENSION: gettext_lazy("The same extension is in line {first} already."),
    files.ENDPOINT: gettext_lazy("The same endpoint is in line {first} already."),
    files.NUMBER: gettext_lazy("The same number is in line {first} already."),
}
_PATTERNS = {
    files.EXTENSION: (r"[0-9]{1,10}", gettext_lazy("Use up to 10 digits for the extension.")),
    files.ENDPOINT: (
        r"[!-~]{1,80}",
        gettext_lazy("Write the endpoint as on the switch, without spaces."),
    ),
    files.SWITCH: (
        r"[A-Za-z0-9_-]{1,40}",
        gettext_lazy("Use letters, digits, - and _ for the switch."),
    ),
    files.NUMBER: (r"\+[1-9][0-9]{5,14}", gettext_lazy("Write the number as +12125550100.")),
}


Item = TypeVar("Item")


def in_parts(items: Sequence[Item], size: int = 500) -> Iterator[Sequence[Item]]:
    """So many at a time as one query may name."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


@value_class
class Phones:
    """What an operator says of all extensions of a list that says nothing else itself.

    ``endpoint`` with ``{extension}`` in it, such as acme-{extension}, or {extension}@pbx.example.
    """

    switch: str = DEFAULT_SWITCH
    endpoint: str = EXTENSION_STANDS

    def __post_init__(self) -> None:
        if EXTENSION_STANDS not in self.endpoint or not re.fullmatch("[!-~]{1,80}", self.endpoint):
            raise Refused(
                gettext(
                    "Write {extension_stands} where the extension stands in the endpoint, "
                    "without spaces."
                ).format(extension_stands=EXTENSION_STANDS),
                "endpoint",
            )
        if not re.fullmatch(_PATTERNS[files.SWITCH][0], self.switch):
            raise Refused(str(_PATTERNS[files.SWITCH][1]), "switch")


@dataclass(slots=True)
class Planned:
    """What is to become of a row: a new user, or one who is there and changes (or nothing does)."""

    row: files.NewUser
    user: User | None = None
    values: dict[str, str] = field(default_factory=dict)
    """Name and home country that become others."""
    extension: tuple[str, str, str] | None = None
    """Number, endpoint, and the switch's name."""
    number: str = ""
    codes: bool | None = None

    @property
    def is_new(self) -> bool:
        """Whether a user is added."""
        return self.user is None

    @property
    def changes(self) -> bool:
        """Whether anything is to be done."""
        told = self.values or self.extension or self.number or self.codes is not None
        return self.is_new or bool(told)


class UserChecker:
    """The rows of a list against all that is there, read once."""

    def __init__(self, account: Account, phones: Phones | None, *, update: bool) -> None:
        self.account, self.phones, self.update = account, phones, update
        self.problems, self.planned, self.shape = RowProblems(), list[Planned](), ""
        self._settings = AccountCodeSettings.objects.of(account).first()
        self._users = {one.pk: one for one in User.objects.of(account)}
        self._named: dict[str, list[User]] = {}
        for user in self._users.values():
            self._named.setdefault(user.name.casefold(), []).append(user)
        extensions = Extension.objects.of(account).select_related("switch")
        self._extensions = {one.number: one for one in extensions if one.number}
        self._with_phone = {one.user_id for one in extensions}
        self._enabled = set(
            UserCodeSettings.objects.of(account).filter(enabled=True).values_list("user", flat=True)
        )
        self._first: dict[tuple[str, str], int] = {}

    def read(self, data: bytes, columns: Sequence[str]) -> None:
        """Read and check the whole list."""
        try:
            found = files.read_users(data, columns, phones=self.phones is not None)
            self.shape = found.shape
            rows = list(found.rows)
        except UnreadableFile as unreadable:
            self.problems.add([RowProblem(unreadable.line, "", unreadable.message)])
            return
        self._taken = self._taken_of([one for one in rows if isinstance(one, files.NewUser)])
        for row in rows:
            if isinstance(row, RowProblem):
                self.problems.add([row])
                continue
            planned = Planned(row)
            found_wrong = list(self._check(planned))
            self.problems.add(found_wrong)
            self.planned.append(planned)

    def _endpoint_of(self, row: files.NewUser) -> tuple[str, str]:
        """The endpoint, and the switch it is on."""
        assert self.phones is not None
        extension = row.values.get(files.EXTENSION, "")
        usual = self.phones.endpoint.replace(EXTENSION_STANDS, extension)
        switch = row.values.get(files.SWITCH) or self.phones.switch
        return row.values.get(files.ENDPOINT) or usual, switch

    def _taken_of(self, rows: Sequence[files.NewUser]) -> dict[tuple[str, str], UUID]:
        """Whose the endpoints and numbers of the list are, wherever: by switch, or ''."""
        if self.phones is None:
            return {}
        endpoints = [self._endpoint_of(one)[0] for one in rows if one.values.get(files.EXTENSION)]
        every = Extension.objects.of_every_account("an endpoint is once on a switch")
        found: dict[tuple[str, str], UUID] = {}
        for some in in_parts(endpoints):
            there = every.filter(endpoint__in=some).values_list("switch__name", "endpoint", "user")
            found |= {(switch, endpoint): user for switch, endpoint, user in there}
        numbers = [text for one in rows if (text := one.values.get(files.NUMBER, ""))]
        of_all = PhoneNumber.objects.of_every_account("a number is once on the installation")
        for some in in_parts(numbers):
            owners = of_all.filter(e164__in=some).values_list("e164", "user")
            found |= {("", e164): user for e164, user in owners}
        return found

    def _check(self, planned: Planned) -> Iterator[RowProblem]:
        row, values = planned.row, planned.row.values
        if problem := _problem_of_name(row.name):
            yield RowProblem(row.row, files.NAME, problem)
        for role, (pattern, message) in _PATTERNS.items():
            if values.get(role) and not re.fullmatch(pattern, values[role]):
                yield RowProblem(row.row, role, str(message))
                return
        yield from self._find(planned)
        if country := values.get(files.COUNTRY, ""):
            code = country_called(country)
            if code is None:
                yield RowProblem(
                    row.row, files.COUNTRY, gettext("Write a country such as US or Mexico.")
                )
            elif planned.user is None or planned.user.home_country != code:
                planned.values["home_country"] = code
        if planned.user is None or planned.user.name != row.name:
            planned.values["name"] = row.name
        yield from self._check_codes(planned)
        if self.phones is not None:
            yield from self._check_phones(planned)

    def _find(self, planned: Planned) -> Iterator[RowProblem]:
        """Whom the row is about."""
        row, extension = planned.row, planned.row.values.get(files.EXTENSION, "")
        namesakes = self._named.get(row.name.casefold(), [])
        if extension in self._extensions:
            planned.user = self._users[self._extensions[extension].user_id]
        elif extension:
            without = [one for one in namesakes if one.pk not in self._with_phone]
            planned.user = without[0] if len(without) == 1 == len(namesakes) else None
        elif len(namesakes) > 1:
            several = gettext(
                "Several users have this name: say which by an extension, or take the line out."
            )
            yield RowProblem(row.row, files.NAME, several)
        elif namesakes:
            planned.user = namesakes[0]
        if planned.user is not None:
            if not self.update:
                there = (
                    gettext("This extension is in use already: take the line out, or update.")
                    if extension
                    else gettext("This user is there already: take the line out, or update.")
                )
                yield RowProblem(row.row, "", there, "user_exists")
            if planned.user.is_trunk:
                yield RowProblem(
                    row.row, files.NAME, gettext("This is a SIP trunk: change it by itself.")
                )
        by = (files.EXTENSION, extension) if extension else (files.NAME, row.name.casefold())
        yield from self._once(row, *by)

    def _once(self, row: files.NewUser, role: str, text: str) -> Iterator[RowProblem]:
        if text and (first := self._first.setdefault((role, text), row.row)) != row.row:
            again = str(_TWICE[role]).format(first=first)
            yield RowProblem(row.row, role, again)

    def _check_codes(self, planned: Planned) -> Iterator[RowProblem]:
        said = planned.row.values.get(files.CODES, "").lower()
        on = STATES.get(said)
        if said and on is None:
            yield RowProblem(planned.row.row, files.CODES, gettext("Write on or off."))
        if on and not (self._settings and self._settings.allowed):
            yield RowProblem(
                planned.row.row, files.CODES, gettext("Account codes are off for the account.")
            )
        is_on = planned.user is not None and planned.user.pk in self._enabled
        planned.codes = on if on is not None and on != is_on else None

    def _check_phones(self, planned: Planned) -> Iterator[RowProblem]:
        row, extension = planned.row, planned.row.values.get(files.EXTENSION, "")
        mine = planned.user.pk if planned.user else None
        if extension and extension not in self._extensions:
            endpoint, switch = self._endpoint_of(row)
            if row.values.get(files.ENDPOINT):
                yield from self._once(
                    row,
                    files.ENDPOINT,
                    f"{endpoint} on {switch}",
                )
            if (switch, endpoint) in self._taken:
                taken = gettext(
                    "The endpoint {endpoint} of switch {switch} already belongs to a user."
                ).format(endpoint=endpoint, switch=switch)
                yield RowProblem(row.row, files.ENDPOINT, taken)
            planned.extension = extension, endpoint, switch
        elif row.values.get(files.ENDPOINT) and not extension:
            yield RowProblem(
                row.row, files.EXTENSION, gettext("Enter the extension of the endpoint.")
            )
        if number := row.values.get(files.NUMBER, ""):
            yield from self._once(row, files.NUMBER, number)
            whose = self._taken.get(("", number))
            if whose not in {None, mine}:
                yield RowProblem(
                    row.row, files.NUMBER, gettext("This number already belongs to a user.")
                )
            planned.number = "" if whose else number


def _problem_of_name(name: str) -> str | None:
    if not name.strip():
        return gettext("Enter the name.")
    if len(name) > 100:
        return gettext("Use at most 100 characters for the name.")
    return name_problem(name)
