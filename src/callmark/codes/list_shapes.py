"""Which column of a list of codes is which: ours, and what other telephone systems export.

A list is recognized where it can mean one thing only. Anything else is refused with words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import field

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from callmark.codes.lines import plain_heading
from callmark.policy.values import value_class

NAME, CODE, ACTIVE, LABEL = "name", "code", "active", "label"
TAG, LEVEL, IGNORED = "tag", "level", ""
IDS = {"client id": "client_id", "matter id": "matter_id", "external id": "external_id"}
USE = {
    "first day": "starts_on",
    "last day": "ends_on",
    "only for": "user_ids",
    "opens only": "call_types",
}
ROLES = (NAME, CODE, ACTIVE, LABEL, *IDS.values(), *USE.values())
"""What a person can say that a column is; besides :data:`IGNORED`."""
CHOSEN = gettext_lazy("Columns as they were chosen")
_ALSO_CALLED = {
    NAME: "description title client matter project department account~name code~name",
    CODE: "account~code pin pin~number pin~code password access~code authorization~code number",
    ACTIVE: "enabled state status",
    LABEL: "group tag category",
    "client_id": "client~number client~code client~no",
    "matter_id": "matter~number matter~code matter~no",
    "external_id": "reference external~reference",
    "starts_on": "start start~date starts valid~from from",
    "ends_on": "end end~date ends expires expiry valid~until until",
    "user_ids": "users allowed~users",
    "call_types": "levels call~types",
}


@value_class
class Columns:
    """The role of each column; '' is to be ignored, and None has no heading and must be empty.

    ``shape``: what kind of list it is, in words. ``separated``: digits may be grouped with ``-``
    and ``/``. ``heading``: the first line names the columns, and is no row.
    """

    roles: tuple[str | None, ...]
    shape: str
    separated: bool = False
    heading: bool = True

    @property
    def needed(self) -> int:
        """How many cells a row has at least: up to the code and what names it."""
        return 1 + max(at for at, role in enumerate(self.roles) if role in {NAME, CODE, TAG})


@value_class
class _Shape:
    title: str | Promise
    needed: frozenset[str]
    roles: Mapping[str, str]
    separated: bool = field(default=False)


_OURS = _Shape(
    gettext_lazy("A list with the columns name and code"),
    frozenset({NAME, CODE}),
    {"name": NAME, "code": CODE, "active": ACTIVE, "label": LABEL, **IDS, **USE},
)
_SHAPES = (
    _OURS,
    # ShoreTel and Mitel; Webex exports its access codes so, too, in UTF-16 with tabs.
    _Shape(
        gettext_lazy("Codes of ShoreTel, Mitel or Webex"),
        frozenset({NAME, CODE}),
        {"description": NAME, "code": CODE},
        separated=True,
    ),
    # FusionPBX lets people choose the columns. The PIN is the secret; the account code is the tag
    # that stands on the call, what we call the name of a code.
    *(
        _Shape(
            gettext_lazy("PIN numbers of FusionPBX"),
            frozenset({CODE, named}),
            {
                "pin number": CODE,
                "accountcode": TAG,
                "description": NAME,
                "enabled": ACTIVE,
                "pin number uuid": IGNORED,
                "domain uuid": IGNORED,
            },
        )
        for named in (NAME, TAG)
    ),
)
_KNOWN = frozenset(heading for shape in _SHAPES for heading in shape.roles)
_BEGIN = gettext_lazy(
    "Begin the file with the line: name,code (and active, label, client id, "
    "matter id, external id, first day, last day, only for, opens only, if you "
    "like)."
)
_SYNONYMS = {
    word.replace("~", " "): role for role, words in _ALSO_CALLED.items() for word in words.split()
}
_DIGITS = re.compile(r"[0-9](?:[-/]?[0-9])*")
_CUCM_CODE = re.compile(r"[0-9]{1,16}")
_CUCM_HIGHEST_LEVEL = 255


def headed(cells: Sequence[str]) -> Columns | None:
    """The columns that a first line names, if it does."""
    headings = [plain_heading(cell) for cell in cells]
    for shape in _SHAPES:
        roles = tuple(shape.roles.get(one) if one else None for one in headings)
        known = [one for one in headings if one]
        if (
            shape.needed <= set(roles)
            and set(known) <= shape.roles.keys()
            and len(set(known)) == len(known)
        ):
            return Columns(roles, str(shape.title), shape.separated)
    return None


def unheaded(cells: Sequence[str]) -> Columns | None:
    """The columns of a list that begins with its first code: of CUCM, or codes and nothing else.

    Client matter codes are ``code,description``, forced authorization codes ``code,name,level``.
    """
    if len(cells) == 1 and _CUCM_CODE.fullmatch(cells[0]):
        return Columns(
            (CODE,), gettext("PINs without names, as of a PIN set of FreePBX"), heading=False
        )
    if len(cells) not in {2, 3} or not _CUCM_CODE.fullmatch(cells[0]):
        return None
    if not any(character.isalpha() for character in cells[1]):
        return None
    if len(cells) == 2:
        return Columns((CODE, NAME), gettext("Client matter codes of Cisco CUCM"), heading=False)
    level = cells[2]
    if not re.fullmatch(r"[0-9]{1,3}", level) or int(level) > _CUCM_HIGHEST_LEVEL:
        return None
    return Columns(
        (CODE, NAME, LEVEL), gettext("Forced authorization codes of Cisco CUCM"), heading=False
    )


def spaced(line: str) -> Columns | None:
    """The columns of a list that is typed: a code, spaces, and its name in each line."""
    cells = line.split(None, 1)
    if len(cells) != 2 or not _CUCM_CODE.fullmatch(cells[0]):
        return None
    if not any(character.isalpha() for character in cells[1]):
        return None
    shape = gettext("A code and its name in each line")
    return Columns((CODE, NAME), shape, heading=False)


def chosen(roles: Sequence[str], first: Sequence[str]) -> Columns | None:
    """The columns as a person says they are; None: there must be a code and a name, each once.

    ``first``: the cells of the first line. It names the columns unless there is a code in it.
    """
    known = [one for one in roles if one]
    if not {CODE, NAME} <= set(known) <= set(ROLES) or len(set(known)) < len(known):
        return None
    place = roles.index(CODE)
    is_row = place < len(first) and bool(_DIGITS.fullmatch(first[place]))
    return Columns(tuple(roles), str(CHOSEN), separated=True, heading=not is_row)


def guessed(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """What the columns of a list are most likely, by its first line and by what is in them."""
    width = max(map(len, rows), default=0)
    headings = [plain_heading(one) for one in rows[0]] if rows else []
    called = {**_OURS.roles, **_SYNONYMS}
    roles = [called.get(one, IGNORED) for one in headings] + [IGNORED] * (width - len(headings))
    # Each once: the first that is called so.
    roles = [IGNORED if one in roles[:at] else one for at, one in enumerate(roles)]
    if NAME not in roles and LABEL in roles:
        roles[roles.index(LABEL)] = NAME
    columns = [[row[at] if at < len(row) else "" for row in rows] for at in range(width)]
    for role, fits in ((CODE, _all_digits), (NAME, _some_letters)):
        if role not in roles:
            free = (at for at in range(width) if not roles[at] and fits(columns[at]))
            if (at := next(free, None)) is not None:
                roles[at] = role
    return tuple(roles)


def _all_digits(cells: Sequence[str]) -> bool:
    """... but for the first, which may be a heading."""
    filled = [one for one in cells[1:] or cells if one]
    return bool(filled) and all(_DIGITS.fullmatch(one) for one in filled)


def _some_letters(cells: Sequence[str]) -> bool:
    return any(re.search(r"[^\W\d]", one) for one in cells[1:] or cells)


def unknown_heading(cells: Sequence[str]) -> str:
    """What is wrong with a first line, and what to do. Never repeats it: it may be a code."""
    headings = [plain_heading(cell) for cell in cells]
    known = [one for one in headings if one in _KNOWN]
    for place, heading in enumerate(headings, start=1):
        if not known or not heading:
            continue
        if headings.index(heading) + 1 < place:
            return gettext("Column {place} has the same heading as one before it. {begin}").format(
                place=place, begin=str(_BEGIN)
            )
        if heading not in _KNOWN:
            return gettext("The heading of column {place} is not known here. {begin}").format(
                place=place, begin=str(_BEGIN)
            )
    return str(_BEGIN)


def known_headings(cells: Sequence[str]) -> int:
    """How many of the cells are headings of some list."""
    return sum(plain_heading(cell) in _KNOWN for cell in cells)
