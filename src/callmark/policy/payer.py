"""Who pays for a leg, and who can be asked for its code (reference 5a).

The payer is the authenticated party who asked for the destination. What a switch says about the
parties is :class:`AskedBy`; who they are is looked up by ``known``, so that nothing here knows
about databases or switches.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Generic, TypeVar

from callmark.policy.values import value_class

Party = TypeVar("Party")


@value_class
class AskedBy:
    """The endpoints that had a part in asking for a destination; '' where there was none.

    An endpoint is what the switch **authenticated** (for Asterisk, the name in the channel's name):
    never a caller ID, a header or anything else that a phone says about itself.
    """

    line: str = ""
    """Of the channel that waits for an answer: who is on the line and hears the prompts."""
    transferred_blind: str = ""
    """Who transferred that channel here without talking first (REFER, or the switch's feature)."""
    transferred_attended: str = ""
    """Who is transferring, and talks to the destination first. Where the channel has no device of
    its own, they are at its other end: they hear the prompts, and their keys arrive."""
    forwarded: str = ""
    """Whose phone (302) or whose forward in the switch sent the call on."""
    vouched_for: str = ""
    """Whom the operator's own configuration names. It may have been inherited from another leg, so
    it counts only where nothing above tells."""

    def first_to_last(self) -> tuple[tuple["Because", str], ...]:
        """All who may be the payer, the strongest first."""
        return (
            (Because.TRANSFERRED_BLIND, self.transferred_blind),
            (Because.TRANSFERRED_ATTENDED, self.transferred_attended),
            (Because.FORWARDED, self.forwarded),
            (Because.DIALED, self.line),
            (Because.VOUCHED_FOR, self.vouched_for),
        )


class Because(StrEnum):
    """Why somebody is the payer."""

    TRANSFERRED_BLIND = "transferred the call"
    TRANSFERRED_ATTENDED = "is transferring the call"
    FORWARDED = "forwards their calls here"
    DIALED = "dialed"
    VOUCHED_FOR = "is named by the switch's configuration"


@value_class
class Parties(Generic[Party]):
    """Who pays, why, and who can be asked; None where nobody of the account is."""

    payer: Party | None
    because: Because | None
    asked: Party | None


def parties(asked_by: AskedBy, known: Callable[[str], Party | None]) -> Parties[Party]:
    """The payer is the first that exists; anyone of the account who is on the line can be asked.

    A party that the switch names but that nobody here knows (an outsider's trunk) pays nothing and
    does not stand in for the next one's being asked: an unknown transferrer leaves the payer
    unknown, or transferring through an unlisted phone would move a call onto a colleague's bill.
    """
    on_the_line = known(asked_by.line) if asked_by.line else None
    vouched = known(asked_by.vouched_for) if asked_by.vouched_for else None
    for because, endpoint in asked_by.first_to_last():
        if not endpoint:
            continue
        party = known(endpoint)
        if party is None and because in {Because.DIALED, Because.VOUCHED_FOR}:
            continue
        listens = party if because is Because.TRANSFERRED_ATTENDED and not asked_by.line else None
        return Parties(party, because, _asked(because, on_the_line or listens, vouched))
    return Parties(None, None, None)


def _asked(because: Because, on_the_line: Party | None, vouched: Party | None) -> Party | None:
    if on_the_line is not None:
        return on_the_line
    # A channel without a device of its own, but one that the operator says somebody listens to.
    return vouched if because is Because.VOUCHED_FOR else None
