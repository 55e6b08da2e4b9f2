"""One leg in the making: who pays, who is asked, under which rules; and its record.

The same for every switch: :class:`callmark.gate.gate.Gate` opens legs from its snapshot, call
control over HTTP from the database.
"""

from collections.abc import Iterable
from dataclasses import field, replace
from datetime import datetime

from callmark.calls.records import CodeTag, Direction, LegDecided, now
from callmark.gate.entries import Entries
from callmark.gate.last_codes import Remembered
from callmark.gate.snapshot import AccountPolicy, Caller, UserPolicy
from callmark.policy.code_entry import Digits, EntryResult, EntryTerms, judge_entry
from callmark.policy.code_use import KnownCode, may_use
from callmark.policy.limits import Usage, limit_reached, spent_codes, unknown
from callmark.policy.numbering import CallType, Classification
from callmark.policy.offered import OfferedCode, OfferedFrom
from callmark.policy.outbound import LegContext, Outcome, Unaskable
from callmark.policy.payer import Because, Parties
from callmark.policy.settings import EffectiveSettings
from callmark.policy.values import value_class


@value_class
class LegIdentity:
    """Which leg a record is about, by its own id and by the switch's."""

    id: str
    switch: str
    call_id: str
    leg: int
    conversation: str


@value_class
class Leg:
    """Everything about a leg that its record tells, but for how it went."""

    identity: LegIdentity
    account_id: str
    payer_id: str | None
    payer_name: str
    caller: str
    classification: Classification
    started_at: datetime
    simulated: bool = False

    def decided(self, outcome: str, why: Iterable[str], entries: Entries | None) -> LegDecided:
        """The record, as the leg was left by ``outcome``."""
        found, identity = self.classification, self.identity
        direction: Direction = "internal" if found.call_type is CallType.INTERNAL else "outbound"
        return LegDecided(
            id=identity.id,
            switch=identity.switch,
            call_id=identity.call_id,
            leg=identity.leg,
            linked_id=identity.conversation,
            account_id=self.account_id,
            user_id=self.payer_id,
            user_name=self.payer_name,
            payer="user" if self.payer_id else "unknown",
            direction=direction,
            caller=self.caller,
            dialed=found.dialed,
            number=found.number or "",
            e164=found.e164,
            call_type=found.call_type.value,
            started_at=self.started_at,
            outcome=outcome,
            attempts=tuple(entries.attempts) if entries else (),
            # A tag counts only once the call goes on with it.
            tag=entries.tag if entries and outcome in _TAGGED else None,
            why=tuple(why),
            simulated=self.simulated,
        )


_TAGGED = {Outcome.CONNECTED.value, Outcome.NOT_GATED.value}


def settings_of(account: AccountPolicy, payer: Caller | None) -> EffectiveSettings:
    """The rules a leg is under: the payer's, or the strictest where nobody knows the payer."""
    return account.strictest if payer is None else account.effective(payer.user)


@value_class
class Asked:
    """What is known of who is asked, beside the policy.

    ``entered`` is the code that the payer entered in the conversation; ``dialed`` what stood behind
    the number; ``last`` the code that was last entered by who is asked, where it may be used again.
    """

    wrong_entries_left: int | None = None
    entered: CodeTag | None = None
    dialed: str | None = field(default=None, repr=False)
    last: Remembered | None = None


def leg_context(
    account: AccountPolicy,
    found: Parties[Caller],
    classification: Classification,
    asked: Asked,
    usage: Usage = unknown,
) -> LegContext:
    """What the leg's flow needs. ``usage`` tells what is used of the account's limits."""
    asked_user = found.asked.user if found.asked else None
    settings = account.spoken_to(settings_of(account, found.payer), asked_user)
    terms = EntryTerms(
        settings,
        account.codes,
        asked.wrong_entries_left,
        user_id=asked_user.id if asked_user else None,
        types=classification.types,
    )
    at = now().timestamp()
    if asked.last is not None:
        terms = replace(
            terms, last_code=entered_again(OfferedFrom.LAST_CALL, asked.last, terms, at)
        )
    plan = found.payer.user.plan if found.payer else account.plan
    listed = account.number_list.deciding(classification, plan)
    payer_id = found.payer.user.id if found.payer else None
    context = LegContext(
        terms,
        classification,
        listed=listed,
        limit=limit_reached(account.limits, classification, payer_id, usage),
        spent=spent_codes(account.limits, usage),
        dialed=Digits(asked.dialed, asked.wrong_entries_left, at=at) if asked.dialed else None,
        kept=_kept(account, found, terms, asked.last, at),
    )
    if found.asked is not None and found.payer is not None:
        return context
    offered = _offered(account, terms, found.payer.user, asked.entered) if found.payer else ()
    why = _UNKNOWN if found.payer is None else _not_on_the_line(found)
    return replace(context, unaskable=Unaskable(why, account.unasked, offered))


def entered_again(
    source: OfferedFrom, last: Remembered, terms: EntryTerms, at: float
) -> OfferedCode:
    """The code as if its digits were entered now: judged by the same rules."""
    entry = Digits(last.digits, at=at)
    known = terms.code(entry)
    accepted = judge_entry(entry, terms, known) is EntryResult.ACCEPTED
    return OfferedCode(source, accepted, known, last.sealed)


def _kept(
    account: AccountPolicy,
    found: Parties[Caller],
    terms: EntryTerms,
    last: Remembered | None,
    at: float,
) -> OfferedCode | None:
    """The payer's own last code, while the account keeps it and nothing has happened to end it."""
    payer = found.payer.user if found.payer else None
    if last is None or payer is None or found.asked is None or found.asked.user.id != payer.id:
        return None
    ends_it = (last.locked_out_at, account.settings_saved_at, payer.settings_saved_at)
    if at - last.at >= 60.0 * account.options.kept_minutes or last.at <= max(ends_it):
        return None
    return entered_again(OfferedFrom.KEPT, last, terms, at)


def _offered(
    account: AccountPolicy, terms: EntryTerms, payer: UserPolicy, entered: CodeTag | None
) -> tuple[OfferedCode, ...]:
    """The conversation's code, if the payer entered it, and then the payer's default code."""

    def usable(code: KnownCode | None) -> KnownCode | None:
        at = now().timestamp()
        return code if code and may_use(code, payer.id, terms.types, at) else None

    codes = []
    if entered is not None:
        known = usable(account.active_codes_by_id.get(entered.code_id or ""))
        accepted = known is not None or not terms.validates
        codes.append(OfferedCode(OfferedFrom.CONVERSATION, accepted, known, entered.code))
    if (default := payer.default_code) is not None:
        accepted = usable(default) is not None
        sealed = payer.default_code_sealed
        codes.append(OfferedCode(OfferedFrom.DEFAULT, accepted, default, sealed))
    return tuple(codes)


_UNKNOWN = "caller unknown: no user has the phone that asks, so the account's strictest rules apply"


def _not_on_the_line(found: Parties[Caller]) -> str:
    assert found.payer is not None
    because = found.because or Because.DIALED
    return f"{found.payer.user.name} {because}, and nobody on the line can be asked for a code"
