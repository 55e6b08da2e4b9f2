"""Counted calls of what was on record before they were kept, or when they are made anew."""

from typing import Any

from django.db import connection, transaction
from django.db.models import Case, CharField, Q, QuerySet, UUIDField, Value, When
from django.db.models.functions import Coalesce

from callmark.accounts.models import Account
from callmark.calls.calendars import hold_calendars
from callmark.calls.models import OTHER_PARTY, Call, CountedCall, Job, TagState
from callmark.calls.models.totals import NOBODY

GATHERED_AT_ONCE = 5000
"""A tenth of a second or so, in which nobody else changes a call of the account."""

STATE_OF_CALL = Case(
    When(not_billable=True, then=Value(TagState.NOT_BILLABLE.value)),
    When(~Q(account_code_lookup=""), then=Value(TagState.TAGGED.value)),
    When(needs_code=True, then=Value(TagState.TO_ASSIGN.value)),
    default=Value(TagState.NONE.value),
    output_field=CharField(),
)
"""What :class:`callmark.calls.models.TagState` a call is in, as totals count it."""

_OF_A_CALL: dict[str, Any] = {
    "state": STATE_OF_CALL,
    "who": Coalesce("user_id", Value(NOBODY, output_field=UUIDField())),
    "party": OTHER_PARTY,
    "billed_seconds": Coalesce("charge__billed_seconds", Value(0)),
    "cost": Coalesce("charge__amount", Value(0)),
}
"""What is not called the same in a call."""


def are_gathered(account: Account) -> bool:
    """Whether every call on record is among the counted ones."""
    return not Job.objects.of(account).filter(gathers=True).exists()


def gather_some(job: Job) -> bool:
    """Write the counted calls of the next calls, the oldest first; whether there are no more."""
    with transaction.atomic():
        hold_calendars([job.account_id], alone=True)
        calls = Call.objects.of(job.account_id).order_by("started_at")
        if job.cursor_at is not None:
            calls = calls.filter(started_at__gt=job.cursor_at)
        moments = calls.values_list("started_at", flat=True)
        last = moments[GATHERED_AT_ONCE - 1 : GATHERED_AT_ONCE].first() or moments.last()
        if last is None:
            return True
        write_missing(calls.filter(started_at__lte=last))
        job.cursor_at = last
        job.save(update_fields=["cursor_at"])
    return False


def gather_again(account: Account) -> None:
    """Make all counted calls of an account anew. Who asks holds the account."""
    CountedCall.objects.of(account).delete()
    write_missing(Call.objects.of(account).order_by("started_at"))


def write_missing(calls: QuerySet[Call]) -> None:
    """Write those of these calls that are not among the counted ones, by the database alone."""
    wanted = [one.attname for one in CountedCall._meta.concrete_fields]
    found = calls.filter(simulated=False, day__isnull=False, billing_month__isnull=False)
    # By other names, for a call has some of these itself.
    told = {f"of_{name}": value for name, value in _OF_A_CALL.items()}
    of_call = [f"of_{name}" if name in _OF_A_CALL else name for name in wanted]
    of_call[0] = "id"
    sql, arguments = found.annotate(**told).values_list(*of_call).query.sql_with_params()
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(one.column)) for one in CountedCall._meta.concrete_fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(CountedCall._meta.db_table)} ({columns}) "
            f"{sql} ON CONFLICT DO NOTHING",
            arguments,
        )
