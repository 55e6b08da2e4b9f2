"""Budgets and velocity limits: changed here, and counted from what is on record."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Count, F, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext

from callmark.accounts.changes import change
from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused, refuse_if_invalid
from callmark.accounts.versions import refuse_if_changed, version_of
from callmark.audit.actions import Action
from callmark.calls.calendars import calendar_of
from callmark.calls.models import Call, CallLimit, CodeTotal, DayTotal, Direction, UserTotal
from callmark.calls.models.calls import CODE_WAS_REQUIRED, CallOutcome
from callmark.codes.names import checked_name
from callmark.codes.stored_settings import settings_of
from callmark.money import stored
from callmark.policy import limits as policy
from callmark.policy.limits import NOBODY_IN_PARTICULAR, LimitOf, LimitPer, LimitUnit, WhenReached
from callmark.policy.values import value_class

MOST_LIMITS = 50
"""Of one account: every gate counts them again every few seconds."""

FIELDS = ("name", "scope", "user", "code", "call_type", "amount", "unit", "per", "warn_at", "then")
_WENT_ON = (
    *CODE_WAS_REQUIRED,
    CallOutcome.DECLINED,
    CallOutcome.NOT_GATED,
    CallOutcome.CONNECTED_WHILE_DOWN,
)


@value_class
class Used:
    """What was used of a limit from ``since`` until (not including) ``until``, by whose count.

    In :data:`callmark.policy.limits.SMALLEST` of the limit's unit.
    """

    since: datetime
    until: datetime
    amounts: Mapping[str, int]


def limits_of(account: Account) -> tuple[policy.Limit, ...]:
    """The account's limits as the policy's values."""
    return tuple(one.value for one in CallLimit.objects.of(account).order_by("created_at", "pk"))


def add_limit(account: Account, values: Mapping[str, Any], *, actor: User | None) -> CallLimit:
    """Limit calls from now on; what was used of the running period counts at once."""
    limit = CallLimit(account=account)
    with change(account, Action.LIMIT_ADDED, limit, actor=actor):
        settings_of(account, lock=True)
        if CallLimit.objects.of(account).count() >= MOST_LIMITS:
            raise Refused(
                gettext("An account can have {most} limits: remove one first.").format(
                    most=MOST_LIMITS
                )
            )
        _set(limit, values)
    return limit


def change_limit(
    limit: CallLimit,
    values: Mapping[str, Any],
    *,
    expected_version: str | None = None,
    actor: User | None,
) -> CallLimit:
    """Change a limit; what is left out stays. ``expected_version``: :func:`limit_version`."""
    with change(limit.account, Action.LIMIT_CHANGED, limit, actor=actor):
        refuse_if_changed(expected_version, limit_version(limit))
        _set(limit, values)
    return limit


def remove_limit(limit: CallLimit, *, actor: User | None) -> None:
    """Limit no longer, from the next call on."""
    with change(limit.account, Action.LIMIT_REMOVED, limit, actor=actor):
        limit.delete()


def limit_version(limit: CallLimit) -> str:
    """What changes whenever somebody changes a limit."""
    named = {"user": "user_id", "code": "code_id"}
    return version_of(limit, [named.get(name, name) for name in FIELDS])


def _set(limit: CallLimit, values: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in values:
            setattr(limit, name, values[name])
    limit.name = checked_name(limit.name, settings_of(limit.account).code_length)
    if limit.scope != LimitOf.USER:
        limit.user = None
    if limit.scope != LimitOf.CODE:
        limit.code = None
    _check(limit)
    refuse_if_invalid(lambda: limit.clean_fields(exclude=("account", "user", "code")))


def _check(limit: CallLimit) -> None:
    """What goes together: a month's is a budget, anything shorter is a velocity limit."""
    missing = (
        ("user", LimitOf.USER, gettext("Choose the user whose calls are limited.")),
        ("code", LimitOf.CODE, gettext("Choose the code whose calls are limited.")),
    )
    for name, of, message in missing:
        row = getattr(limit, name)
        if limit.scope == of and (row is None or row.account_id != limit.account_id):
            raise Refused(message, name)
    if limit.per == LimitPer.MONTH:
        if limit.unit == LimitUnit.CALLS or limit.call_type:
            raise Refused(
                gettext("A month's budget is minutes or money, of all outside calls."), "per"
            )
        if limit.scope == LimitOf.EACH_USER:
            raise Refused(
                gettext("A month's budget is the account's, one user's or one code's."), "scope"
            )
    elif limit.scope in (LimitOf.USER, LimitOf.CODE):
        raise Refused(gettext("A limit of one user or one code is a month's budget."), "per")
    if limit.unit == LimitUnit.MONEY:
        if limit.per != LimitPer.MONTH:
            raise Refused(gettext("A budget in money is a month's."), "per")
        if not limit.account.currency:
            raise Refused(
                gettext("Money is counted once the account has a currency and rates."), "unit"
            )
    if limit.scope == LimitOf.CODE and limit.then == WhenReached.ASK:
        raise Refused(gettext("A code's calls have a code already: warn, or refuse."), "then")


