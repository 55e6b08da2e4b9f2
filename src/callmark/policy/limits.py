"""Budgets and velocity limits: how much may be called in a period, and what then happens.

A budget is minutes or money in a month, of an account, a user or a code. A velocity limit is calls
or minutes in an hour or a day, of an account or of each of its users, perhaps of one type of calls:
what toll fraud runs into. Outside calls that go on are counted, by the one word of their type.

No limit is about an emergency or an internal call. One whose count is not known does not decide.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum

from callmark.policy.numbering import CallType, Classification
from callmark.policy.values import value_class


class LimitOf(StrEnum):
    """Whose calls are counted together."""

    ACCOUNT = "account"
    EACH_USER = "each_user"
    USER = "user"
    CODE = "code"


class LimitUnit(StrEnum):
    """What is counted."""

    CALLS = "calls"
    MINUTES = "minutes"
    MONEY = "money"


class LimitPer(StrEnum):
    """The period, in the account's time zone; a month is the account's."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class WhenReached(StrEnum):
    """What becomes of further calls, besides the warning."""

    WARN = "warn"
    ASK = "ask"
    REFUSE = "refuse"


SMALLEST = {LimitUnit.CALLS: 1, LimitUnit.MINUTES: 60, LimitUnit.MONEY: 10**6}
"""What is counted, in one of the unit: calls, seconds, millionths of the account's currency."""

NOBODY_IN_PARTICULAR = ""
_NEVER_ABOUT = frozenset({CallType.EMERGENCY, CallType.INTERNAL})


@value_class
class Limit:
    """One limit. ``who`` is the id of a user or a code, where it is about one.

    ``call_type`` None: all outside calls. ``warn_at`` is a percentage of ``amount``.
    """

    id: str
    name: str
    scope: LimitOf
    amount: int
    unit: LimitUnit
    per: LimitPer
    then: WhenReached = WhenReached.WARN
    who: str = NOBODY_IN_PARTICULAR
    call_type: CallType | None = None
    warn_at: int = 80

    @property
    def full(self) -> int:
        """The amount as it is counted (:data:`SMALLEST`)."""
        return self.amount * SMALLEST[self.unit]

    def concerns(self, found: Classification, user_id: str | None) -> bool:
        """Whether a call of this user (None: nobody knows whose) counts; a code's never here."""
        if found.types & _NEVER_ABOUT or found.number is None:
            return False
        if self.call_type is not None and self.call_type is not found.call_type:
            return False
        match self.scope:
            case LimitOf.ACCOUNT:
                return True
            case LimitOf.EACH_USER:
                return user_id is not None
            case LimitOf.USER:
                return user_id == self.who
            case LimitOf.CODE:
                return False

    def counted_for(self, user_id: str | None) -> str:
        """Whose count a user's call is in, where each has their own."""
        return user_id or "" if self.scope is LimitOf.EACH_USER else NOBODY_IN_PARTICULAR

    def steps_reached(self, used: int) -> tuple[int, ...]:
        """Of the percentages that are warned at, those that are reached; the highest first."""
        steps = sorted({100, self.warn_at}, reverse=True)
        return tuple(step for step in steps if used * 100 >= step * self.full)


Usage = Callable[[Limit, str], int | None]
"""What is used of a limit, by whose count (:data:`SMALLEST`); None: not known."""


def unknown(_limit: Limit, _whose: str) -> int | None:
    """The usage of which nothing is known: nothing is limited."""
    return None


def limit_reached(
    limits: Iterable[Limit], found: Classification, user_id: str | None, usage: Usage
) -> Limit | None:
    """The limit that decides about a call before it is asked anything; refusing before asking."""
    asks = None
    for limit in limits:
        if limit.then is WhenReached.WARN or not limit.concerns(found, user_id):
            continue
        used = usage(limit, limit.counted_for(user_id))
        if used is None or used < limit.full:
            continue
        if limit.then is WhenReached.REFUSE:
            return limit
        asks = asks or limit
    return asks


def spent_codes(limits: Iterable[Limit], usage: Usage) -> dict[str, Limit]:
    """Codes whose budget is used up and whose calls are refused then, by id."""
    spent = {}
    for limit in limits:
        if limit.scope is LimitOf.CODE and limit.then is WhenReached.REFUSE:
            used = usage(limit, NOBODY_IN_PARTICULAR)
            if used is not None and used >= limit.full:
                spent[limit.who] = limit
    return spent
