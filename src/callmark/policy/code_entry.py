"""Asking for an account code: the one machine that calls and star codes share.

Events in, actions out; no clock, no I/O. :class:`CodeEntry` knows how an entry is judged, how many
tries there are and when a user is locked out; what a finished entry means for the call is said by
the flows around it (:mod:`~callmark.policy.outbound`, :mod:`~callmark.policy.tagging`). Its moves
are the table :data:`MOVES`, of which docs/architecture.md shows a diagram.

Source: reference sections 5, 6 and 10.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from callmark.policy.code_use import UNLIMITED, KnownCode, may_use
from callmark.policy.numbering import CallType
from callmark.policy.offered import OfferedCode, TagOffered
from callmark.policy.prompt_options import SAME_CODE_KEY
from callmark.policy.prompts import Prompt
from callmark.policy.settings import EffectiveSettings
from callmark.policy.texts import Text
from callmark.policy.values import value_class

FIRST_DIGIT_SECONDS = 10.0
BETWEEN_DIGITS_SECONDS = 5.0
TERMINATOR = "#"


class EntryResult(StrEnum):
    """What became of one entry. The wrong digits themselves are never kept."""

    ACCEPTED = "accepted"
    UNKNOWN_CODE = "unknown_code"
    WRONG_LENGTH = "wrong_length"
    NO_DIGITS = "no_digits"
    NO_LAST_CODE = "no_last_code"
    DECLINED = "declined"
    LOCKED_OUT = "locked_out"


# --- events -----------------------------------------------------------------------------------


@value_class
class Digits:
    """The person finished an entry; without digits it is silence (or a lone terminator).

    ``wrong_entries_left`` is what the lockout over calls still allows this person, now;
    ``may_have_lost_digits`` says that our side was too slow to be sure to have heard all of them;
    ``at`` is when it was made (epoch seconds), for codes that have dates; ``terminated`` says that
    the terminator ended it, and not its length or silence.
    """

    digits: str = field(repr=False)
    wrong_entries_left: int | None = None
    may_have_lost_digits: bool = False
    at: float | None = None
    terminated: bool = False


@value_class
class HungUp:
    """The person hung up while Callmark had the line."""


Event = Digits | HungUp


# --- actions ----------------------------------------------------------------------------------


@value_class
class Play:
    """Play a prompt. ``wait`` False: go on at once and let it sound meanwhile."""

    prompt: Prompt
    wait: bool = True


@value_class
class Collect:
    """Play a prompt that digits interrupt, collect an entry and report it as :class:`Digits`.

    The entry ends at ``max_digits``, at ``terminator`` or after silence (seconds); ``alone`` is a
    key that is an entry of its own where it comes first, or ''.
    """

    prompt: Prompt | None
    max_digits: int
    first_digit_seconds: float = FIRST_DIGIT_SECONDS
    between_digits_seconds: float = BETWEEN_DIGITS_SECONDS
    terminator: str = TERMINATOR
    alone: str = ""


@value_class
class Attempted:
    """An entry was judged; goes on the leg's record. ``counts_as_guess``: towards the lockout.

    ``dialed``: it was dialed behind the number.
    """

    result: EntryResult
    counts_as_guess: bool = False
    dialed: bool = False


@value_class
class Tag:
    """Write this code on the leg's record. ``known`` is None for an unvalidated, unlisted code.

    ``dialed``: it was dialed behind the number.
    """

    code: str = field(repr=False)
    known: KnownCode | None
    dialed: bool = False


EntryAction = Play | Collect | Attempted | Tag | TagOffered


class FlowError(Exception):
    """An adapter sent an event that cannot happen now: a defect in the adapter."""


# --- the machine ------------------------------------------------------------------------------


class EntryState(StrEnum):
    """Where the asking stands."""

    NEW = "new"
    ASKING = "asking"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXHAUSTED = "exhausted"
    LOCKED_OUT = "locked out"
    LEFT = "left"


class Sign(StrEnum):
    """What an event amounts to."""

    BEGIN = "begin"
    RIGHT = "right entry"
    WRONG = "wrong entry"
    LAST_WRONG = "wrong entry, max retries reached"
    NO_CODE = "no code wanted"
    NO_GUESSES_LEFT = "too many wrong entries in recent calls"
    HUNG_UP = "hung up"


MOVES: Mapping[tuple[EntryState, Sign], EntryState] = {
    (EntryState.NEW, Sign.BEGIN): EntryState.ASKING,
    (EntryState.NEW, Sign.RIGHT): EntryState.ACCEPTED,
    (EntryState.NEW, Sign.WRONG): EntryState.ASKING,
    (EntryState.NEW, Sign.LAST_WRONG): EntryState.EXHAUSTED,
    (EntryState.NEW, Sign.NO_GUESSES_LEFT): EntryState.LOCKED_OUT,
    (EntryState.ASKING, Sign.RIGHT): EntryState.ACCEPTED,
    (EntryState.ASKING, Sign.WRONG): EntryState.ASKING,
    (EntryState.ASKING, Sign.LAST_WRONG): EntryState.EXHAUSTED,
    (EntryState.ASKING, Sign.NO_CODE): EntryState.DECLINED,
    (EntryState.ASKING, Sign.NO_GUESSES_LEFT): EntryState.LOCKED_OUT,
    (EntryState.ASKING, Sign.HUNG_UP): EntryState.LEFT,
}
"""Every move there is; anything else is a :class:`FlowError`."""


@value_class
class EntryTerms:
    """What entries are judged by. ``codes`` maps active codes' digits to their identity.

    ``wrong_entries_left``: what the lockout over calls allows before the first entry; None: no
    limit. ``after_wrong_length``: what is said of an entry that is too short. ``user_id``: who
    types, None where nobody knows. ``types``: what the call is; empty for a star code, which opens
    nothing. ``last_code``: the code that this person entered last, if any.
    """

    settings: EffectiveSettings
    codes: Mapping[str, KnownCode] = field(repr=False)
    wrong_entries_left: int | None = None
    after_wrong_length: Prompt = Prompt.WRONG_LENGTH
    user_id: str | None = None
    types: frozenset[CallType] = frozenset()
    last_code: OfferedCode | None = None

    @property
    def validates(self) -> bool:
        """Whether an entry must be one of the account's codes."""
        return self.settings.rules.validate

    @property
    def may_be_declined(self) -> bool:
        """Whether the terminator alone goes on without a code."""
        return self.settings.options.decline and not self.validates

    @property
    def takes_dialed_codes(self) -> bool:
        """Whether a code dialed behind the number counts."""
        return bool(self.settings.options.separator) and not self.validates

    def code(self, entry: Digits) -> KnownCode | None:
        """The code that was entered, if it may be used by this person, on this call, now."""
        known = self.codes.get(entry.digits)
        if known is None or known.use is UNLIMITED:
            return known
        return known if may_use(known, self.user_id, self.types, entry.at) else None


