"""Lists of users: which column is which, what is in each row, and what cannot be read of it.

Ours (``name,extension,...``), the extensions that FreePBX's Bulk Handler and FusionPBX export, any
list whose columns a person names, or names alone, one a line. Columns that mean nothing here are
left out: exports of switches have many, passwords among them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import chain

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from callmark import local_formats
from callmark.codes.files import without_formula_guard
from callmark.codes.lines import (
    MAX_LINE,
    BadLine,
    Sample,
    UnreadableFile,
    about_count,
    cells_of,
    first_line,
    is_blank,
    lines_of,
    plain_heading,
    sampled_cells,
    without_empty_end,
)
from callmark.codes.row_problems import RowProblem
from callmark.policy.values import value_class

NAME, FIRST, LAST, CODES, COUNTRY = (
    "name",
    "first_name",
    "last_name",
    "account_codes",
    "home_country",
)
EXTENSION, ENDPOINT, SWITCH, NUMBER = "extension", "endpoint", "switch", "number"
PHONES = (EXTENSION, ENDPOINT, SWITCH, NUMBER)
"""Columns that only operators give: a switch serves many accounts."""
ROLES = (NAME, FIRST, LAST, COUNTRY, CODES, *PHONES)
MAX_ROWS = 10_000
MOST_COLUMNS = 120

_CALLED = {
    NAME: "name user user~name display~name full~name description effective~caller~id~name",
    FIRST: "first~name given~name directory~first~name",
    LAST: "last~name surname family~name directory~last~name",
    COUNTRY: "home~country country",
    CODES: "account~codes enable~account~codes",
    EXTENSION: "extension ext number~of~the~extension",
    ENDPOINT: "endpoint device",
    SWITCH: "switch",
    NUMBER: "number phone~number phone outside~number did",
}
_ROLE_OF = {
    word.replace("~", " "): role for role, words in _CALLED.items() for word in words.split()
}
_SHAPES = (
    (
        gettext_lazy("Extensions of FreePBX"),
        {"extension", "name"},
        {"voicemail", "tech", "outboundcid", "ringtimer"},
    ),
    (
        gettext_lazy("Extensions of FusionPBX"),
        {"extension"},
        {"effective caller id name", "directory first name"},
    ),
)
_SECRET = re.compile(r"passw|secret|\bpin\b|token|vmpwd")
BEGIN = gettext_lazy(
    "Begin the list with a line that names its columns, such as: name,extension "
    "(and endpoint, switch, number, home country, account codes, if you like). "
    "Or write a name in each line."
)
OURS, NAMES_ONLY, CHOSEN = (
    gettext_lazy("A list of users"),
    gettext_lazy("Names, one a line"),
    gettext_lazy("Columns as they were chosen"),
)


@value_class
class NewUser:
    """A row: its line in the file, and what it tells by role, of those that it has columns for."""

    row: int
    name: str
    values: Mapping[str, str]


@value_class
class _Form:
    roles: tuple[str, ...]
    delimiter: str
    shape: str | Promise
    heading: bool = True


@value_class
class UserList:
    """A list that can be read; ``shape`` says what kind it is, in words."""

    shape: str
    rows: Iterator[NewUser | RowProblem] = field(repr=False)


def read_users(data: bytes, columns: Sequence[str] = (), *, phones: bool) -> UserList:
    """A list of users. ``columns``: what each of them is, as a person says.

    Without ``phones`` columns of :data:`PHONES` are left out. Raises :class:`UnreadableFile`, also
    while the rows are read, and then none of them counts.
    """
    lines = lines_of(data)
    first = first_line(lines, str(BEGIN))
    form = _form_of(first.splits, first.bad, first.number, columns)
    kept = tuple("" if one in PHONES and not phones else one for one in form.roles)
    form = _Form(kept, form.delimiter, form.shape, form.heading)
    begin = [] if form.heading else [(first.number, first.text)]
    return UserList(str(form.shape), _rows(chain(begin, lines), form))


def _rows(lines: Iterator[tuple[int, str | None]], form: _Form) -> Iterator[NewUser | RowProblem]:
    count = 0
    for number, text in lines:
        if is_blank(text):
            continue
        count += 1
        if count > MAX_ROWS:
            yield RowProblem(
                number,
                "",
                gettext("Send at most {max_rows} users at once.").format(
                    max_rows=local_formats.number(MAX_ROWS)
                ),
            )
            return
        if row := _row(number, text, form):
            yield row


def _form_of(
    splits: Mapping[str, Sequence[str]], bad: BadLine | None, number: int, chosen: Sequence[str]
) -> _Form:
    delimiter = max(splits, key=lambda one: len(splits[one]), default=",")
    cells = splits.get(delimiter, ())
    if chosen:
        return _chosen(cells, delimiter, chosen, number)
    if roles := _headed(cells):
        headings = {plain_heading(one) for one in cells}
        shapes = (
            title for title, needed, some in _SHAPES if needed <= headings and some & headings
        )
        return _Form(roles, delimiter, next(shapes, OURS))
    if len(cells) == 1 and any(character.isalpha() for character in cells[0]):
        return _Form((NAME,), delimiter, NAMES_ONLY, heading=False)
    if bad is not None and not cells:
        raise UnreadableFile(number, bad.message)
    raise UnreadableFile(number, str(BEGIN))


def _headed(cells: Sequence[str]) -> tuple[str, ...]:
    """What the first line's cells name, '' for what means nothing here; (): they name no user."""
    roles = [_ROLE_OF.get(plain_heading(cell), "") for cell in cells]
    # Each once; a column that is called just so before one that may be it.
    for role in set(roles) - {""}:
        places = [at for at, one in enumerate(roles) if one == role]
        exact = [at for at in places if plain_heading(cells[at]) == role.replace("_", " ")]
        best = (exact or places)[0]
        for at in places:
            if at != best:
                roles[at] = ""
    return tuple(roles) if {NAME, FIRST, LAST} & set(roles) else ()


