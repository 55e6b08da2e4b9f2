"""Records of what a switch decided alone, told later by its own call detail records.

The same for every switch: who called is looked up by the endpoint, the number is judged as the gate
would have judged it, and what is recorded already is left as it is.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from callmark.accounts.models import Account
from callmark.calls.models import Call, CallOutcome
from callmark.calls.records import LegDecided
from callmark.gate.legs import Leg, LegIdentity
from callmark.gate.policy_cache import refresh
from callmark.gate.snapshot import Caller, Snapshot
from callmark.policy.numbering import (
    CallType,
    NumberingPlan,
    OwnNumbers,
    classify,
    take_apart,
)
from callmark.policy.values import value_class

CONNECTED_WHILE_DOWN = CallOutcome.CONNECTED_WHILE_DOWN.value
REFUSED_WHILE_DOWN = CallOutcome.REFUSED_WHILE_DOWN.value
WHILE_DOWN = frozenset({CONNECTED_WHILE_DOWN, REFUSED_WHILE_DOWN})
EMERGENCY = "emergency"
ASKED = "asked"

_OUTCOME = {
    EMERGENCY: CallOutcome.NOT_GATED.value,
    ASKED: CallOutcome.ABANDONED.value,
}
_WHY = {
    EMERGENCY: "emergency: the switch connects it before anything else, and nobody is asked",
    ASKED: "the caller hung up while Callmark could not be reached",
    **dict.fromkeys(WHILE_DOWN, "the switch decided: Callmark could not be reached"),
}


@dataclass(slots=True)
class ImportCounts:
    """Records that got an end, or a later one; calls added; outcomes that the switch corrected."""

    completed: int = 0
    added: int = 0
    corrected: int = 0

    def __str__(self) -> str:
        corrected = f", {self.corrected} corrected" if self.corrected else ""
        return f"{self.completed} completed, {self.added} added{corrected}"


@value_class
class Alone:
    """One leg that the switch decided: how, for which account (its short name), and who called.

    ``endpoint`` is the phone that pays, '' where nobody knows; ``caller`` is shown then.
    """

    outcome: str
    account: str
    number: str
    endpoint: str
    caller: str
    identity: LegIdentity
    started_at: datetime


class Callers:
    """Accounts and endpoints, read once and only when a call needs them."""

    def __init__(self, switch: str) -> None:
        self._switch = switch
        self._snapshot: Snapshot | None = None
        self._accounts: dict[str, Account] = {}

    @property
    def snapshot(self) -> Snapshot:
        """Everything a gate has in memory."""
        if self._snapshot is None:
            self._snapshot = refresh(Snapshot())
        return self._snapshot

    def account_id(self, slug: str) -> str | None:
        """The id of the account whose dialplan decided."""
        if slug and slug not in self._accounts:
            self._accounts |= {one.slug: one for one in Account.objects.filter(slug=slug)}
        account = self._accounts.get(slug)
        return str(account.pk) if account else None

    def decided(self, alone: Alone) -> LegDecided | None:
        """The leg's record; None for what no dialplan of ours decides, or an account unknown."""
        account_id = self.account_id(alone.account)
        if alone.outcome not in _WHY or account_id is None:
            return None
        caller = self._caller(alone.endpoint, account_id)
        plan = caller.user.plan if caller else self._plan(alone.account)
        # The switch keeps a code that was dialed with the number; the records do not.
        account = self.snapshot.account(alone.account)
        separator = account.options.separator if account else ""
        found = classify(take_apart(alone.number, separator, plan).number, plan)
        if alone.outcome == EMERGENCY:
            types = frozenset({CallType.EMERGENCY})
            found = replace(found, call_type=CallType.EMERGENCY, types=types)
        leg = Leg(
            identity=alone.identity,
            account_id=account_id,
            payer_id=caller.user.id if caller else None,
            payer_name=caller.user.name if caller else "",
            caller=caller.extension if caller else alone.caller,
            classification=found,
            started_at=alone.started_at,
        )
        outcome = _OUTCOME.get(alone.outcome, alone.outcome)
        return leg.decided(outcome, (*found.why, _WHY[alone.outcome]), None)

    def corrected(
        self, account_id: UUID, record_id: UUID, recorded: str, mark_outcome: str
    ) -> bool:
        """What became of a call whose gate died after writing its record: the switch decided."""
        if mark_outcome not in WHILE_DOWN or mark_outcome == recorded:
            return False
        call = Call.objects.of(account_id).get(pk=record_id)
        call.why = [*call.why, f"{_WHY[mark_outcome]} in time ({call.get_outcome_display()})"]
        call.outcome = mark_outcome
        call.save(update_fields=["outcome", "why"])
        return True

    def _plan(self, slug: str) -> NumberingPlan:
        """The plan of the account itself, where the caller is not known."""
        account = self._accounts[slug]
        own = OwnNumbers.of(account.own_numbers)
        return NumberingPlan(account.country, account.outside_prefix, own_numbers=own)

    def _caller(self, endpoint: str, account_id: str) -> Caller | None:
        """Whose endpoint it is now; another account's never counts."""
        found = self.snapshot.caller(self._switch, endpoint)
        return found if found and found.account.id == account_id else None
