"""The month so far, and which accounts need a look: from totals, however many calls there are."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum, Window
from django.utils import timezone

from callmark.accounts.models import Account, User
from callmark.calls.calendars import calendar_of
from callmark.calls.models import (
    Call,
    CallAttempt,
    ClosedMonth,
    CodeTotal,
    DayTotal,
    TagState,
    UserTotal,
)
from callmark.calls.periods import Month
from callmark.calls.queries import lockout_rule, lockouts_of
from callmark.codes.models import AccountCode
from callmark.policy.values import value_class
from callmark.tariffs.queries import has_tariff


@value_class
class Day:
    """What was on one day of the account; ``to_assign`` are among the calls."""

    day: date
    calls: int = 0
    seconds: int = 0
    to_assign: int = 0


@value_class
class TopCode:
    """A code with many calls. ``code_id`` is None where it is not in the list (any more)."""

    name: str
    code_id: UUID | None
    calls: int
    seconds: int


@value_class
class MonthSoFar:
    """A month by the days on which calls started; ``days`` are all of them up to today."""

    month: Month
    days: list[Day]
    top: list[TopCode]
    cost: Decimal | None = None
    """None: the account has no tariff."""

    @property
    def calls(self) -> int:
        """Calls of all days."""
        return sum(day.calls for day in self.days)

    @property
    def seconds(self) -> int:
        """Talk time of all days."""
        return sum(day.seconds for day in self.days)

    @property
    def to_assign(self) -> int:
        """Those of the calls that should have a code and have none."""
        return sum(day.to_assign for day in self.days)


def month_so_far(account: Account, month: Month, *, most_codes: int = 5) -> MonthSoFar:
    """The account's month, up to today."""
    today = calendar_of(account).day_of(timezone.now())
    totals = DayTotal.objects.of(account).filter(day__gte=month.first, day__lte=month.last)
    rows = totals.values("day").order_by("day").annotate(
        of_calls=Sum("calls"),
        of_seconds=Sum("seconds"),
        waiting=Sum("calls", filter=Q(state=TagState.TO_ASSIGN)),
        of_cost=Sum("cost"),
    )  # fmt: skip
    found = {
        row["day"]: Day(row["day"], row["of_calls"], row["of_seconds"], row["waiting"] or 0)
        for row in rows
    }
    cost = sum((row["of_cost"] for row in rows), Decimal(0)) if has_tariff(account) else None
    days = [found.get(day, Day(day)) for day in month.days() if day <= today or day in found]
    return MonthSoFar(month, days, _top_codes(account, month, most_codes), cost)


def _top_codes(account: Account, month: Month, most: int) -> list[TopCode]:
    tagged = CodeTotal.objects.of(account).filter(month=month.first, state=TagState.TAGGED)
    # In the order of an index: of 100,000 codes nobody sorts all for five.
    rows = list(tagged.filter(calls__gt=0).order_by("-seconds", "account_code_name")[:most])
    codes = AccountCode.objects.of(account)
    lookups = {row.account_code_lookup for row in rows}
    ids = dict(codes.filter(code_lookup__in=lookups).values_list("code_lookup", "pk"))
    return [
        TopCode(row.account_code_name, ids.get(row.account_code_lookup), row.calls, row.seconds)
        for row in rows
    ]


@value_class
class UserSum:
    """All calls of a user in a month, with a code or without. ``who``: as totals have it."""

    who: UUID
    name: str
    calls: int
    seconds: int
    cost: Decimal


def users_of_month(account: Account, month: date, *, most: int) -> tuple[list[UserSum], int]:
    """Those who talked most in what is billed in a month, and how many more there are."""
    nothing = Q(calls=0, seconds=0, billed_seconds=0, cost=0)
    totals = UserTotal.objects.of(account).filter(month=month).exclude(nothing)
    by_user = totals.values("who", "user_name").order_by()
    sums = by_user.annotate(
        of_calls=Sum("calls"),
        of_seconds=Sum("seconds"),
        of_cost=Sum("cost"),
        # Of how many users, told with each: to count them would go through all totals again.
        of_users=Window(Count("*")),
    )
    rows = sums.order_by("-of_seconds", "user_name", "who").values_list(
        "who", "user_name", "of_calls", "of_seconds", "of_cost", "of_users"
    )
    found = list(rows[:most])
    shown = [UserSum(*row[:5]) for row in found]
    return shown, found[0][5] - len(shown) if found else 0


