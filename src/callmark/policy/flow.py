"""One call as a state machine: events in, actions out; no clock, no I/O.

An adapter feeds :class:`CallFlow` what happens on the phone and carries out what comes back, in
order. Source: reference section 5 (outbound calls).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from callmark.policy.numbering import CallType, Classification
from callmark.policy.prompts import Prompt
from callmark.policy.settings import EffectiveSettings, code_requirement

FIRST_DIGIT_SECONDS = 10.0
BETWEEN_DIGITS_SECONDS = 5.0
TERMINATOR = "#"


class Outcome(StrEnum):
    """How Callmark left the call."""

    NOT_GATED = "not_gated"
    CONNECTED = "connected"
    PROCEEDED = "proceeded_after_max_retries"
    ENDED = "ended_after_max_retries"
    ABANDONED = "abandoned"


class EntryResult(StrEnum):
    """What became of one entry. The wrong digits themselves are never kept."""

    ACCEPTED = "accepted"
    UNKNOWN_CODE = "unknown_code"
    WRONG_LENGTH = "wrong_length"
    NO_DIGITS = "no_digits"
    LOCKED_OUT = "locked_out"


@dataclass(frozen=True, slots=True)
class KnownCode:
    """An active account code's identity: its record id and its name."""

    id: str
    name: str


# --- events -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Digits:
    """The caller finished an entry; without digits it is silence (or a lone terminator).

    ``wrong_entries_left`` is what the lockout over calls still allows this user, now.
    """

    digits: str = field(repr=False)
    wrong_entries_left: int | None = None


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller hung up while Callmark had the call."""


Event = Digits | HungUp


# --- actions ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Play:
    """Play a prompt. ``wait`` False: go on at once and let it sound meanwhile."""

    prompt: Prompt
    wait: bool = True


@dataclass(frozen=True, slots=True)
class Collect:
    """Play a prompt that digits interrupt, collect an entry and report it as :class:`Digits`.

    The entry ends at ``max_digits``, at ``terminator`` or after silence (seconds).
    """

    prompt: Prompt | None
    max_digits: int
    first_digit_seconds: float = FIRST_DIGIT_SECONDS
    between_digits_seconds: float = BETWEEN_DIGITS_SECONDS
    terminator: str = TERMINATOR


@dataclass(frozen=True, slots=True)
class Attempted:
    """An entry was judged; goes on the call's record. ``counts_as_guess``: towards the lockout."""

    result: EntryResult
    counts_as_guess: bool = False


@dataclass(frozen=True, slots=True)
class Tag:
    """Write this code on the call's record. ``known`` is None for an unvalidated, unlisted code."""

    code: str = field(repr=False)
    known: KnownCode | None


