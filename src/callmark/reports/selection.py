"""Which calls a report is about, and whether totals can tell of them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Sum

from callmark.accounts.access import may_read_history
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.calls.calendars import calendar_of
from callmark.calls.filters import CallFilter
from callmark.calls.learned import adjustments_about, lookups_of
from callmark.calls.models import (
    Adjustment,
    Call,
    ClosedMonth,
    CodeTotal,
    CountedCall,
    DayTotal,
    Job,
    TagState,
    UserTotal,
)
from callmark.calls.on_record import are_gathered
from callmark.calls.periods import Calendar, Month, Period, Preset, month_period, period_of
from callmark.calls.queries import calls_of
from callmark.calls.sums import days_in_totals
from callmark.calls.whole_numbers import by_whole_number
from callmark.codes.models import AccountCode
from callmark.policy.texts import Text
from callmark.reports.definitions import Definition, Figures, What
from callmark.tariffs.queries import has_tariff

_PERIOD_ONLY = frozenset({"since", "until", "simulated", "billing_month"})

_FEW = 2_000
"""Calls that an index finds quicker than a month is read, also where each comes from the disk."""

_LOOKED_AT = 2_000
"""Calls of a month by which it is told how many of it are asked for."""
_MOST = 0.6
"""If this part of them or more is asked for, the others are taken from all."""

_OF_COUNTED = {
    "started_at__gte": "since",
    "started_at__lt": "until",
    "who": "user_id",
    "billing_month": "billing_month",
    "call_type": "call_type",
    "direction": "direction",
    "seconds__gte": "at_least_seconds",
    "seconds__lte": "at_most_seconds",
}
_COUNTED = frozenset(
    {*_OF_COUNTED.values(), "code_ids", "other_than_code_ids", "number", "other_parties"}
    | {"to_assign", "simulated"}
)

_SUMS = {
    "n": Sum("calls"),
    "talk": Sum("seconds"),
    "billed": Sum("billed_seconds"),
    "amount": Sum("cost"),
}


@dataclass(frozen=True)
class Selection:
    """Calls of an account, of those that a person may read (None: of all, for the account itself).

    ``month`` None: those that started in the period. Else those that are billed in that month, with
    what was learned later of others and is counted there, as the month's own figures have it.
    """

    account: Account
    person: User | None
    search: CallFilter
    period: Period
    month: date | None
    in_full: bool = False
    """Also where counted calls could tell, the calls themselves are read: for names and codes."""

    @cached_property
    def sees_all(self) -> bool:
        """Whether totals may be told to this person."""
        return self.person is None or may_read_history(self.person, self.account)

    @cached_property
    def month_totals_tell(self) -> bool:
        """Whether the totals of a month by code and by user know all that is asked."""
        told = _PERIOD_ONLY | {"to_assign"}
        return self.month is not None and self.sees_all and self.search.asks_only_for(told)

    @property
    def billed_in(self) -> date:
        """The month, where it is one."""
        assert self.month is not None
        return self.month

    def calls(self) -> QuerySet[Call]:
        """The calls themselves."""
        calls = Call.objects.of(self.account)
        if self.person is not None:
            calls = calls_of(self.account, self.person)
        return self.search.narrow(calls).order_by()

    def each(self) -> QuerySet[Any]:
        """The calls one by one: as they are counted, if that tells all that is asked."""
        counted = None if self.in_full else self.counted()
        return self.calls() if counted is None else counted

    def counted(self) -> QuerySet[CountedCall] | None:
        """These calls as they are counted; None: that does not tell all that is asked."""
        if not self._counted_tell or not are_gathered(self.account) or self._are_few:
            return None
        return CountedCall.objects.of(self.account).filter(self._of_counted()).order_by()

    @cached_property
    def left_out(self) -> QuerySet[CountedCall] | None:
        """Those of the month that are not asked for, as they are counted.

        None: they are most of it, or the month's totals know of other calls than are on record.
        """
        search, counted = self.search, CountedCall.objects.of(self.account)
        if self.month is None or self.month_totals_tell or self.in_full:
            return None
        if not self._counted_tell or search.to_assign:
            return None
        if search.user_id or search.code_ids or search.other_parties:
            return None  # They are few.
        of_month, asked = counted.filter(billing_month=self.month).order_by(), self._of_counted()
        # By their start, which an index knows: a month's own calls may lie anywhere.
        first = counted.filter(started_at__gte=self.period.since).order_by("started_at")
        is_asked = first.annotate(is_asked=ExpressionWrapper(asked, BooleanField()))
        some = list(is_asked.values_list("is_asked", flat=True)[:_LOOKED_AT])
        if len(some) < _LOOKED_AT or sum(map(bool, some)) < _MOST * len(some):
            return None
        return of_month.exclude(asked) if self.all_on_record else None

    @property
    def all_on_record(self) -> bool:
        """Whether the month's totals are those of the calls on record, but for what was learned."""
        if Job.objects.of(self.account).filter(batch=None, rerating=None).exists():
            return False  # They are being gathered, or brought to another calendar.
        if not ClosedMonth.objects.of(self.account).filter(month=self.billed_in).exists():
            return True
        # Of a closed month calls may have been deleted since: its totals stay.
        days = self.totals(DayTotal)
        on_record = CountedCall.objects.of(self.account).filter(billing_month=self.billed_in)
        return (days.aggregate(n=Sum("calls"))["n"] or 0) == on_record.count()

    @property
    def _counted_tell(self) -> bool:
        search = self.search
        return self.sees_all and search.simulated is False and search.asks_only_for(_COUNTED)

    def _of_counted(self) -> Q:
        search = self.search
        told = {name: getattr(search, of) for name, of in _OF_COUNTED.items()}
        if search.to_assign:
            told["state"] = TagState.TO_ASSIGN
        conditions = Q(**{name: value for name, value in told.items() if value is not None})
        if search.code_ids:
            conditions &= Q(code_id__in=search.code_ids)
        if search.other_than_code_ids:
            conditions &= Q(code_id=None) | ~Q(code_id__in=search.other_than_code_ids)
        if search.number:
            conditions &= search.number_counted()
        if search.other_parties:
            conditions &= Q(party__in=search.other_parties)
        return conditions

    @cached_property
    def _are_few(self) -> bool:
        """Whether these are so few calls of a user, codes or a number that their index is quicker.

        Of a number by all there are, of others by the totals of the period's months: which is read
        tells the same either way.
        """
        search, period = self.search, self.period
        if search.other_parties:
            with_it = CallFilter(other_parties=search.other_parties)
            found = with_it.narrow(Call.objects.of(self.account)).order_by()
            if found[:_FEW].count() < _FEW:
                return True
        if not search.user_id and not search.code_ids:
            return False
        totals: QuerySet[Any]
        if search.user_id:
            totals = UserTotal.objects.of(self.account).filter(who=search.user_id)
        else:
            totals = CodeTotal.objects.of(self.account)
            totals = totals.filter(
                account_code_lookup__in=lookups_of(self.account, search.code_ids)
            )
        calendar = calendar_of(self.account)
        if period.first is not None:
            totals = totals.filter(month__gte=calendar.month_of(period.first).first)
        if period.last is not None:
            totals = totals.filter(month__lte=calendar.month_of(period.last).first)
        return (totals.aggregate(n=Sum("calls"))["n"] or 0) < _FEW

    def day_totals(self) -> QuerySet[DayTotal] | None:
        """The totals by day of these calls; None: they cannot tell."""
        days = days_in_totals(self.search, self.account) if self.sees_all else None
        if days is None:
            return None
        wanted = {
            "day__gte": days[0],
            "day__lt": days[1],
            "month": self.search.billing_month,
            "call_type": self.search.call_type,
            "direction": self.search.direction,
        }
        told = {name: value for name, value in wanted.items() if value is not None}
        return DayTotal.objects.of(self.account).filter(**told).order_by()

    def learned_later(self, states: frozenset[TagState] = frozenset(TagState)) -> Figures:
        """What the month counts beside its own calls, and less what others count of them."""
        return sum((self._learned[one] for one in states if one in self._learned), Figures())

    def by_state(self) -> dict[TagState, Figures]:
        """What is billed in the month, by how it stands with codes.

        Of its days, and of what was learned later: hundreds of rows, which add up to the same as
        its totals by code, of which there may be 100,000.
        """
        found = self.by_state_of_days()
        return {
            state: found.get(state, Figures()) + self._learned.get(state, Figures())
            for state in {*found, *self._learned}
        }

    def totals(self, model: type[CodeTotal] | type[DayTotal] | type[UserTotal]) -> QuerySet[Any]:
        """The totals of this kind that the month has."""
        found: QuerySet[Any] = model.objects.of(self.account).filter(month=self.billed_in)
        return found.order_by()

    def by_state_of_days(self) -> dict[TagState, Figures]:
        """The same of the month's own calls, without what was learned later."""
        days = self.totals(DayTotal)
        return self._by_state(days)

    @cached_property
    def _learned(self) -> dict[TagState, Figures]:
        if self.month is None:
            return {}
        rows = self._adjustments()
        here = self._by_state(rows.filter(month=self.month))
        away = self._by_state(rows.filter(of_month=self.month), sign=-1)
        return {
            state: here.get(state, Figures()) + away.get(state, Figures())
            for state in {*here, *away}
        }

    def _by_state(self, rows: QuerySet[Any], sign: int = 1) -> dict[TagState, Figures]:
        return {
            TagState(row["state"]): Figures(
                sign * row["n"],
                sign * row["talk"],
                sign * row["billed"] if self.has_cost else None,
                sign * row["amount"] if self.has_cost else None,
            )
            for row in rows.order_by().values("state").annotate(**_SUMS)
        }

    @cached_property
    def currency(self) -> str:
        """What their cost is in: that of when the month closed; '' where they have none."""
        if self.month is not None:
            closed = ClosedMonth.objects.of(self.account).filter(month=self.month).first()
            if closed is not None:
                return closed.currency
        return self.account.currency if has_tariff(self.account) else ""

    @property
    def has_cost(self) -> bool:
        """Whether these calls have a cost: the account has rates, or had when the month closed."""
        return bool(self.currency)

    def _adjustments(self) -> QuerySet[Adjustment]:
        search = self.search
        rows = adjustments_about(
            self.account,
            user_id=search.user_id,
            code_ids=search.code_ids,
            other_than_code_ids=search.other_than_code_ids,
        )
        if not self.sees_all and self.person is not None:
            rows = rows.filter(who=self.person.pk)
        rest = search
        for name in ("billing_month", "user_id", "code_ids", "other_than_code_ids", "to_assign"):
            rest = rest.without(name)
        if rest.asks_only_for(_PERIOD_ONLY):
            return rows
        # One by one, for they are few: SQLite would find all such calls of all years first.
        its_call = Call.objects.of(self.account).filter(pk=OuterRef("call_id"))
        return rows.filter(Exists(rest.narrow(its_call)))


