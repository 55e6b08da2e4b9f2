"""How a leg ended, put together from what its sides report, in whatever order they come."""

from datetime import datetime

from callmark.calls.models import Call
from callmark.calls.records import LegEnded

ANSWERED = "ANSWERED"


def apply_end(call: Call, report: LegEnded) -> bool:
    """Put a report into ``call`` (not saved) if it tells more than what is there; whether it did.

    Of several reports the one counts that was answered; then the outside line's, for that is what
    is billed, also after the caller has left the conversation; then the later one. Talk begins with
    the first answer that any side knows of those that were talked on: a transfer makes a later one
    look like the first, and a line may have been answered only to ask for a code. The switch's own
    records know the outside line's whole talk, and need no other's word.
    """
    outranked = call.ended_at is not None and _rank(report) <= _rank_of(call, call.ended_at)
    if outranked and call.end_told_by == _CDR:
        return False
    if report.by == _CDR:
        answered, seconds = report.answered_at, report.seconds
    elif report.disposition != ANSWERED:
        answered, seconds = _earliest(call.answered_at, report.answered_at), report.seconds
        if outranked:
            if call.disposition == ANSWERED or answered == call.answered_at:
                return False
            call.answered_at = answered
            return True
    else:
        known = call.answered_at if call.disposition in {"", ANSWERED} else None
        answered = _earliest(known, report.answered_at)
        if outranked:
            if answered == call.answered_at:
                return False
            call.seconds = _talk(answered, call.ended_at, call.seconds or 0)
            call.answered_at = answered
            return True
        told = answered == report.answered_at
        seconds = report.seconds if told else _talk(answered, report.ended_at, report.seconds)
    call.ended_at, call.answered_at, call.seconds = report.ended_at, answered, seconds
    call.disposition, call.end_told_by = report.disposition, report.by
    return True


_CDR = "cdr"
_SIDES = {"caller": 0, "outside": 1, _CDR: 2}
_Rank = tuple[bool, int, datetime, str]


def _rank(report: LegEnded) -> _Rank:
    answered = report.disposition == ANSWERED
    return (answered, _SIDES[report.by], report.ended_at, report.disposition)


def _rank_of(call: Call, ended_at: datetime) -> _Rank:
    answered = call.disposition == ANSWERED
    return (answered, _SIDES.get(call.end_told_by, 0), ended_at, call.disposition)


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(one, other) if one and other else one or other


def _talk(answered: datetime | None, ended: datetime | None, otherwise: int) -> int:
    return max(0, int((ended - answered).total_seconds())) if answered and ended else otherwise