def judge_entry(entry: Digits, terms: EntryTerms, known: KnownCode | None) -> EntryResult:
    """Judge one entry. Digits are ASCII 0-9; anything else in it makes it unknown.

    ``known``: the code that it is, if it is one that may be used.
    """
    digits = entry.digits
    if not digits:
        return EntryResult.NO_DIGITS
    if len(digits) != terms.settings.code_length:
        return EntryResult.WRONG_LENGTH
    if terms.validates:
        return EntryResult.ACCEPTED if known is not None else EntryResult.UNKNOWN_CODE
    is_number = digits.isascii() and digits.isdigit()
    return EntryResult.ACCEPTED if is_number else EntryResult.UNKNOWN_CODE


@value_class
class SuspendedEntry:
    """An entry that is waited for, as far as it has come; holds no digits."""

    wrong_entries: int
    why: tuple[str, ...]


class CodeEntry:
    """Asks one person for a code until it is accepted, the tries are used up, or they hang up.

    Call :meth:`begin` once, then :meth:`receive` with what each :class:`Collect` brought. ``why``
    grows with the reasons.
    """

    def __init__(self, terms: EntryTerms) -> None:
        self._terms = terms
        self.state = EntryState.NEW
        self._dialed = False
        self.wrong_entries = 0
        self.why: list[str] = []

    @classmethod
    def resume(cls, terms: EntryTerms, suspended: SuspendedEntry) -> "CodeEntry":
        """Go on where :meth:`suspend` left off, waiting for an entry."""
        entry = cls(terms)
        entry.state = EntryState.ASKING
        entry.wrong_entries = suspended.wrong_entries
        entry.why = list(suspended.why)
        return entry

    def suspend(self) -> SuspendedEntry:
        """What must be kept between two entries when no adapter stays with the call."""
        if self.state is not EntryState.ASKING:
            raise FlowError(f"suspend() while the entry is {self.state}")
        return SuspendedEntry(self.wrong_entries, tuple(self.why))

    @property
    def finished(self) -> bool:
        """Whether nothing more is asked."""
        return self.state not in {EntryState.NEW, EntryState.ASKING}

    def begin(self, prompt: Prompt | None) -> tuple[EntryAction, ...]:
        """Ask for the first time, by this prompt or by silence."""
        if self._terms.validates and self._terms.wrong_entries_left == 0:
            return self._lock_out()
        self._move(Sign.BEGIN)
        return (self._ask(prompt),)

    def begin_with(self, dialed: Digits) -> tuple[EntryAction, ...]:
        """Begin with an entry that was dialed behind the number; a wrong one is asked again.

        Only on terms that take dialed codes.
        """
        if not self._terms.takes_dialed_codes:
            raise FlowError("a dialed code where none counts")
        self._dialed = True
        try:
            return self._judge(dialed)
        finally:
            self._dialed = False

    def tries(self, dialed: Digits) -> bool:
        """Whether a code dialed behind the number would be accepted."""
        terms = self._terms
        if not terms.takes_dialed_codes:
            return False
        return judge_entry(dialed, terms, terms.code(dialed)) is EntryResult.ACCEPTED

    def receive(self, event: Event) -> tuple[EntryAction, ...]:
        """An entry was made, or the person hung up."""
        if isinstance(event, HungUp):
            self._move(Sign.HUNG_UP)
            return ()
        if self.state is not EntryState.ASKING:
            raise FlowError(f"an entry while the entry is {self.state}")
        if self._terms.validates and event.wrong_entries_left == 0:
            return self._lock_out()
        if self._is_declined(event):
            return self._decline()
        if self._terms.settings.options.same_code and event.digits == SAME_CODE_KEY:
            return self._same_code(event)
        return self._judge(event)

    def _judge(self, event: Digits) -> tuple[EntryAction, ...]:
        known = self._terms.code(event)
        result = judge_entry(event, self._terms, known)
        if result is EntryResult.ACCEPTED:
            return self._accept(event.digits, known)
        return self._refuse(result, event)

    def _is_declined(self, event: Digits) -> bool:
        """The terminator alone. Behind digits that were lost on our side it says nothing."""
        alone = event.terminated and not event.digits and not event.may_have_lost_digits
        return alone and self._terms.may_be_declined

    def _decline(self) -> tuple[EntryAction, ...]:
        self._move(Sign.NO_CODE)
        self.why.append(Text("the caller wants no code, which the account allows"))
        return (Attempted(EntryResult.DECLINED),)

    def _same_code(self, event: Digits) -> tuple[EntryAction, ...]:
        """What may not be used on this call sounds like an unknown code, but guesses nothing."""
        last = self._terms.last_code
        if last is None or not last.accepted:
            return self._refuse(EntryResult.NO_LAST_CODE, event)
        self._move(Sign.RIGHT)
        self.why.append(Text("the same code as on the caller's last call"))
        return (Attempted(EntryResult.ACCEPTED), TagOffered(last))

    def _accept(self, digits: str, known: KnownCode | None) -> tuple[EntryAction, ...]:
        self._move(Sign.RIGHT)
        self.why.append(
            Text("the entry is one of the account's codes")
            if self._terms.validates
            else Text("the entry has the right length; codes are not validated")
        )
        if self._dialed:
            self.why.append(Text("it was dialed with the number"))
        accepted = Attempted(EntryResult.ACCEPTED, dialed=self._dialed)
        return (accepted, Tag(digits, known, self._dialed))

    def _refuse(self, result: EntryResult, event: Digits) -> tuple[EntryAction, ...]:
        self.wrong_entries += 1
        limit = self._terms.settings.max_retries
        attempted = Attempted(result, self._is_guess(result, event), self._dialed)
        self.why.append(
            Text(
                "wrong entry {entry} of {limit}: {result}",
                entry=self.wrong_entries,
                limit=limit,
                result=_RESULT_WORDS[result],
            )
        )
        if self.wrong_entries >= limit:
            self._move(Sign.LAST_WRONG)
            return (attempted, Play(Prompt.MAX_ATTEMPTS))
        left = event.wrong_entries_left
        if attempted.counts_as_guess and left is not None and left <= 1:
            return (attempted, *self._lock_out())
        self._move(Sign.WRONG)
        too_short = result is EntryResult.WRONG_LENGTH
        again = self._terms.after_wrong_length if too_short else Prompt.INVALID_ENTRY
        return (attempted, self._ask(again))

    def _is_guess(self, result: EntryResult, event: Digits) -> bool:
        """Without digits nothing is tried, and digits lost on our side are nobody's fault."""
        silent = result in {EntryResult.NO_DIGITS, EntryResult.NO_LAST_CODE}
        return self._terms.validates and not silent and not event.may_have_lost_digits

    def _lock_out(self) -> tuple[EntryAction, ...]:
        self._move(Sign.NO_GUESSES_LEFT)
        self.why.append(Text("locked out: too many wrong entries in this user's recent calls"))
        return (Attempted(EntryResult.LOCKED_OUT), Play(Prompt.LOCKED_OUT))

    def _ask(self, prompt: Prompt | None) -> Collect:
        alone = SAME_CODE_KEY if self._terms.settings.options.same_code else ""
        return Collect(prompt, max_digits=self._terms.settings.code_length, alone=alone)

    def _move(self, sign: Sign) -> None:
        try:
            self.state = MOVES[self.state, sign]
        except KeyError:
            raise FlowError(f"{sign} while the entry is {self.state}") from None


_RESULT_WORDS = {
    EntryResult.UNKNOWN_CODE: Text("not one of the account's codes"),
    EntryResult.WRONG_LENGTH: Text("not the account's code length"),
    EntryResult.NO_DIGITS: Text("nothing was entered"),
    EntryResult.NO_LAST_CODE: Text("no code of an earlier call may be used on this one"),
}
