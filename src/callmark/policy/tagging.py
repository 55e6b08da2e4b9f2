"""Tagging an answered call by star code: thin around :class:`~.code_entry.CodeEntry`.

Only the user who dialed the star code hears anything, and the call itself is never ended. Wrong
entries count towards the lockout as they do before a call: otherwise a cheap call would be a place
to try codes forever. What an account allows at the prompt (reference section 12) does not apply:
who dials the star code wants to enter a code, and nobody waits. Source: reference section 6.
"""

from dataclasses import replace

from callmark.policy.code_entry import (
    CodeEntry,
    EntryAction,
    EntryState,
    EntryTerms,
    Event,
    HungUp,
    Play,
    SuspendedEntry,
)
from callmark.policy.prompt_options import NO_OPTIONS
from callmark.policy.prompts import Prompt
from callmark.policy.values import value_class


@value_class
class Resume:
    """Give the user back to the conversation."""


TaggingAction = EntryAction | Resume


class TaggingFlow:
    """One press of the star code."""

    def __init__(self, terms: EntryTerms, suspended: SuspendedEntry | None = None) -> None:
        # Reference section 6 knows one prompt for a wrong entry during a call.
        settings = replace(terms.settings, options=NO_OPTIONS)
        terms = replace(terms, settings=settings, after_wrong_length=Prompt.INVALID_ENTRY)
        self._active = terms.settings.active
        self._entry = CodeEntry.resume(terms, suspended) if suspended else CodeEntry(terms)
        self.finished = False

    @classmethod
    def resume(cls, terms: EntryTerms, suspended: SuspendedEntry) -> "TaggingFlow":
        """Go on with one that :meth:`suspend` left waiting for an entry."""
        return cls(terms, suspended)

    def suspend(self) -> SuspendedEntry:
        """What must be kept between two entries when no adapter stays with the call."""
        return self._entry.suspend()

    @property
    def why(self) -> list[str]:
        """The reasons so far."""
        return list(self._entry.why)

    def start(self) -> tuple[TaggingAction, ...]:
        """The star code was dialed: collect at once, since the code often follows in one go."""
        if not self._active:
            return self._resume()
        return self._onward(self._entry.begin(None))

    def receive(self, event: Event) -> tuple[TaggingAction, ...]:
        """An entry was made, or the user hung up; also while the last prompt plays."""
        if isinstance(event, HungUp):
            if not self._entry.finished:
                self._entry.receive(event)
            return self._resume()
        return self._onward(self._entry.receive(event))

    def _onward(self, actions: tuple[EntryAction, ...]) -> tuple[TaggingAction, ...]:
        if not self._entry.finished:
            return actions
        if self._entry.state is EntryState.ACCEPTED:
            return (*actions, Play(Prompt.SPLASH), *self._resume())
        return (*actions, *self._resume())

    def _resume(self) -> tuple[TaggingAction, ...]:
        self.finished = True
        return (Resume(),)