# --- what is used -----------------------------------------------------------------------------


def used_of(limit: CallLimit, now: datetime | None = None) -> Used:
    """What the records tell of a limit in its running period. ``limit.account`` is loaded."""
    now = now or timezone.now()
    since, until = _period(limit, now)
    if limit.per == LimitPer.MONTH:
        return Used(since, until, {NOBODY_IN_PARTICULAR: _of_month(limit, now)})
    calls = Call.objects.of(limit.account_id).filter(
        started_at__gte=since,
        started_at__lt=until,
        direction=Direction.OUTBOUND,
        simulated=False,
        outcome__in=_WENT_ON,
    )
    # Nothing is limited that may be an emergency.
    calls = calls.exclude(call_type="emergency")
    if limit.call_type:
        calls = calls.filter(call_type=limit.call_type)
    amount = Count("pk") if limit.unit == LimitUnit.CALLS else Sum("seconds", default=0)
    if limit.scope != LimitOf.EACH_USER:
        return Used(since, until, {NOBODY_IN_PARTICULAR: calls.aggregate(all=amount)["all"]})
    each = calls.exclude(user=None).order_by().values(who=F("user_id")).annotate(all=amount)
    return Used(since, until, {str(one["who"]): one["all"] for one in each})


def usage_of(account: Account) -> policy.Usage:
    """What the records tell now, for one call: of switches that ask over HTTP, and simulations."""
    read: dict[str, Used] = {}

    @cache
    def rows() -> dict[str, CallLimit]:
        every = CallLimit.objects.of(account).select_related("account")
        return {str(one.pk): one for one in every}

    def usage(limit: policy.Limit, whose: str) -> int | None:
        if limit.id not in rows():
            return None
        if limit.id not in read:
            read[limit.id] = used_of(rows()[limit.id])
        return read[limit.id].amounts.get(whose, 0)

    return usage


def used_of_every_account() -> dict[str, Used]:
    """What is used of every limit there is, by its id: what a gate decides by."""
    every = CallLimit.objects.of_every_account("the gate serves them all")
    return {str(one.pk): used_of(one) for one in every.select_related("account")}


@contextmanager
def one_moment() -> Iterator[None]:
    """What is read inside is as the database was when it began, whatever is written meanwhile."""
    with connection.cursor() as cursor:
        postgresql = connection.vendor == "postgresql"
        # Django's own transaction would, on SQLite, lock out those who write.
        cursor.execute(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if postgresql else "BEGIN DEFERRED"
        )
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def on_record(call_ids: list[str]) -> set[str]:
    """Which of these calls are on record by now."""
    every = Call.objects.of_every_account("a gate asks about the calls it has let go on")
    return {str(pk) for pk in every.filter(pk__in=call_ids).values_list("pk", flat=True)}


def _of_month(limit: CallLimit, now: datetime) -> int:
    """From the totals. A user's and a code's are all that is billed to them in the month."""
    days = calendar_of(limit.account)
    month = days.month_of(days.day_of(now))
    in_money = limit.unit == LimitUnit.MONEY
    if limit.scope == LimitOf.ACCOUNT:
        by_day = DayTotal.objects.of(limit.account_id).filter(
            day__gte=month.first, day__lt=month.next.first, direction=Direction.OUTBOUND
        )
        totals: QuerySet[Any] = by_day.exclude(call_type="emergency")
    elif limit.code is not None:
        totals = CodeTotal.objects.of(limit.account_id).filter(
            month=month.first, account_code_lookup=limit.code.code_lookup
        )
    else:
        of_user = UserTotal.objects.of(limit.account_id)
        totals = of_user.filter(month=month.first, who=str(limit.user_id))
    amount = totals.aggregate(all=Sum("cost" if in_money else "seconds"))["all"] or 0
    return stored(amount) if in_money else int(amount)


def _period(limit: CallLimit, now: datetime) -> tuple[datetime, datetime]:
    """The running period, in UTC. An hour is one of the clock, also where clocks are changed."""
    if limit.per == LimitPer.HOUR:
        since = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return since, since + timedelta(hours=1)
    days = calendar_of(limit.account)
    today = days.day_of(now)
    if limit.per == LimitPer.DAY:
        return days.begins(today), days.begins(today + timedelta(days=1))
    month = days.month_of(today)
    return days.begins(month.first), days.begins(month.next.first)
