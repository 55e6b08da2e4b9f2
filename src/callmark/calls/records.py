"""What is written down about a call, as types from the switch to the database.

A record is JSON in the gate's spool and the same type again when it is stored, also by a later
version: ``v`` counts changes, and every field that was added has a value that older lines mean.
Times are UTC. No digits beyond an accepted code, and that encrypted; wrong digits are never kept.

They are plain dataclasses, which mypy checks where they are made. What is read is checked by
pydantic, loaded then: a gate or a command that only writes them starts the quicker for it.
"""

from dataclasses import field, fields
from datetime import UTC, datetime
from functools import cache
from json import JSONEncoder
from typing import TYPE_CHECKING, Annotated, Any, Literal

from callmark.policy.code_entry import EntryResult
from callmark.policy.values import value_class

if TYPE_CHECKING:
    from pydantic import TypeAdapter

VERSION = 3
"""1: a call was one channel (no leg, no payer but a user). 2: a call is a conversation of legs.
3: a code may be dialed with the number, kept, or the last call's; a caller may want none."""

Direction = Literal["outbound", "internal", "inbound"]
EnteredBy = Literal[
    "prompt", "star_code", "conversation", "default_code", "dialed", "last_call", "kept"
]
PayerKind = Literal["user", "unknown"]
Side = Literal["caller", "outside", "cdr"]

_MOST_SECONDS = 2**31 - 1


@value_class
class _Longest:
    """Text as a database column takes it: no NUL, not too long. No phone's number is longer."""

    characters: int

    def fit(self, value: str) -> str:
        return value.replace("\0", "")[: self.characters]


class _Seconds:
    """As a column takes them."""

    def fit(self, value: int) -> int:
        return min(max(0, value), _MOST_SECONDS)


Identifier = Annotated[str, _Longest(150)]
Number = Annotated[str, _Longest(80)]
Name = Annotated[str, _Longest(100)]
Word = Annotated[str, _Longest(20)]
Seconds = Annotated[int, _Seconds()]


def now() -> datetime:
    """The time, as records carry it."""
    return datetime.now(UTC)


@cache
def _bounds(kind: "type[Any]") -> "tuple[tuple[str, _Longest | _Seconds], ...]":
    """The fields of a kind that must fit a column, and how."""
    bounded = ((one.name, getattr(one.type, "__metadata__", ())) for one in fields(kind))
    return tuple((name, found[0]) for name, found in bounded if found)


@value_class(kw_only=True)
class _Plain:
    def __post_init__(self) -> None:
        for name, bound in _bounds(type(self)):  # type: ignore[arg-type]  # a class is hashable
            value = getattr(self, name)
            if (fitting := bound.fit(value)) != value:
                object.__setattr__(self, name, fitting)


@value_class(kw_only=True)
class Attempt(_Plain):
    """One entry's result, when it was made, by what and whom, and the code's name if accepted.

    ``user_id`` is who typed it where that is not the leg's payer.
    """

    result: EntryResult
    at: datetime
    entered_by: EnteredBy = "prompt"
    counts_as_guess: bool = False
    account_code_name: Name = ""
    user_id: str | None = None


@value_class(kw_only=True)
class CodeTag(_Plain):
    """The code written on a leg, with its name as it was then ('' for an unlisted code).

    ``code`` is encrypted; ``code_id`` is None for an unlisted code.
    """

    code: str = field(repr=False)
    code_id: str | None
    code_name: Name
    entered_by: EnteredBy = "prompt"


@value_class(kw_only=True)
class _Record(_Plain):
    v: int = VERSION


@value_class(kw_only=True)
class LegDecided(_Record):
    """The gate let a leg go on or ended it: durable before it proceeds.

    ``user_id`` is the payer's, None where nobody knows them; ``linked_id`` is the conversation.
    """

    kind: Literal["decided"] = "decided"
    id: str
    switch: Identifier
    call_id: Identifier
    leg: int = 1
    linked_id: Identifier
    account_id: str
    user_id: str | None
    # As it was then: the user may be deleted before the record is stored.
    user_name: Name = ""
    payer: PayerKind = "user"
    direction: Direction
    caller: Number
    dialed: Number
    number: Number = ""
    e164: str | None
    call_type: str
    started_at: datetime
    outcome: str
    attempts: tuple[Attempt, ...] = ()
    tag: CodeTag | None = None
    why: tuple[str, ...] = ()
    simulated: bool = False


@value_class(kw_only=True)
class LegTagged(_Record):
    """A code entered by star code during a call, or refused attempts at it.

    ``extension`` is the user's who dialed it, ``tagged_at`` when.
    """

    kind: Literal["tagged"] = "tagged"
    id: str
    switch: Identifier
    call_id: Identifier
    linked_id: Identifier
    account_id: str
    user_id: str
    user_name: Name = ""
    extension: Number
    tagged_at: datetime
    attempts: tuple[Attempt, ...]
    tag: CodeTag | None


@value_class(kw_only=True)
class LegEnded(_Record):
    """One side of a leg is over. ``seconds`` is talk time after answer.

    What the ``outside`` side reports, and the switch's own ``cdr``, outranks what the ``caller``'s
    does: the caller may have left the conversation long before.
    """

    kind: Literal["ended"] = "ended"
    id: str
    switch: Identifier = ""
    call_id: Identifier = ""
    leg: int = 1
    ended_at: datetime
    answered_at: datetime | None
    seconds: Seconds
    disposition: Word
    by: Side = "caller"


@value_class(kw_only=True)
class CallCameIn(_Record):
    """A call from outside, or more about one that is on record: put together by ``id``.

    ``user_id`` is whose phone rang or answered; who answered counts.
    """

    kind: Literal["came_in"] = "came_in"
    id: str
    switch: Identifier
    linked_id: Identifier
    account_id: str
    user_id: str | None = None
    user_name: Name = ""
    caller: Number
    dialed: Number
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    disposition: Word = ""


Record = LegDecided | LegTagged | LegEnded | CallCameIn


@cache
def _reader() -> "TypeAdapter[Record]":
    from pydantic import Field, TypeAdapter  # noqa: PLC0415 (see the module)

    return TypeAdapter(Annotated[Record, Field(discriminator="kind")])


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    assert isinstance(value, _Plain)
    names = _names(type(value))  # type: ignore[arg-type]  # as above
    return {name: getattr(value, name) for name in names}


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


_in_json = JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_written).encode


def to_line(record: Record) -> bytes:
    """The record as one line of JSON; :func:`from_line` reads it back."""
    return _in_json(record).encode() + b"\n"


def from_line(line: bytes) -> Record:
    """Read a line of this version or an earlier one.

    Raises ``ValueError`` (pydantic's) for anything that is no record. Its text may quote the line,
    which holds a code: never log it.
    """
    from pydantic_core import from_json  # noqa: PLC0415 (see the module)

    read = from_json(line)
    if isinstance(read, dict):
        # Version 1 did not say so.
        read.setdefault("v", 1)
    return _reader().validate_python(read)
