"""What is written down about a call, as types from the switch to the database.

A record is JSON in the gate's spool and the same type again when it is stored, also by a later
version: ``v`` counts changes, and every field that was added has a value that older lines mean.
Times are UTC. No digits beyond an accepted code, and that encrypted; wrong digits are never kept.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from callmark.policy.code_entry import EntryResult

VERSION = 3
"""1: a call was one channel (no leg, no payer but a user). 2: a call is a conversation of legs.
3: a code may be dialed with the number, kept, or the last call's; a caller may want none."""

Direction = Literal["outbound", "internal", "inbound"]
EnteredBy = Literal[
    "prompt", "star_code", "conversation", "default_code", "dialed", "last_call", "kept"
]
PayerKind = Literal["user", "unknown"]

_MOST_SECONDS = 2**31 - 1


def _fitting(longest: int) -> BeforeValidator:
    """Text as a database column takes it: no NUL, not too long. No phone's number is longer."""

    def fit(value: object) -> object:
        return value.replace("\0", "")[:longest] if isinstance(value, str) else value

    return BeforeValidator(fit)


def _at_most(value: object) -> object:
    return min(max(0, value), _MOST_SECONDS) if isinstance(value, int) else value


Identifier = Annotated[str, _fitting(150)]
Number = Annotated[str, _fitting(80)]
Name = Annotated[str, _fitting(100)]
Word = Annotated[str, _fitting(20)]
Seconds = Annotated[int, BeforeValidator(_at_most)]


def now() -> datetime:
    """The time, as records carry it."""
    return datetime.now(UTC)


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


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


class CodeTag(_Plain):
    """The code written on a leg, with its name as it was then ('' for an unlisted code).

    ``code`` is encrypted; ``code_id`` is None for an unlisted code.
    """

    code: str = Field(repr=False)
    code_id: str | None
    code_name: Name
    entered_by: EnteredBy = "prompt"


class _Record(_Plain):
    v: int = VERSION


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
    by: Literal["caller", "outside", "cdr"] = "caller"


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


Record = Annotated[LegDecided | LegTagged | LegEnded | CallCameIn, Field(discriminator="kind")]


@cache
def _reader() -> TypeAdapter[Record]:
    # Made when it is first wanted: who only writes records need not wait for it.
    return TypeAdapter(Record)


def to_line(record: Record) -> bytes:
    """The record as one line of JSON; :func:`from_line` reads it back."""
    return record.model_dump_json().encode() + b"\n"


def from_line(line: bytes) -> Record:
    """Read a line of this version or an earlier one.

    Raises ``ValueError`` (pydantic's) for anything that is no record. Its text may quote the line,
    which holds a code: never log it.
    """
    record = _reader().validate_json(line)
    # Version 1 did not say so.
    return record if "v" in record.model_fields_set else record.model_copy(update={"v": 1})
