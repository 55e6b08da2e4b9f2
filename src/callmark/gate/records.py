"""What the gate writes down about a call, as plain values that survive JSON.

Times are ISO 8601 strings in UTC. An entry without digits beyond an accepted code: wrong digits are
never kept.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

Direction = Literal["outbound", "internal", "inbound"]


def call_record_id(switch: str, call_id: str) -> UUID:
    """The record's id, the same however often a switch reports the call."""
    return uuid5(NAMESPACE_URL, f"callmark:call:{switch}:{call_id}")


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One entry's result, when it was made, by what, and the name of the code if accepted."""

    result: str
    at: str
    entered_by: Literal["prompt", "star_code"] = "prompt"
    counts_as_guess: bool = False
    account_code_name: str = ""


@dataclass(frozen=True, slots=True)
class TagRecord:
    """The code written on the call, with its name as it was then ('' for an unlisted code).

    ``code`` is encrypted (:mod:`callmark.keys.keyring`), ``code_id`` None for an unlisted code.
    """

    code: str = field(repr=False)
    code_id: str | None
    code_name: str
    entered_by: Literal["prompt", "star_code"] = "prompt"


@dataclass(frozen=True, slots=True)
class CallDecided:
    """The gate connected or ended a call: the record that must be durable before it proceeds."""

    id: str
    switch: str
    call_id: str
    linked_id: str
    account_id: str
    user_id: str
    direction: Direction
    caller: str
    dialed: str
    e164: str | None
    call_type: str
    started_at: str
    outcome: str
    attempts: tuple[AttemptRecord, ...] = ()
    tag: TagRecord | None = None
    why: tuple[str, ...] = ()
    simulated: bool = False
    # As it was then: the user may be deleted before the record is stored.
    user_name: str = ""
    kind: Literal["decided"] = "decided"


@dataclass(frozen=True, slots=True)
class CallTagged:
    """A code entered by star code during a call, or refused attempts at it.

    ``extension`` is the user's who dialled it, ``tagged_at`` when.
    """

    id: str
    switch: str
    call_id: str
    linked_id: str
    account_id: str
    user_id: str
    extension: str
    tagged_at: str
    attempts: tuple[AttemptRecord, ...]
    tag: TagRecord | None
    user_name: str = ""
    kind: Literal["tagged"] = "tagged"


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The switch reports the end of a call. ``seconds`` is talk time after answer."""

    id: str
    ended_at: str
    answered_at: str | None
    seconds: int
    disposition: str
    kind: Literal["ended"] = "ended"


SpoolEntry = CallDecided | CallTagged | CallEnded


def to_json(entry: SpoolEntry) -> dict[str, Any]:
    """The entry as a JSON object; :func:`from_json` reads it back."""
    return asdict(entry)


def from_json(data: dict[str, Any]) -> SpoolEntry:
    """Read an entry that :func:`to_json` wrote. Raises ``ValueError`` for an unknown kind."""
    kind = data["kind"]
    if kind == "ended":
        return CallEnded(**data)
    if kind not in {"decided", "tagged"}:
        raise ValueError(f"unknown spool entry kind {kind!r}")
    values = dict(data)
    values["attempts"] = tuple(AttemptRecord(**attempt) for attempt in data["attempts"])
    values["tag"] = TagRecord(**data["tag"]) if data["tag"] else None
    if kind == "tagged":
        return CallTagged(**values)
    values["why"] = tuple(data["why"])
    return CallDecided(**values)