@dataclass(frozen=True, slots=True)
class Connect:
    """Let the call through."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class End:
    """End the call (or, for :attr:`Outcome.ABANDONED`, note that the caller ended it)."""

    outcome: Outcome


Action = Play | Collect | Attempted | Tag | Connect | End


class FlowError(Exception):
    """An adapter sent an event that cannot happen now: a defect in the adapter."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """All a call's flow needs to know. ``codes`` maps active codes' digits to their identity."""

    settings: EffectiveSettings
    classification: Classification
    codes: Mapping[str, KnownCode] = field(repr=False)
    wrong_entries_left: int | None = None


def judge_entry(
    digits: str, settings: EffectiveSettings, codes: Mapping[str, KnownCode]
) -> EntryResult:
    """Judge one entry. Digits are ASCII 0-9; anything else in it makes it unknown."""
    if not digits:
        return EntryResult.NO_DIGITS
    if len(digits) != settings.code_length:
        return EntryResult.WRONG_LENGTH
    if settings.switches.validate:
        return EntryResult.ACCEPTED if digits in codes else EntryResult.UNKNOWN_CODE
    is_number = digits.isascii() and digits.isdigit()
    return EntryResult.ACCEPTED if is_number else EntryResult.UNKNOWN_CODE


@dataclass(frozen=True, slots=True)
class SuspendedFlow:
    """A call that waits for an entry, as far as it has come; holds no digits."""

    wrong_entries: int
    why: tuple[str, ...]


class _State(StrEnum):
    NEW = "new"
    COLLECTING = "collecting"
    FINISHED = "finished"


class CallFlow:
    """The flow of one outbound call, from the number dialled to connect or end.

    Call :meth:`start` once, then :meth:`receive` with what each :class:`Collect` brought.
    ``why`` grows with the reasons, for the record and the simulator.
    """

    def __init__(self, context: CallContext) -> None:
        self._context = context
        self._state = _State.NEW
        self._wrong_entries = 0
        self.outcome: Outcome | None = None
        self.why: list[str] = list(context.classification.why)

    @classmethod
    def resume(cls, context: CallContext, suspended: SuspendedFlow) -> "CallFlow":
        """Go on with a call that :meth:`suspend` left waiting for an entry."""
        flow = cls(context)
        flow._state = _State.COLLECTING
        flow._wrong_entries = suspended.wrong_entries
        flow.why = list(suspended.why)
        return flow

    def suspend(self) -> SuspendedFlow:
        """What must be kept between two entries when no adapter stays with the call."""
        if self._state is not _State.COLLECTING:
            raise FlowError(f"suspend() while the call is {self._state}")
        return SuspendedFlow(self._wrong_entries, tuple(self.why))

    @property
    def classification(self) -> Classification:
        """What the dialled number was found to be."""
        return self._context.classification

    @property
    def finished(self) -> bool:
        """Whether the flow has connected or ended the call."""
        return self._state is _State.FINISHED

    def start(self) -> tuple[Action, ...]:
        """The number was dialled: connect at once, or ask for a code."""
        if self._state is not _State.NEW:
            raise FlowError("start() was called twice on one call")
        requirement = code_requirement(self._context.settings, self._context.classification)
        self.why.append(requirement.why)
        if not requirement.required or self._is_emergency:
            return (self._connect(Outcome.NOT_GATED),)
        if self._validates and self._context.wrong_entries_left == 0:
            return self._fail_locked_out()
        self._state = _State.COLLECTING
        return (self._collect(Prompt.ENTER_CODE),)

    def receive(self, event: Event) -> tuple[Action, ...]:
        """An entry was made, or the caller hung up; also while the last prompts play."""
        if isinstance(event, HungUp):
            return (End(self.hang_up()),)
        if self._state is not _State.COLLECTING:
            raise FlowError(f"{type(event).__name__} while the call is {self._state}")
        if self._validates and event.wrong_entries_left == 0:
            return self._fail_locked_out()
        result = judge_entry(event.digits, self._context.settings, self._context.codes)
        if result is EntryResult.ACCEPTED:
            return self._accept(event.digits)
        return self._refuse(result, event.wrong_entries_left)

    def hang_up(self) -> Outcome:
        """The caller hung up before the call went on: abandoned, unless it was to end anyway."""
        if self._state is _State.NEW:
            raise FlowError("a call hung up before start()")
        if self.outcome is not Outcome.ENDED:
            self.why.append("the caller hung up before the call could go on")
            self._finish(Outcome.ABANDONED)
        return self.outcome or Outcome.ABANDONED

    @property
    def _is_emergency(self) -> bool:
        # Said twice on purpose: no change to the settings' rules may ever gate these calls.
        return self._context.classification.call_type is CallType.EMERGENCY

    @property
    def _validates(self) -> bool:
        return self._context.settings.switches.validate

    def _collect(self, prompt: Prompt) -> Collect:
        return Collect(prompt, max_digits=self._context.settings.code_length)

    def _accept(self, digits: str) -> tuple[Action, ...]:
        known = self._context.codes.get(digits)
        self.why.append(
            "the entry is one of the account's codes"
            if self._validates
            else "the entry has the right length; codes are not validated"
        )
        return (
            Attempted(EntryResult.ACCEPTED),
            Tag(digits, known),
            Play(Prompt.SPLASH, wait=False),
            self._connect(Outcome.CONNECTED),
        )

    def _refuse(self, result: EntryResult, left_over_calls: int | None) -> tuple[Action, ...]:
        self._wrong_entries += 1
        limit = self._context.settings.max_retries
        attempted = Attempted(result, counts_as_guess=self._validates)
        self.why.append(f"wrong entry {self._wrong_entries} of {limit}: {_RESULT_WORDS[result]}")
        if self._wrong_entries >= limit:
            return (attempted, *self._fail(Prompt.MAX_ATTEMPTS))
        if self._validates and left_over_calls is not None and left_over_calls <= 1:
            return (attempted, *self._fail_locked_out())
        prompt = Prompt.WRONG_LENGTH if result is EntryResult.WRONG_LENGTH else Prompt.INVALID_ENTRY
        return (attempted, self._collect(prompt))

    def _fail_locked_out(self) -> tuple[Action, ...]:
        self.why.append("locked out: too many wrong entries over this user's recent calls")
        return (Attempted(EntryResult.LOCKED_OUT), *self._fail(Prompt.LOCKED_OUT))

    def _fail(self, prompt: Prompt) -> tuple[Action, ...]:
        if self._context.settings.switches.proceed_after_max_retries:
            self.why.append("'Allow call to proceed after max retries' is on: connected untagged")
            return (Play(prompt), self._connect(Outcome.PROCEEDED))
        self.why.append("'Allow call to proceed after max retries' is off: the call ends")
        return (Play(prompt), Play(Prompt.GOODBYE), self._end(Outcome.ENDED))

    def _connect(self, outcome: Outcome) -> Connect:
        self._finish(outcome)
        return Connect(outcome)

    def _end(self, outcome: Outcome) -> End:
        self._finish(outcome)
        return End(outcome)

    def _finish(self, outcome: Outcome) -> None:
        self._state = _State.FINISHED
        self.outcome = outcome


_RESULT_WORDS = {
    EntryResult.UNKNOWN_CODE: "not one of the account's codes",
    EntryResult.WRONG_LENGTH: "not the account's code length",
    EntryResult.NO_DIGITS: "nothing was entered",
}
