"""How a leg ended, put together from what its sides report, in whatever order they come."""

from datetime import datetime

from callmark.calls.models import Call
from callmark.calls.records import LegEnded

ANSWERED = "ANSWERED"


def apply_end(call: Call, report: LegEnded) -> bool:
    """Put a report into ``call`` (not saved) if it tells more than what is there; whether it did.

    Of several reports the one counts that was answered; then the outside line's, for that is what
    is billed, also after the caller has left the conversation; then the later one. Talk begins with
    the first answer that any side knows: a transfer makes a later one look like the first.
    """
    known = call.ended_at
    answered = _earliest(call.answered_at, report.answered_at)
    if known is not None and _rank(report) <= _rank_of(call, known):
        changed = answered is not None and answered != call.answered_at
        if not changed or call.disposition != ANSWERED:
            return False
        call.answered_at = answered
        call.seconds = _talk(answered, known, call.seconds or 0)
        return True
    seconds = report.seconds
    if report.disposition == ANSWERED and answered != report.answered_at:
        seconds = _talk(answered, report.ended_at, seconds)
    call.ended_at = report.ended_at
    call.answered_at = answered if report.disposition == ANSWERED else report.answered_at
    call.seconds = seconds
    call.disposition = report.disposition
    call.end_told_by = report.by
    return True


def _rank(report: LegEnded) -> tuple[bool, bool, datetime]:
    return (report.disposition == ANSWERED, report.by == "outside", report.ended_at)


def _rank_of(call: Call, ended_at: datetime) -> tuple[bool, bool, datetime]:
    return (call.disposition == ANSWERED, call.end_told_by == "outside", ended_at)


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other


def _talk(answered: datetime | None, ended: datetime, otherwise: int) -> int:
    return max(0, int((ended - answered).total_seconds())) if answered else otherwise
