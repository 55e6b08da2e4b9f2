"""Which calls to show: every filter of the call history (reference section 8)."""

from dataclasses import field, fields, replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import StrIndex, Substr
from django.db.models.lookups import Contains, Exact, In

from callmark.calls.learned import LearnedLater
from callmark.calls.models import OTHER_PARTY, Call, Direction
from callmark.containing import containing
from callmark.keys.installed import keyring
from callmark.policy.numbering.text import digits_of
from callmark.policy.values import value_class

_LOOKED_FOR = (
    "code_name",
    "call_type",
    "direction",
    "outcome",
    "payer",
    "number",
    "at_least_seconds",
    "at_most_seconds",
    "other_than_code_ids",
    "untagged",
    "nobody_named",
    "text",
)


@value_class
class CallFilter:
    """What each field leaves out is not filtered. ``until`` itself is not in the range.

    ``text`` is looked for in user, number and the code's name; never in digits, for it is in a URL.
    ``account_code`` is a whole code, and must never be in one; ``code_lookup`` is its hash.
    ``other_parties`` are whole numbers that the call was with; ``nobody_named`` is the name on
    calls of a user who was deleted ('': of nobody known). ``code_called`` and ``user_called`` are
    the whole names that the call has of its code and user. Seconds are of talk; a call whose
    seconds nobody has told is neither longer nor shorter than anything.
    """

    since: datetime | None = None
    until: datetime | None = None
    user_id: UUID | None = None
    user_ids: frozenset[UUID] = frozenset()
    code_id: UUID | None = None
    code_ids: frozenset[UUID] = frozenset()
    other_than_code_ids: frozenset[UUID] = frozenset()
    account_code: str = field(default="", repr=False)
    code_lookup: str | None = field(default=None, repr=False)
    code_name: str = ""
    code_called: str | None = None
    user_called: str | None = None
    untagged: bool | None = None
    to_assign: bool | None = None
    not_billable: bool | None = None
    billing_month: date | None = None
    call_type: str | None = None
    direction: str | None = None
    outcome: str | None = None
    payer: str | None = None
    number: str = ""
    other_parties: frozenset[str] = frozenset()
    nobody_named: str | None = None
    learned: LearnedLater | None = None
    at_least_seconds: int | None = None
    at_most_seconds: int | None = None
    simulated: bool | None = None
    text: str = ""

    def narrow(self, calls: QuerySet[Call]) -> QuerySet[Call]:
        """The calls that match, whatever their code's digits."""
        conditions = Q()
        for lookup, value in self._equalities().items():
            if value is not None:
                conditions &= Q(**{lookup: value})
        if self.user_ids:
            conditions &= Q(user_id__in=self.user_ids)
        if self.code_ids:
            conditions &= Q(code_id__in=self.code_ids)
        if self.other_than_code_ids:
            conditions &= Q(code_id__isnull=True) | ~Q(code_id__in=self.other_than_code_ids)
        if self.untagged is not None:
            untagged = Q(account_code_lookup="")
            conditions &= untagged if self.untagged else ~untagged
        if self.code_name:
            conditions &= containing("account_code_name", self.code_name)
        if self.number:
            conditions &= _has_number(self.number)
        if self.other_parties:
            conditions &= _was_with(self.other_parties)
        if self.nobody_named is not None:
            conditions &= Q(user_id__isnull=True, user_name=self.nobody_named)
        if self.learned is not None:
            conditions &= Q(pk__in=self.learned.ids())
        if self.text:
            conditions &= (
                _has_number(self.text)
                | containing("user_name", self.text)
                | containing("account_code_name", self.text)
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

    def number_counted(self) -> Q:
        """Of counted calls those in which :attr:`number` is, as :meth:`narrow` finds it."""
        part, in_full = _as_written(self.number)
        there = Q(party__contains=part) | Q(other_numbers__contains=part)
        if part == in_full:
            return there
        there |= Q(party__contains=in_full) & (_CAME_IN | _in_full("party"))
        # Those in full stand last.
        first = StrIndex("other_numbers", Value("\n+"))
        others = Contains(Substr("other_numbers", first), in_full)
        return there | Q(other_numbers__contains="\n+") & Q(others)

    def asks_only_for(self, names: frozenset[str]) -> bool:
        """Whether nothing but these fields is filtered."""
        nothing = CallFilter()
        return all(
            one.name in names or getattr(self, one.name) == getattr(nothing, one.name)
            for one in fields(self)
        )

    def by_index(self) -> "CallFilter":
        """What of it an index finds: the same filter without what must be looked for in rows."""
        nothing = CallFilter()
        return replace(self, **{name: getattr(nothing, name) for name in self._looked_for()})

    def by_looking(self) -> "CallFilter":
        """The rest of it: what must be looked for in rows, one by one."""
        return CallFilter(**{name: getattr(self, name) for name in self._looked_for()})

    def _looked_for(self) -> tuple[str, ...]:
        # Whether a call is a test is in no index, but hardly any is one. Where rows are looked at
        # anyway it is looked for as well: an index alone tells then how far that goes.
        nothing = CallFilter()
        looks = any(getattr(self, name) != getattr(nothing, name) for name in _LOOKED_FOR)
        return (*_LOOKED_FOR, "simulated") if looks else _LOOKED_FOR

    def without(self, name: str) -> "CallFilter":
        """The same filter without one of its conditions."""
        nothing = CallFilter()
        return replace(self, **{name: getattr(nothing, name)})

    def _equalities(self) -> dict[str, object]:
        return {
            "started_at__gte": self.since,
            "started_at__lt": self.until,
            "user_id": self.user_id,
            "code_id": self.code_id,
            "account_code_lookup": self.code_lookup,
            "account_code_name": self.code_called,
            "user_name": self.user_called,
            "needs_code": self.to_assign,
            "not_billable": self.not_billable,
            "billing_month": self.billing_month,
            "call_type": self.call_type,
            "direction": self.direction,
            "outcome": self.outcome,
            "payer": self.payer,
            "seconds__gte": self.at_least_seconds,
            "seconds__lte": self.at_most_seconds,
            "simulated": self.simulated,
        }


def _was_with(numbers: frozenset[str]) -> Q:
    if len(numbers) == 1:
        # As its index has it, in the order of the list.
        return Q(Exact(OTHER_PARTY, next(iter(numbers))))
    return Q(In(OTHER_PARTY, sorted(numbers)))


def _has_number(part: str) -> Q:
    """With this part of a number, however it is set apart: 212-555-0147 is in +12125550147.

    So is 020 7946 in +442079460138: where a number is written in full, the zero before it is not.
    """
    part, in_full = _as_written(part)
    there = Q(dialed__contains=part) | _CAME_IN & Q(caller__contains=in_full)
    if _has_letters(part):
        # A clean number has none.
        return there
    there |= Q(number__contains=part) | Q(e164__contains=in_full)
    if part == in_full:
        return there
    there |= Q(number__contains=in_full) & _in_full("number")
    return there | Q(dialed__contains=in_full) & _in_full("dialed")


def _in_full(name: str) -> Q:
    return Q(**{f"{name}__startswith": "+"})


def _as_written(part: str) -> tuple[str, str]:
    """A part of a number without what sets it apart, and as it is in a number written in full."""
    if _has_letters(part):
        return part, part
    part = digits_of(part) or part
    if len(part) >= _LONGER_THAN_A_ZERO and part[0] == "0" != part[1]:
        return part, part[1:]
    return part, part


def _has_letters(part: str) -> bool:
    return any(one.isalpha() for one in part)


_CAME_IN = Q(direction=Direction.INBOUND)
"""Then the other party's number is the caller's."""

_LONGER_THAN_A_ZERO = 5
"""Digits from which on a zero in front is taken for what is dialed before a number."""
