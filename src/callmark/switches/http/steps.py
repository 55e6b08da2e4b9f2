"""The steps after the first, of a call and of a star code alike."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from callmark.switches.http.calls import CallQuestion
from callmark.switches.http.models import HttpCall
from callmark.switches.http.port import Step
from callmark.switches.http.question import (
    CallControlRefused,
    OneRow,
    Question,
    Row,
    one_at_a_time,
)
from callmark.switches.http.taggings import TaggingQuestion


@transaction.atomic
def enter_digits(row: Row, sequence: int, digits: str) -> Step:
    """Entry number ``sequence`` (from 1) was made; '' is silence. Again: the same answer."""
    row = locked(row)
    if str(sequence) in row.answers:
        return row.answer(str(sequence))
    if row.finished:
        word = "call" if isinstance(row, HttpCall) else "tagging"
        raise CallControlRefused(
            f"No code is asked for any more on this {word}: read its next action again.",
            None,
            code=f"{word}_finished",
        )
    expected = 1 + sum(name.isdigit() for name in row.answers)
    if sequence != expected:
        raise CallControlRefused(
            f"Number the entries from 1: the next one is {expected}.",
            "sequence",
            code="out_of_sequence",
        )
    answer = _resumed(row, digits).receive(sequence, digits)
    row.save()
    return answer


@transaction.atomic
def hang_up(row: Row) -> Step:
    """The user hung up, or took the call back; once all is decided it changes nothing."""
    row = locked(row)
    if not row.finished:
        record_hang_up(row)
    return row.answer()


def record_hang_up(row: Row) -> None:
    """Write down what waits for an entry as left; the row is locked."""
    _resumed(row).hang_up()
    row.save()


def locked(row: OneRow) -> OneRow:
    """The row, and its user's, for this transaction alone."""
    if row.user is not None:
        one_at_a_time(row.user)
    mine: QuerySet[Any] = type(row).objects.of(row.account_id).select_related("user__account")
    found: OneRow = mine.select_for_update(no_key=True, of=("self",)).get(pk=row.pk)
    return found


def _resumed(row: Row, digits: str = "") -> Question[Any, Any]:
    if isinstance(row, HttpCall):
        return CallQuestion.resumed(row, digits)
    return TaggingQuestion.resumed(row, digits)
