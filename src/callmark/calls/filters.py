"""Which calls to show: every filter of the call history (reference section 8)."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from callmark.calls.models import Call, Direction
from callmark.keys.installed import keyring


@dataclass(frozen=True, slots=True)
class CallFilter:
    """What each field leaves out is not filtered. ``until`` itself is not in the range.

    ``text`` is looked for in user, number and the code's name; never in digits, for it is in a URL.
    """

    since: datetime | None = None
    until: datetime | None = None
    user_id: UUID | None = None
    code_id: UUID | None = None
    account_code: str = field(default="", repr=False)
    code_name: str = ""
    untagged: bool | None = None
    call_type: str | None = None
    direction: str | None = None
    outcome: str | None = None
    payer: str | None = None
    number: str = ""
    simulated: bool | None = None
    text: str = ""

    def narrow(self, calls: QuerySet[Call]) -> QuerySet[Call]:
        """The calls that match, whatever their code's digits."""
        conditions = Q()
        for lookup, value in self._equalities().items():
            if value is not None:
                conditions &= Q(**{lookup: value})
        if self.untagged is not None:
            untagged = Q(account_code_encrypted="")
            conditions &= untagged if self.untagged else ~untagged
        if self.code_name:
            conditions &= Q(account_code_name__icontains=self.code_name)
        if self.number:
            conditions &= _has_number(self.number)
        if self.text:
            conditions &= (
                _has_number(self.text)
                | Q(user_name__icontains=self.text)
                | Q(account_code_name__icontains=self.text)
            )
        return calls.filter(conditions)

    def with_code(self, calls: QuerySet[Call], account_id: UUID) -> QuerySet[Call]:
        """Like :meth:`narrow`, and with the digits asked for; for those who may see codes."""
        calls = self.narrow(calls)
        if not self.account_code:
            return calls
        return calls.filter(
            account_code_lookup__in=keyring().lookups(account_id, self.account_code)
        )

    def _equalities(self) -> dict[str, object]:
        return {
            "started_at__gte": self.since,
            "started_at__lt": self.until,
            "user_id": self.user_id,
            "code_id": self.code_id,
            "call_type": self.call_type,
            "direction": self.direction,
            "outcome": self.outcome,
            "payer": self.payer,
            "simulated": self.simulated,
        }


def _has_number(part: str) -> Q:
    # Of a call that came in, the other party's number is the caller's.
    came_in = Q(direction=Direction.INBOUND, caller__contains=part)
    return Q(dialed__contains=part) | Q(number__contains=part) | Q(e164__contains=part) | came_in
