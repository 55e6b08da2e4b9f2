"""Tagging an answered call by star code: events in, actions out; the call itself is never ended.

Source: reference section 6.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from callmark.policy.flow import (
    Attempted,
    Collect,
    Digits,
    EntryResult,
    Event,
    HungUp,
    KnownCode,
    Play,
    Tag,
    judge_entry,
)
from callmark.policy.prompts import Prompt
from callmark.policy.settings import EffectiveSettings


@dataclass(frozen=True, slots=True)
class Resume:
    """Give the user back to the conversation."""


TaggingAction = Play | Collect | Attempted | Tag | Resume


@dataclass(frozen=True, slots=True)
class TaggingContext:
    """What tagging needs to know; the fields are those of :class:`~.flow.CallContext`."""

    settings: EffectiveSettings
    codes: Mapping[str, KnownCode] = field(repr=False)
    wrong_entries_left: int | None = None


class MidCallTagging:
    """One press of the star code. Only the user who dialled it hears anything.

    Wrong entries count towards the lockout as they do before a call: otherwise a cheap call would
    be a place to try codes for ever.
    """

    def __init__(self, context: TaggingContext) -> None:
        self._context = context
        self.wrong_entries = 0
        self.finished = False

    @classmethod
    def resume(cls, context: TaggingContext, wrong_entries: int) -> "MidCallTagging":
        """Go on with one that was left waiting for an entry, after so many wrong ones."""
        tagging = cls(context)
        tagging.wrong_entries = wrong_entries
        return tagging

    def start(self) -> tuple[TaggingAction, ...]:
        """The star code was dialled: collect at once, since the code often follows in one go."""
        if not self._context.settings.active:
            return self._resume()
        if self._validates and self._context.wrong_entries_left == 0:
            return self._locked_out()
        return (self._collect(None),)

    def receive(self, event: Event) -> tuple[TaggingAction, ...]:
        """An entry was made, or the user hung up."""
        if isinstance(event, HungUp):
            return self._resume()
        if self._validates and event.wrong_entries_left == 0:
            return self._locked_out()
        settings = self._context.settings
        result = judge_entry(event.digits, settings, self._context.codes)
        if result is EntryResult.ACCEPTED:
            known = self._context.codes.get(event.digits)
            tag = Tag(event.digits, known)
            return (Attempted(result), tag, Play(Prompt.SPLASH), *self._resume())
        return self._refuse(result, event)

    @property
    def _validates(self) -> bool:
        return self._context.settings.switches.validate

    def _collect(self, prompt: Prompt | None) -> Collect:
        return Collect(prompt, max_digits=self._context.settings.code_length)

    def _refuse(self, result: EntryResult, event: Digits) -> tuple[TaggingAction, ...]:
        self.wrong_entries += 1
        attempted = Attempted(result, counts_as_guess=self._validates)
        if self.wrong_entries >= self._context.settings.max_retries:
            return (attempted, Play(Prompt.MAX_ATTEMPTS), *self._resume())
        left = event.wrong_entries_left
        if self._validates and left is not None and left <= 1:
            return (attempted, *self._locked_out())
        return (attempted, self._collect(Prompt.INVALID_ENTRY))

    def _locked_out(self) -> tuple[TaggingAction, ...]:
        return (Attempted(EntryResult.LOCKED_OUT), Play(Prompt.LOCKED_OUT), *self._resume())

    def _resume(self) -> tuple[TaggingAction, ...]:
        self.finished = True
        return (Resume(),)