_A_YEAR = timedelta(days=365)


def unused_codes(account: Account) -> QuerySet[AccountCode]:
    """Active codes that are more than a year old, and that no call has had for a year."""
    since = timezone.now() - _A_YEAR
    calls = Call.objects.of(account).filter(
        account_code_lookup=OuterRef("code_lookup"), started_at__gt=since, simulated=False
    )
    codes = AccountCode.objects.of(account).filter(active=True, created_at__lt=since)
    return codes.filter(~Exists(calls))


def calls_to_assign(account: Account) -> int:
    """Calls of open months that should have a code and have none."""
    closed = ClosedMonth.objects.of(account).values("month")
    waiting = DayTotal.objects.of(account).filter(state=TagState.TO_ASSIGN)
    found = waiting.exclude(month__in=closed).aggregate(calls=Sum("calls"))
    return max(0, found["calls"] or 0)


def months_to_close(account: Account) -> list[Month]:
    """Months with calls that are over and open, the oldest first."""
    today = calendar_of(account).day_of(timezone.now())
    closed = ClosedMonth.objects.of(account).values("month")
    # Of all totals these are the fewest.
    with_calls = DayTotal.objects.of(account).filter(calls__gt=0).exclude(month__in=closed)
    firsts = with_calls.order_by().values_list("month", flat=True).distinct()
    months = [Month(first) for first in firsts]
    return sorted(month for month in months if month.next.first <= today)


def locked_out(account: Account) -> list[tuple[User, datetime]]:
    """Users of the account who are locked out now, and until when."""
    since = timezone.now() - timedelta(seconds=lockout_rule().remembered_seconds)
    recent = CallAttempt.objects.of(account).filter(counts_as_guess=True, at__gt=since)
    typed = recent.values_list("user_id", "call__user_id")
    ids = {typist or payer for typist, payer in typed.distinct().order_by()}
    users = {str(one.pk): one for one in User.objects.of(account).filter(pk__in=ids)}
    return [(users[pk], until) for pk, until in lockouts_of(users.values()).items()]


_QUIET = timedelta(days=4)
"""Without a call: a weekend and a holiday are no trouble."""


@value_class
class AccountHealth:
    """What an operator looks at first. ``untagged`` is a share of the calls that want a code."""

    last_day: date | None
    to_assign: int
    untagged: float

    @property
    def is_quiet(self) -> bool:
        """Whether an account that had calls has none any more: its switch may not be heard."""
        return self.last_day is not None and timezone.now().date() - self.last_day > _QUIET

    @property
    def untagged_percent(self) -> int:
        """The share as people read it."""
        return round(100 * self.untagged)

    @property
    def is_untagged(self) -> bool:
        """Whether so many calls lack a code that something is set up wrongly."""
        return self.to_assign >= 10 and self.untagged > 0.2

    @property
    def in_trouble(self) -> bool:
        """Whether the operator should have a look."""
        return self.is_quiet or self.is_untagged


def health_of(*, days: int = 30) -> dict[UUID, AccountHealth]:
    """How all accounts do, by their ids: the last day with calls, and the last days' tags."""
    every = DayTotal.objects.of_every_account("an operator sees how all of them do")
    totals = every.filter(calls__gt=0)
    since = timezone.now().date() - timedelta(days=days)
    recent = Q(day__gte=since)
    rows = totals.values("account_id").order_by().annotate(
        last=Max("day"),
        waiting=Sum("calls", filter=recent & Q(state=TagState.TO_ASSIGN)),
        tagged=Sum("calls", filter=recent & Q(state=TagState.TAGGED)),
    )  # fmt: skip
    found = {}
    for row in rows:
        waiting, tagged = row["waiting"] or 0, row["tagged"] or 0
        share = waiting / (waiting + tagged) if waiting else 0.0
        found[row["account_id"]] = AccountHealth(row["last"], waiting, share)
    return found
