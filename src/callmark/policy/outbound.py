"""One leg, from the number dialed to connect or end: thin around :class:`~.code_entry.CodeEntry`.

A leg is one question: somebody (the payer) asks for a destination. Who can be asked for a code is
asked under the payer's rules; where nobody can, the conversation's code, the payer's default
code and the account's choice decide, in this order. Source: reference sections 5 and 5a.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from callmark.policy.code_entry import (
    CodeEntry,
    Digits,
    EntryAction,
    EntryState,
    EntryTerms,
    Event,
    FlowError,
    HungUp,
    Play,
    SuspendedEntry,
    Tag,
)
from callmark.policy.limits import Limit, WhenReached
from callmark.policy.number_list import ListedNumber
from callmark.policy.numbering import CallType, Classification
from callmark.policy.offered import OfferedCode, OfferedFrom, TagOffered
from callmark.policy.prompts import Prompt
from callmark.policy.settings import CodeRequirement, Unasked, code_requirement, lets_through
from callmark.policy.texts import Text
from callmark.policy.values import value_class


class Outcome(StrEnum):
    """How Callmark left the leg."""

    NOT_GATED = "not_gated"
    CONNECTED = "connected"
    DECLINED = "declined"
    PROCEEDED = "proceeded_after_max_retries"
    ENDED = "ended_after_max_retries"
    ABANDONED = "abandoned"
    LET_THROUGH = "let_through_unasked"
    REFUSED_UNASKED = "refused_unasked"
    REFUSED_NUMBER = "refused_number"
    REFUSED_LIMIT = "refused_limit"


GOES_ON = frozenset(
    {
        Outcome.NOT_GATED,
        Outcome.CONNECTED,
        Outcome.DECLINED,
        Outcome.PROCEEDED,
        Outcome.LET_THROUGH,
    }
)
"""Outcomes with which the switch places the call."""


@value_class
class Connect:
    """Let the call through."""

    outcome: Outcome


@value_class
class End:
    """End the call (or, for :attr:`Outcome.ABANDONED`, note that the caller ended it)."""

    outcome: Outcome


LegAction = EntryAction | Connect | End


@value_class
class Unaskable:
    """Nobody can be asked on this leg: why, what stands in, and what the account chose."""

    why: str
    choice: Unasked
    offered: tuple[OfferedCode, ...] = ()


@value_class
class LegContext:
    """All that a leg's flow needs to know. ``terms`` holds the payer's settings.

    ``unaskable`` is None when there is somebody on the line who can be asked. ``listed`` is the
    entry of the account's list of numbers that decides, if one does; ``limit`` a limit that is
    reached, if one is; ``spent`` are codes, by id, whose own is. ``dialed`` is what was dialed
    behind the number, if anything was; ``kept`` the code that the caller entered a while ago, where
    the account keeps it.
    """

    terms: EntryTerms
    classification: Classification
    unaskable: Unaskable | None = None
    listed: ListedNumber | None = None
    limit: Limit | None = None
    spent: Mapping[str, Limit] = field(default_factory=dict)
    dialed: Digits | None = None
    kept: OfferedCode | None = None


class OutboundFlow:
    """The flow of one leg. Call :meth:`start` once, then :meth:`receive` with each entry.

    ``why`` grows with the reasons, for the record and the simulator.
    """

    def __init__(self, context: LegContext, entry: CodeEntry | None = None) -> None:
        self._context = context
        self._entry = entry or CodeEntry(context.terms)
        self._why = list(context.classification.why)
        self._started = entry is not None
        self.outcome: Outcome | None = None

    @classmethod
    def resume(cls, context: LegContext, suspended: SuspendedEntry) -> "OutboundFlow":
        """Go on with a leg that :meth:`suspend` left waiting for an entry."""
        flow = cls(context, CodeEntry.resume(context.terms, suspended))
        flow._why = []
        return flow

    def suspend(self) -> SuspendedEntry:
        """What must be kept between two entries when no adapter stays with the call."""
        kept = self._entry.suspend()
        return SuspendedEntry(kept.wrong_entries, tuple(self.why))

    @property
    def why(self) -> list[str]:
        """The reasons so far."""
        return [*self._why, *self._entry.why]

    @property
    def classification(self) -> Classification:
        """What the number dialed was found to be."""
        return self._context.classification

    @property
    def finished(self) -> bool:
        """Whether the flow has connected or ended the call."""
        return self.outcome is not None

    def start(self) -> tuple[LegAction, ...]:
        """The number was dialed: connect at once, ask for a code, or refuse."""
        if self._started:
            raise FlowError("start() was called twice on one leg")
        self._started = True
        if self._is_emergency:
            self._why.append(
                code_requirement(self._context.terms.settings, self.classification).why
            )
            return (self._connect(Outcome.NOT_GATED),)
        if self.classification.number is None:
            self._why.append(Text("refused: no number can be made of it"))
            return (Play(Prompt.NUMBER_REFUSED), self._end(Outcome.REFUSED_NUMBER))
        limit = self._context.limit
        if limit is not None and limit.then is WhenReached.REFUSE:
            return self._over_the_limit(limit)
        requirement = self._requirement
        self._why.append(requirement.why)
        if not requirement.required:
            return (*self._tag_of_its_own(), self._connect(Outcome.NOT_GATED))
        if self._context.unaskable is not None:
            return self._without_asking(self._context.unaskable)
        return self._ask()

    def _ask(self) -> tuple[LegAction, ...]:
        """Ask, unless the caller has dialed the code already, or entered it a while ago."""
        dialed, kept = self._context.dialed, self._usable_kept
        if dialed is not None and self._context.terms.takes_dialed_codes:
            return self._onward(self._entry.begin_with(dialed))
        if kept is not None:
            self._why.append(_OFFERED_WORDS[OfferedFrom.KEPT])
            return (TagOffered(kept), self._connect(Outcome.CONNECTED))
        return self._onward(self._entry.begin(Prompt.ENTER_CODE))

    @property
    def _usable_kept(self) -> OfferedCode | None:
        kept, terms = self._context.kept, self._context.terms
        if kept is None or not kept.accepted or terms.wrong_entries_left == 0:
            return None
        return None if kept.known and kept.known.id in self._context.spent else kept

    def _tag_of_its_own(self) -> tuple[LegAction, ...]:
        """The code that was dialed with a number that needs none; a wrong one is nobody's loss."""
        dialed, settings = self._context.dialed, self._context.terms.settings
        if dialed is None or not settings.active or not self._entry.tries(dialed):
            return ()
        actions = self._entry.begin_with(dialed)
        return () if self._spent(actions) else actions

    def receive(self, event: Event) -> tuple[LegAction, ...]:
        """An entry was made, or the caller hung up; also while the last prompts play."""
        if isinstance(event, HungUp):
            return (End(self._hung_up()),)
        return self._onward(self._entry.receive(event))

    def _onward(self, actions: tuple[EntryAction, ...]) -> tuple[LegAction, ...]:
        """What the entry's state means for the leg."""
        match self._entry.state:
            case EntryState.ACCEPTED if spent := self._spent(actions):
                return (*actions, *self._over_the_limit(spent))
            case EntryState.ACCEPTED:
                splash = Play(Prompt.SPLASH, wait=False)
                return (*actions, splash, self._connect(Outcome.CONNECTED))
            case EntryState.DECLINED:
                return (*actions, self._connect(Outcome.DECLINED))
            case EntryState.EXHAUSTED | EntryState.LOCKED_OUT:
                return (*actions, *self._failed())
            case _:
                return actions

    def _spent(self, actions: tuple[EntryAction, ...]) -> Limit | None:
        """The limit that the accepted code has reached, if it has."""
        for action in actions:
            if isinstance(action, Tag | TagOffered):
                known = action.known if isinstance(action, Tag) else action.offered.known
                return self._context.spent.get(known.id) if known else None
        return None

    def _over_the_limit(self, limit: Limit) -> tuple[LegAction, ...]:
        self._entry.why.append(Text("refused: the limit '{name}' is reached", name=limit.name))
        refusal = (Play(Prompt.LIMIT_REACHED), Play(Prompt.GOODBYE))
        return (*refusal, self._end(Outcome.REFUSED_LIMIT))

    def _failed(self) -> tuple[LegAction, ...]:
        if self._context.terms.settings.rules.proceed_after_max_retries:
            self._entry.why.append(
                Text("'Allow call to proceed after max retries' is on: connected untagged")
            )
            return (self._connect(Outcome.PROCEEDED),)
        self._entry.why.append(
            Text("'Allow call to proceed after max retries' is off: the call ends")
        )
        return (Play(Prompt.GOODBYE), self._end(Outcome.ENDED))

    def _without_asking(self, unaskable: Unaskable) -> tuple[LegAction, ...]:
        self._why.append(unaskable.why)
        if tagged := self._tag_of_its_own():
            return (*tagged, self._connect(Outcome.CONNECTED))
        for offered in unaskable.offered:
            spent = self._context.spent.get(offered.known.id) if offered.known else None
            if spent is not None:
                self._why.append(
                    Text("a code that stands in is over its limit '{name}'", name=spent.name)
                )
            elif offered.accepted:
                self._why.append(_OFFERED_WORDS[offered.source])
                return (TagOffered(offered), self._connect(Outcome.CONNECTED))
        if lets_through(unaskable.choice, self.classification):
            self._why.append(
                Text("the account lets such calls through, for somebody to assign later")
            )
            return (self._connect(Outcome.LET_THROUGH),)
        self._why.append(Text("the account refuses such calls"))
        return (Play(Prompt.CALL_REFUSED), self._end(Outcome.REFUSED_UNASKED))

    def _hung_up(self) -> Outcome:
        """The caller hung up before the call went on: abandoned, unless it was to end anyway."""
        if not self._started:
            raise FlowError("a call hung up before start()")
        if self.outcome is None or self.outcome in GOES_ON:
            if not self._entry.finished and self._entry.state is not EntryState.NEW:
                self._entry.receive(HungUp())
            self._why = [*self.why, Text("the caller hung up before the call could go on")]
            self._entry.why = []
            self.outcome = Outcome.ABANDONED
        return self.outcome

    @property
    def _requirement(self) -> CodeRequirement:
        context = self._context
        settings = context.terms.settings
        found = code_requirement(settings, self.classification, context.listed)
        # A limit that asks: of whom account codes are on, and not of what never needs a code.
        if context.limit is None or not settings.active or context.listed is not None:
            return found
        why = Text("code required: the limit '{name}' is reached", name=context.limit.name)
        return found if found.required else CodeRequirement(True, why)

    @property
    def _is_emergency(self) -> bool:
        # Said twice on purpose: no change to the settings' rules may ever gate these calls.
        return self.classification.call_type is CallType.EMERGENCY

    def _connect(self, outcome: Outcome) -> Connect:
        self.outcome = outcome
        return Connect(outcome)

    def _end(self, outcome: Outcome) -> End:
        self.outcome = outcome
        return End(outcome)


_OFFERED_WORDS = {
    OfferedFrom.CONVERSATION: Text(
        "the code that the payer entered in this conversation covers it"
    ),
    OfferedFrom.DEFAULT: Text("the payer's default code covers it"),
    OfferedFrom.KEPT: Text("the code that the caller entered a while ago is kept, and covers it"),
}
