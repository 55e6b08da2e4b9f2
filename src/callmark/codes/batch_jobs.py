"""The worker's part in changes of many codes: the next stretch of the oldest one."""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from callmark.accounts.refused import Refused
from callmark.batches import UNDER_WAY, rest_since
from callmark.codes import bulk, many
from callmark.codes.batches import do_some, fail, forget_listed, list_some
from callmark.codes.models import BatchCode, CodeBatch, Kind
from callmark.keys.keyring import KeyProblem
from callmark.languages import speaking

log = logging.getLogger("callmark.codes")

A_STRETCH = 0.5
"""Seconds of work, before the worker looks for what else is due."""
SILENCE = timedelta(minutes=2)
"""After so long without a part another worker goes on: the one that had it is dead."""

_mine: set[UUID] = set()
_being_listed: dict[UUID, Iterator[BatchCode]] = {}
"""Where this process is in writing lists down. What is lost with it begins again."""


def work_some() -> bool:
    """Do a stretch of the oldest change; whether there was any."""
    batch = _take()
    if batch is None:
        return False
    until = time.monotonic() + A_STRETCH
    # Why it cannot be done is kept in English, and put into its reader's language when it is read.
    with speaking("en"):
        _stretch(batch, until)
    return True


def _stretch(batch: CodeBatch, until: float) -> None:
    try:
        # A part at least, however long it took to come here.
        while batch.is_under_way:
            began = time.monotonic()
            _part(batch)
            rest_since(began)
            if time.monotonic() >= until:
                break
    except DatabaseError:
        raise
    except (KeyProblem, ValueError) as problem:
        # The kind only: a message may quote what is stored.
        log.error("change of codes %s could not be done: %s", batch.pk, type(problem).__name__)
        fail(batch, gettext("What was to be changed can no longer be read. Begin it again."))


def work_all() -> int:
    """Do all there is; how many stretches it took."""
    count = 0
    while work_some():
        count += 1
    return count


def _take() -> CodeBatch | None:
    """The oldest change that is nobody else's; it is this process's then."""
    every = CodeBatch.objects.of_every_account("the worker works for all of them")
    mine = Q(pk__in=list(_mine))
    free = Q(taken_at=None) | Q(taken_at__lt=timezone.now() - SILENCE) | mine
    with transaction.atomic():
        under_way = every.filter(free, state__in=UNDER_WAY).select_related("account", "by")
        # Its list is long: it is read once, and not stored again with each part.
        under_way = under_way.defer("content_encrypted").order_by("at")
        batch = under_way.select_for_update(no_key=True, of=("self",), skip_locked=True).first()
        if batch is None:
            _mine.clear()
            return None
        if batch.pk not in _mine:
            _mine.add(batch.pk)
            batch.taken_at = timezone.now()
            batch.save(update_fields=["taken_at"])
    return batch


def _part(batch: CodeBatch) -> None:
    if batch.is_listed:
        do_some(batch)
        return
    rows = _being_listed.get(batch.pk)
    if rows is None:
        forget_listed(batch)
        try:
            rows = _rows_of(batch)
        except Refused as refused:
            fail(batch, refused.message)
            return
        _being_listed[batch.pk] = rows
    if not list_some(batch, rows):
        del _being_listed[batch.pk]


def _rows_of(batch: CodeBatch) -> Iterator[BatchCode]:
    return bulk.rows_of(batch) if batch.kind == Kind.IMPORT else many.rows_of(batch)
