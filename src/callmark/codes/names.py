"""What the name, the digits, the ids and the label of an account code must be, wherever from."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext, gettext_lazy

from callmark.accounts import names
from callmark.accounts.refused import Refused
from callmark.codes.models import ID_LENGTH, LABEL_LENGTH, NAME_LENGTH

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
