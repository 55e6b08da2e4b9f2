"""Codes that nobody guesses, made for a list of names: random, free, and easy to tell apart."""

import secrets
from collections.abc import Iterator
from itertools import pairwise

from django.utils.translation import gettext

from callmark import local_formats
from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.codes.checking import Checker
from callmark.codes.files import MAX_ROWS
from callmark.codes.lines import BadLine, UnreadableFile, cells_of, is_blank, lines_of
from callmark.codes.models import AccountCode
from callmark.codes.stored_settings import settings_of
from callmark.csv_files import csv_line
from callmark.keys.installed import keyring
from callmark.policy.numbering import CallType, NumberingPlan, classify

_CATCH_ALL = ("general", "catch", "other", "none", "misc", "office", "overhead", "internal")
_ADVISED_UP_TO = 500
_FEW_LEFT = 0.5
"""Of all codes of a length: with more in use, those that are free are written down and drawn."""


def free_codes(account: Account, count: int) -> list[str]:
    """So many random codes that the account does not have. Raises :class:`Refused`.

    None is an emergency number where the account is at home, one digit repeated, or a run such as
    1234: those are what anybody tries first, or types for another reason.
    """
    settings = settings_of(account)
    length, checker = settings.code_length, Checker(settings)
    plan = NumberingPlan(account.country)
    drawn: dict[str, None] = {}
    for digits in _candidates(length, checker.in_use + count):
        if len(drawn) == count:
            break
        if digits not in drawn and not checker.existing(digits) and _is_good(digits, plan):
            drawn[digits] = None
    if len(drawn) < count:
        raise Refused(
            gettext("Only {drawn} codes of {length} digits are left: shorten the list.").format(
                drawn=local_formats.number(len(drawn)), length=length
            ),
            code="no_free_codes",
        )
    return list(drawn)


def next_free_code(account: Account) -> str:
    """The code after the highest one in use; from the end on, the lowest that is free.

    As :func:`free_codes`, none that anybody tries first. Raises :class:`Refused`.
    """
    settings = settings_of(account)
    length, plan = settings.code_length, NumberingPlan(account.country)
    codes = AccountCode.objects.of(account).order_by().values_list("code_encrypted", flat=True)
    in_use = {int(keyring().decrypt(one)) for one in codes.iterator()}
    for number in (*range(max(in_use, default=0) + 1, 10**length), *range(1, 10**length)):
        if number not in in_use and _is_good(digits := f"{number:0{length}}", plan):
            return digits
    raise Refused(
        gettext("Every code of {length} digits is in use.").format(length=length),
        code="no_free_codes",
    )


def advise_catch_all(account: Account) -> bool:
    """Whether the account has no code yet for calls that belong to nobody in particular.

    Told by its name: no words are certain, and the advice is no more than that. An account with
    hundreds of codes has been in use for long: it needs none, and its names are not looked through.
    """
    names = AccountCode.objects.of(account).values_list("name", flat=True)[: _ADVISED_UP_TO + 1]
    found = [name.casefold() for name in names]
    return len(found) <= _ADVISED_UP_TO and not any(
        word in name for name in found for word in _CATCH_ALL
    )


def with_codes(account: Account, data: bytes) -> bytes:
    """A list of names, one a line, as a list of names and codes. Raises :class:`Refused`."""
    try:
        names = list(_names(data))
    except BadLine as unreadable:
        message = unreadable.message
    else:
        if not names:
            raise Refused(gettext("Write a name in each line."), "text")
        codes = free_codes(account, len(names))
        rows = zip(names, codes, strict=True)
        return ("name,code\r\n" + "".join(csv_line(row) for row in rows)).encode()
    raise Refused(message, "text")


def _names(data: bytes) -> Iterator[str]:
    for number, text in lines_of(data):
        if number > MAX_ROWS:
            raise UnreadableFile(
                number,
                gettext("Send at most {max_rows} names at once.").format(
                    max_rows=local_formats.number(MAX_ROWS)
                ),
            )
        if text is None or is_blank(text):
            continue
        # A tab is in no name; a comma may be, unless the line is quoted as a cell of a CSV.
        name = cells_of(text, "\t")[0] if '"' in text else text.split("\t")[0].strip()
        if name and not (number == 1 and name.lower() == "name"):
            yield name


def _candidates(length: int, wanted: int) -> Iterator[str]:
    """Random codes: again and again while many are free, or else every one there is, shuffled."""
    every = 10**length
    if wanted < every * _FEW_LEFT:
        for _ in range(50 * every):
            yield f"{secrets.randbelow(every):0{length}}"
    else:
        numbers = list(range(every))
        secrets.SystemRandom().shuffle(numbers)
        yield from (f"{number:0{length}}" for number in numbers)


def _is_good(digits: str, plan: NumberingPlan) -> bool:
    steps = {(int(one) - int(before)) % 10 for before, one in pairwise(digits)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        return False
    return classify(digits, plan).call_type is not CallType.EMERGENCY
