"""Which column of a list of codes is which: ours, and what other telephone systems export.

A list is recognized where it can mean one thing only. Anything else is refused with words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NAME, CODE, ACTIVE, TAG, LEVEL, IGNORED = "name", "code", "active", "tag", "level", ""
IDS = {"client id": "client_id", "matter id": "matter_id", "external id": "external_id"}


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class _Shape:
    title: str
    needed: frozenset[str]
    roles: Mapping[str, str]
    separated: bool = field(default=False)


_OURS = _Shape(
    "A list with the columns name and code",
    frozenset({NAME, CODE}),
    {"name": NAME, "code": CODE, "active": ACTIVE, **IDS},
)
_SHAPES = (
    _OURS,
    # ShoreTel and Mitel; Webex exports its access codes so, too, in UTF-16 with tabs.
    _Shape(
        "Codes of ShoreTel, Mitel or Webex",
        frozenset({NAME, CODE}),
        {"description": NAME, "code": CODE},
        separated=True,
    ),
    # FusionPBX lets people choose the columns. The PIN is the secret; the account code is the tag
    # that stands on the call, what we call the name of a code.
    *(
        _Shape(
            "PIN numbers of FusionPBX",
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
_BEGIN = (
    "Begin the file with the line: name,code (and active, client id, matter id, external id, if "
    "you like)."
)
_CUCM_CODE = re.compile(r"[0-9]{1,16}")
_CUCM_HIGHEST_LEVEL = 255


def headed(cells: Sequence[str]) -> Columns | None:
    """The columns that a first line names, if it does."""
    headings = [_heading(cell) for cell in cells]
    for shape in _SHAPES:
        roles = tuple(shape.roles.get(one) if one else None for one in headings)
        known = [one for one in headings if one]
        if (
            shape.needed <= set(roles)
            and set(known) <= shape.roles.keys()
            and len(set(known)) == len(known)
        ):
            return Columns(roles, shape.title, shape.separated)
    return None


def unheaded(cells: Sequence[str]) -> Columns | None:
    """The columns of a list that begins with its first code, if it is one that CUCM writes.

    Client matter codes are ``code,description``, forced authorization codes ``code,name,level``.
    """
    if len(cells) not in {2, 3} or not _CUCM_CODE.fullmatch(cells[0]):
        return None
    if not any(character.isalpha() for character in cells[1]):
        return None
    if len(cells) == 2:
        return Columns((CODE, NAME), "Client matter codes of Cisco CUCM", heading=False)
    level = cells[2]
    if not re.fullmatch(r"[0-9]{1,3}", level) or int(level) > _CUCM_HIGHEST_LEVEL:
        return None
    return Columns((CODE, NAME, LEVEL), "Forced authorization codes of Cisco CUCM", heading=False)


def unknown_heading(cells: Sequence[str]) -> str:
    """What is wrong with a first line, and what to do. Never repeats it: it may be a code."""
    headings = [_heading(cell) for cell in cells]
    known = [one for one in headings if one in _KNOWN]
    for place, heading in enumerate(headings, start=1):
        if not known or not heading:
            continue
        if headings.index(heading) + 1 < place:
            return f"Column {place} has the same heading as one before it. {_BEGIN}"
        if heading not in _KNOWN:
            return f"The heading of column {place} is not known here. {_BEGIN}"
    return _BEGIN


def known_headings(cells: Sequence[str]) -> int:
    """How many of the cells are headings of some list."""
    return sum(_heading(cell) in _KNOWN for cell in cells)


def _heading(cell: str) -> str:
    return re.sub(r"[\s_]+", " ", cell).strip().lower()
