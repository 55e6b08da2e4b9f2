"""What one flow has brought so far, for the record: judged entries and the code that was taken."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from callmark.calls.records import Attempt, CodeTag, EnteredBy, now
from callmark.policy.code_entry import Attempted, EntryResult, Tag
from callmark.policy.code_use import KnownCode
from callmark.policy.offered import OfferedCode


class WrongEntryCounter(Protocol):
    """The lockout over calls, for one user."""

    def left(self) -> int | None:
        """Wrong entries left before the lockout, now."""

    def count(self, at: float) -> None:
        """Count one wrong entry, made at this moment (epoch seconds)."""


class Nobody:
    """The counter where nobody is asked."""

    def left(self) -> int | None:
        """No limit."""

    def count(self, at: float) -> None:
        """Nothing to count."""


class Entries:
    """Attempts and tag of one flow. ``seal`` encrypts a code; ``typed_by``, if not the payer."""

    def __init__(
        self,
        counter: WrongEntryCounter,
        entered_by: EnteredBy,
        seal: Callable[[str], str],
        typed_by: str | None = None,
    ) -> None:
        self._counter = counter
        self._entered_by = entered_by
        self._seal = seal
        self._typed_by = typed_by
        self.attempts: list[Attempt] = []
        self.tag: CodeTag | None = None

    def add_attempt(self, action: Attempted) -> None:
        """Note an entry's result and count a guess towards the lockout."""
        # One moment for the count and the record: they are told to be the same entry by it.
        at = now()
        guess = action.counts_as_guess
        self.attempts.append(
            Attempt(
                result=action.result,
                at=at,
                entered_by="dialed" if action.dialed else self._entered_by,
                counts_as_guess=guess,
                user_id=self._typed_by,
            )
        )
        if guess:
            self._counter.count(at.timestamp())

    def set_tag(self, action: Tag) -> None:
        """Note the accepted code."""
        known = action.known
        self.tag = CodeTag(
            code=self._seal(action.code),
            code_id=known.id if known else None,
            code_name=known.name if known else "",
            entered_by="dialed" if action.dialed else self._entered_by,
        )
        self._name_the_entry(known)

    def _name_the_entry(self, known: KnownCode | None) -> None:
        if known and self.attempts and self.attempts[-1].result is EntryResult.ACCEPTED:
            named = replace(self.attempts[-1], account_code_name=known.name)
            self.attempts[-1] = named

    def set_offered(self, offered: OfferedCode) -> None:
        """Note a code that stands in for an entry."""
        known = offered.known
        self.tag = CodeTag(
            code=offered.sealed,
            code_id=known.id if known else None,
            code_name=known.name if known else "",
            entered_by=offered.source.value,
        )
        self._name_the_entry(known)

    @property
    def are_own(self) -> bool:
        """Whether the tag is of a code that this person entered, now or a while ago."""
        kept = self.tag is not None and self.tag.entered_by == "kept"
        return kept or bool(self.attempts)

    def wrong_entries_left(self) -> int | None:
        """What the lockout over calls still allows, now."""
        return self._counter.left()
