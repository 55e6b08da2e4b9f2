"""Records that came before what they are about, and what becomes of those that wait in vain."""

import logging
from datetime import timedelta

from django.db import DataError, IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from callmark.accounts.models import Account
from callmark.calls.ids import inbound_id
from callmark.calls.models import Call, WaitingRecord
from callmark.calls.records import LegTagged
from callmark.calls.star_codes import record_of
from callmark.calls.store import call_of_star_code, store
from callmark.keys.keyring import KeyProblem

log = logging.getLogger("callmark.calls")

WAITS_FOR = timedelta(days=7)
"""As long as a gate's spool may wait for its database (call records are kept longer)."""

_SETTLED = timedelta(seconds=5)
_AT_ONCE = 200


def take_up_stranded() -> int:
    """Put records in place whose leg was stored by another gate at the very same moment.

    Neither transaction saw what the other wrote. Returns how many there were.
    """
    calls = Call.objects.of_every_account("gates serve them all")
    legs = calls.filter(pk=OuterRef("leg_id"))
    linked = calls.filter(switch=OuterRef("switch"), linked_id=OuterRef("linked_id"))
    there = Exists(legs) | (~Q(linked_id="") & Exists(linked))
    waiting = WaitingRecord.objects.filter(
        there, placed_on=None, came_at__lt=timezone.now() - _SETTLED
    )
    return sum(_take_up(row) for row in waiting.order_by("pk")[:_AT_ONCE])


def _take_up(row: WaitingRecord) -> bool:
    try:
        with transaction.atomic():
            record = record_of(row)
            if not isinstance(record, LegTagged):
                row.delete()
            store([record])
    except _UNSTORABLE as problem:
        _log(problem)
        return False
    return True


def settled_star_codes() -> QuerySet[WaitingRecord]:
    """Star codes that are where they belong, and for so long that nothing will change that."""
    return _old().filter(placed_on__isnull=False)


def old_ends() -> QuerySet[WaitingRecord]:
    """Ends of which the call never came: nobody was ever asked about it."""
    return _old().filter(placed_on=None).exclude(_IS_STAR_CODE)


def old_star_codes() -> QuerySet[WaitingRecord]:
    """Star codes on calls that nothing else tells of: they came in, and no report said so."""
    return _old().filter(_IS_STAR_CODE, placed_on=None)


def make_some_calls_of_star_codes() -> int:
    """Turn some of :func:`old_star_codes` into inbound calls; returns how many."""
    return sum(_make_call(row) for row in old_star_codes().order_by("pk")[:_AT_ONCE])


def _make_call(row: WaitingRecord) -> bool:
    try:
        with transaction.atomic():
            record = record_of(row)
            assert isinstance(record, LegTagged)
            if not Account.objects.filter(pk=record.account_id).exists():
                row.delete()
                return True
            conversation = record.linked_id or record.call_id
            system = conversation.rpartition("-")[0]
            # The id that a report of the call would have: it may still come.
            call_of_star_code(record, str(inbound_id(record.switch, system, conversation)))
            row.refresh_from_db()
            return row.placed_on is not None
    except _UNSTORABLE as problem:
        _log(problem)
        return False


def _log(problem: Exception) -> None:
    # The kind only: a message may quote the record, which holds a code.
    log.error("a record that waited cannot be stored: %s", type(problem).__name__)


_UNSTORABLE = (IntegrityError, DataError, KeyProblem, ValueError)
_IS_STAR_CODE = Q(line__contains='"kind":"tagged"')


def _old() -> QuerySet[WaitingRecord]:
    return WaitingRecord.objects.filter(came_at__lt=timezone.now() - WAITS_FOR)
