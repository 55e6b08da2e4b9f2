"""Calls as CSV, line by line: the month's calls of a large firm need no more memory than one."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from django.db.models import QuerySet

from callmark.calls.models import Call, Direction
from callmark.codes.secrecy import masked
from callmark.csv_files import csv_line

_READ_AT_ONCE = 500


def csv_lines(calls: QuerySet[Call], *, zone: tzinfo, with_codes: bool) -> Iterator[str]:
    """The header, then a line for each call, in the queryset's order.

    Times are local to ``zone``, as spreadsheets read them; codes are masked without ``with_codes``.
    """
    yield csv_line(_columns(zone))
    for call in calls.iterator(chunk_size=_READ_AT_ONCE):
        yield csv_line(_cells(call, zone, with_codes=with_codes))


def _columns(zone: tzinfo) -> tuple[str, ...]:
    return (
        f"started ({zone})",
        "user",
        "direction",
        "caller",
        "dialed",
        "number",
        "call type",
        "outcome",
        "account code",
        "account code name",
        "entered",
        f"answered ({zone})",
        f"ended ({zone})",
        "seconds",
        "disposition",
        "switch",
        "test call",
        "id",
        "payer",
        "leg",
        "conversation",
        "clean number",
    )


def _cells(call: Call, zone: tzinfo, *, with_codes: bool) -> tuple[str, ...]:
    code = call.account_code
    return (
        _local(call.started_at, zone),
        call.payer_name,
        call.get_direction_display(),
        call.caller,
        call.dialed,
        call.e164,
        call.get_call_type_display(),
        call.get_outcome_display(),
        code if with_codes else masked(code),
        call.account_code_name,
        call.get_entered_by_display(),
        _local(call.answered_at, zone),
        _local(call.ended_at, zone),
        "" if call.seconds is None else str(call.seconds),
        call.disposition,
        call.switch,
        "yes" if call.simulated else "no",
        str(call.pk),
        "" if call.direction == Direction.INBOUND else call.get_payer_display(),
        str(call.leg),
        call.linked_id,
        call.number,
    )


def _local(moment: datetime | None, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" if moment else ""