def period_asked(account: Account, asked: Definition, now: datetime) -> Period:
    """The days that a definition means at that moment."""
    calendar = calendar_of(account)
    return period_of(asked.preset, calendar, now, since=asked.since, until=asked.until)


def select(account: Account, asked: Definition, person: User | None, now: datetime) -> Selection:
    """The calls that a definition asks for. Raises :class:`Refused` for a code that is no more."""
    _refuse_unknown(account, asked)
    return _within(account, asked, person, period_asked(account, asked, now))


def before(selection: Selection, asked: Definition) -> Selection | None:
    """The same of the period before it, as long as this one; None: there is none."""
    period = _period_before(selection.period, calendar_of(selection.account))
    if period is None:
        return None
    return _within(selection.account, asked, selection.person, period)


def whole_month(period: Period, calendar: Calendar) -> Month | None:
    """The account's month that a period is."""
    if period.first is None or period.last is None:
        return None
    month = calendar.month_of(period.first)
    return month if (month.first, month.last) == (period.first, period.last) else None


def _within(account: Account, asked: Definition, person: User | None, period: Period) -> Selection:
    month = whole_month(period, calendar_of(account))
    search = CallFilter(
        since=None if month else period.since,
        until=None if month else period.until,
        billing_month=month.first if month else None,
        user_id=asked.user,
        code_ids=frozenset(asked.codes),
        other_than_code_ids=frozenset(asked.other_than_codes),
        number=asked.number,
        at_least_seconds=asked.at_least,
        at_most_seconds=asked.at_most,
        call_type=asked.call_type or None,
        direction=asked.direction or None,
        to_assign=True if asked.what is What.UNTAGGED else None,
        simulated=False,
    )
    # As the list of these calls does: a whole number finds its calls, and not what merely has it.
    search = by_whole_number(search, account)
    return Selection(account, person, search, period, month.first if month else None)


def _period_before(period: Period, calendar: Calendar) -> Period | None:
    if period.first is None or period.last is None:
        return None
    month = whole_month(period, calendar)
    if month is not None:
        return month_period(month.before, calendar)
    length = period.last - period.first + timedelta(days=1)
    try:
        first, last = period.first - length, period.last - length
        since, until = calendar.begins(first), calendar.begins(period.first)
    except OverflowError:
        return None
    return Period(Preset.CUSTOM, first, last, since, until)


def _refuse_unknown(account: Account, asked: Definition) -> None:
    ids = {*asked.codes, *asked.other_than_codes}
    if ids and AccountCode.objects.of(account).filter(pk__in=ids).count() < len(ids):
        raise Refused(Text("One of these account codes is not in the list (any more)."), "codes")
    if asked.user and not User.objects.of(account).filter(pk=asked.user).exists():
        raise Refused(Text("There is no such user (any more)."), "user")
