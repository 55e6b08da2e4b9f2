"""What one call counts as: in totals, and by itself, for reports that look at calls."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Case, CharField, Q, Value, When

from callmark.calls.models import Call, CountedCall, Direction, TagState
from callmark.calls.models.totals import NOBODY
from callmark.calls.parties import other_party
from callmark.calls.rating import Priced
from callmark.calls.upserts import Prepared, put_each, to_put_values
from callmark.policy.values import value_class

NOTHING = Decimal(0)


class Amounts(NamedTuple):
    """What is added up, under the names of the totals' columns."""

    calls: int
    seconds: int
    billed_seconds: int
    cost: Decimal

    def plus(self, other: "Amounts") -> "Amounts":
        """Both together."""
        return Amounts(
            self.calls + other.calls,
            self.seconds + other.seconds,
            self.billed_seconds + other.billed_seconds,
            self.cost + other.cost,
        )

    def times(self, sign: int) -> "Amounts":
        """The same, or with -1 taken away."""
        if sign == 1:
            return self
        return Amounts(-self.calls, -self.seconds, -self.billed_seconds, -self.cost)


@value_class
class Counted:
    """What one call adds to totals."""

    account_id: UUID
    month: date
    day: date
    call_type: str
    direction: str
    account_code_lookup: str
    encrypted: str = field(compare=False, repr=False)
    account_code_name: str
    state: str
    who: UUID
    user_name: str
    amounts: Amounts
    started_at: datetime
    code_id: UUID | None
    party: str
    other_numbers: str
    seconds: int | None


class Row(NamedTuple):
    """What of a call decides what it counts as. What has a default, no cost or key depends on."""

    account_id: UUID
    billing_month: date | None
    day: date | None
    call_type: str
    direction: str
    account_code_lookup: str
    account_code_name: str
    not_billable: bool
    needs_code: bool
    user_id: UUID | None
    user_name: str
    seconds: int | None
    started_at: datetime
    e164: str
    disposition: str
    account_code_encrypted: str = ""
    simulated: bool = False
    code_id: UUID | None = None
    caller: str = ""
    number: str = ""
    dialed: str = ""

    @classmethod
    def of(cls, call: Call) -> "Row":
        """As the call in hand has it."""
        return cls(*(getattr(call, name) for name in cls._fields))

    @property
    def rated_by(self) -> tuple[object, ...]:
        """What of it decides what it costs."""
        return (
            self.account_id,
            self.day,
            self.started_at,
            self.e164,
            self.call_type,
            self.direction,
            self.seconds,
            self.disposition,
            self.simulated,
        )


def other_numbers(row: Row, party: str) -> str:
    """What else than the other party's number a number is looked for in, if that does not show it.

    Each stands behind a line feed; those that are written in full, with a plus, come last.
    """
    told = (row.dialed, row.number, *((row.e164,) if row.direction == Direction.INBOUND else ()))
    others = dict.fromkeys(one for one in told if one not in party)
    return "".join(f"\n{one}" for one in sorted(others, key=lambda one: one.startswith("+")))


_NOT_BILLABLE, _TAGGED, _TO_ASSIGN, _NONE = (
    str(one) for one in (TagState.NOT_BILLABLE, TagState.TAGGED, TagState.TO_ASSIGN, TagState.NONE)
)


def _state_of(row: Row) -> str:
    """How a call stands with codes, a value of :class:`TagState`."""
    if row.not_billable:
        return _NOT_BILLABLE
    if row.account_code_lookup:
        return _TAGGED
    return _TO_ASSIGN if row.needs_code else _NONE


STATE_OF_CALL = Case(
    When(not_billable=True, then=Value(_NOT_BILLABLE)),
    When(~Q(account_code_lookup=""), then=Value(_TAGGED)),
    When(needs_code=True, then=Value(_TO_ASSIGN)),
    default=Value(_NONE),
    output_field=CharField(),
)
"""The same for the database."""


Key = tuple[Any, ...]


def keys_of(row: Row) -> tuple[Key, Key, Key] | None:
    """Which totals (day's, code's, user's) of its account's month a call counts in.

    As :func:`counted` has it, for those who need nothing else: to rate a call again takes half as
    long without.
    """
    if row.simulated or row.billing_month is None or row.day is None:
        return None
    lookup, state = row.account_code_lookup, _state_of(row)
    return (
        (row.day, row.call_type, row.direction, state),
        (lookup, row.account_code_name if lookup else "", state),
        (row.user_id or NOBODY, row.user_name, state),
    )


def counted(row: Row | None, price: Priced | None) -> Counted | None:
    """What a call counts as; None: a test, no call, or one that is not counted yet."""
    if row is None or row.simulated or row.billing_month is None or row.day is None:
        return None
    lookup, party = row.account_code_lookup, other_party(row)
    return Counted(
        row.account_id,
        row.billing_month,
        row.day,
        row.call_type,
        row.direction,
        lookup,
        row.account_code_encrypted,
        row.account_code_name if lookup else "",
        _state_of(row),
        row.user_id or NOBODY,
        row.user_name,
        Amounts(
            1,
            row.seconds or 0,
            price.billed_seconds if price else 0,
            price.amount if price else NOTHING,
        ),
        row.started_at,
        row.code_id,
        party,
        other_numbers(row, party),
        row.seconds,
    )


def store_counted(calls: Mapping[UUID, Counted | None]) -> None:
    """Keep what calls count as, one by one; None: as nothing (any more)."""
    if gone := [pk for pk, one in calls.items() if one is None]:
        CountedCall.objects.of_every_account("of these calls").filter(pk__in=gone).delete()
    rows = [
        (
            pk,
            one.account_id,
            one.who,
            one.code_id,
            one.started_at,
            one.amounts.cost,
            one.day,
            one.month,
            one.seconds,
            one.amounts.billed_seconds,
            one.state,
            one.direction,
            one.call_type,
            one.party,
            one.other_numbers,
            one.account_code_lookup,
            one.user_name,
        )
        for pk, one in calls.items()
        if one is not None
    ]
    put_each(CountedCall, _COUNTED, rows)


_COUNTED = tuple(str(one.column) for one in CountedCall._meta.concrete_fields)


def to_store_costs(costs: Sequence[tuple[UUID, int, Decimal]]) -> Prepared:
    """What keeps other costs (billed seconds, amount) of calls that are counted."""
    return to_put_values(CountedCall, ("call_id", "billed_seconds", "cost"), costs)
