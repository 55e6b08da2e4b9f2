"""A code that may be used on a leg without its digits being entered there: where it comes from."""

from dataclasses import field
from enum import StrEnum

from callmark.policy.code_use import KnownCode
from callmark.policy.values import value_class


class OfferedFrom(StrEnum):
    """Where a code comes from whose digits nobody enters on this leg."""

    CONVERSATION = "conversation"
    DEFAULT = "default_code"
    LAST_CALL = "last_call"
    KEPT = "kept"


@value_class
class OfferedCode:
    """A code that may be used without its digits being entered.

    ``accepted``: it would be accepted at this leg's prompt, now. ``sealed`` is the encrypted code,
    as records carry it: nothing here reads it.
    """

    source: OfferedFrom
    accepted: bool
    known: KnownCode | None
    sealed: str = field(repr=False)


@value_class
class TagOffered:
    """Write an offered code on the leg's record."""

    offered: OfferedCode
