"""A code's own rules as a list of codes writes them, and back.

Days as 2026-12-31; several users or types of calls with semicolons between them. Users by their
extension, or by their name where that is one user's alone, or by their id.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from uuid import UUID

from django.utils.translation import gettext

from callmark.accounts.models import Account, Extension, User
from callmark.accounts.refused import Refused
from callmark.codes.models import USE_COLUMNS, AccountCode
from callmark.codes.use import StoredUse
from callmark.policy.code_use import OPENED_TYPES
from callmark.policy.rules import RULES

HEADINGS = dict(zip(USE_COLUMNS, ("first day", "last day", "only for", "opens only"), strict=True))
"""What the columns are called."""

_BETWEEN = ";"
_TYPES = {one.value: one.value for one in OPENED_TYPES} | {
    rule.label.lower(): rule.gates.value for rule in RULES if rule.gates is not None
}


class UseInLists:
    """Reads and writes the rules of an account's codes; its users are read once, if at all."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def read(self, told: Mapping[str, str], before: StoredUse) -> StoredUse:
        """The rules that a row tells; what it has no column for stays. Raises :class:`Refused`."""
        if not told:
            return before
        use = before
        if "starts_on" in told:
            use = replace(use, starts_on=_day("starts_on", told["starts_on"]))
        if "ends_on" in told:
            use = replace(use, ends_on=_day("ends_on", told["ends_on"]))
        if "call_types" in told:
            use = replace(use, call_types=tuple(map(_type, _parts(told["call_types"]))))
        if "user_ids" in told:
            people = (self._person(one, before) for one in _parts(told["user_ids"]))
            use = replace(use, user_ids=tuple(people))
        return use.checked(self._account, kept=use.user_ids)

    def written(self, code: AccountCode) -> dict[str, str]:
        """A code's rules, by column."""
        return {
            "starts_on": str(code.starts_on or ""),
            "ends_on": str(code.ends_on or ""),
            "user_ids": f"{_BETWEEN} ".join(self._names.get(one, one) for one in code.user_ids),
            "call_types": f"{_BETWEEN} ".join(code.call_types),
        }

    def _person(self, text: str, before: StoredUse) -> str:
        found = self._ids.get(text.lower())
        # An id that the code has already may be that of somebody who is deleted.
        if found is None and text not in before.user_ids:
            raise Refused(
                gettext(
                    "Write users as their extensions or names, with semicolons between them: one "
                    "of these is no user's, or several people's."
                ),
                "user_ids",
            )
        return found or text

    @cached_property
    def _ids(self) -> dict[str, str]:
        """Users by what they can be called: no two by the same."""
        ids: dict[str, str] = {}
        people = User.objects.of(self._account).order_by().values_list("pk", "name")
        called: dict[str, list[UUID]] = {}
        for pk, name in people.iterator():
            ids[str(pk)] = str(pk)
            called.setdefault(name.lower(), []).append(pk)
        ids |= {name: str(pks[0]) for name, pks in called.items() if len(pks) == 1}
        extensions = Extension.objects.of(self._account).exclude(number="").order_by()
        numbers = extensions.values_list("number", "user_id")
        return ids | {number.lower(): str(pk) for number, pk in numbers.iterator()}

    @cached_property
    def _names(self) -> dict[str, str]:
        """What each user is called, by id: by an extension if there is one."""
        names: dict[str, str] = {}
        for called, pk in self._ids.items():
            is_number = called.isdigit()
            if pk not in names or is_number or (called != pk and not names[pk].isdigit()):
                names[pk] = called if _BETWEEN not in called else pk
        return names


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    raise Refused(gettext("Write the day as 2026-12-31."), name)


def _type(text: str) -> str:
    if (found := _TYPES.get(text.lower())) is None:
        raise Refused(
            gettext("Write the types of calls with semicolons between them: {types}.").format(
                types=", ".join(_TYPES)
            ),
            "call_types",
        )
    return found


def _parts(text: str) -> list[str]:
    return [one.strip() for one in text.split(_BETWEEN) if one.strip()]