def _chosen(cells: Sequence[str], delimiter: str, chosen: Sequence[str], number: int) -> _Form:
    known = [one for one in chosen if one]
    if not {NAME, FIRST, LAST} & set(known) or not set(known) <= set(ROLES):
        raise UnreadableFile(number, gettext("Say which column is the name."))
    if len(set(known)) < len(known):
        raise UnreadableFile(
            number, gettext("Say of each column something else: two are the same.")
        )
    told = dict(zip(chosen, cells, strict=False))
    # A heading is known as such, or stands where an extension or a number would be.
    is_heading = any(_ROLE_OF.get(plain_heading(cell)) for cell in cells) or any(
        told.get(role, "0")[-1:].isalpha() for role in (EXTENSION, NUMBER)
    )
    roles = (*chosen, *[""] * (len(cells) - len(chosen)))
    return _Form(tuple(roles), delimiter, CHOSEN, heading=is_heading)


def _row(number: int, text: str | None, form: _Form) -> NewUser | RowProblem | None:
    """The row in a line; None: all its cells are empty."""
    if text is None:
        return RowProblem(
            number,
            "",
            gettext("This line has more than {max_line} characters.").format(max_line=MAX_LINE),
        )
    try:
        cells = [text.strip()] if form.shape == NAMES_ONLY else cells_of(text, form.delimiter)
    except BadLine as bad:
        return RowProblem(number, "", bad.message)
    filled = len(without_empty_end(cells))
    if filled == 0:
        return None
    if filled > len(form.roles):
        return RowProblem(number, "", about_count(text, filled, len(form.roles)))
    values = {
        role: without_formula_guard(cell)
        for role, cell in zip(form.roles, cells, strict=False)
        if role
    }
    whole = " ".join(filter(None, (values.get(FIRST, ""), values.get(LAST, ""))))
    return NewUser(number, values.get(NAME) or whole, values)


def sample_of(data: bytes) -> Sample | None:
    """How a list begins; None: not even cells can be made out in it.

    Cells of columns that look like secrets are not told: a switch's export has passwords.
    """
    rows = sampled_cells(data)
    width = max(map(len, rows), default=0)
    if not 1 < width <= MOST_COLUMNS:
        return None
    roles = _headed(rows[0])
    secret = {at for at, cell in enumerate(rows[0]) if _SECRET.search(plain_heading(cell))}
    shown = [rows[0], *(_without(row, secret) for row in rows[1:])]
    return Sample((*roles, *[""] * (width - len(roles))), tuple(shown))


def _without(row: Sequence[str], secret: set[int]) -> tuple[str, ...]:
    return tuple("•••" if at in secret and cell else cell for at, cell in enumerate(row))
