"""Activating, deactivating, labeling and deleting many codes at once, and undoing what can be.

What is undone is exactly what was; a code that somebody has changed since stays as it is, and so
does one that was added and that something else needs by now.
"""

from collections.abc import Collection, Iterator
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.batches import BatchState
from callmark.codes.batches import (
    AT_ONCE,
    IN_REQUEST,
    begin,
    change_of,
    deletion_of,
    do_now,
    needed_elsewhere,
    put_values,
)
from callmark.codes.models import AccountCode, BatchCode, CodeBatch, Kind
from callmark.codes.names import checked_label
from callmark.codes.stored_settings import settings_of
from callmark.codes.use import usable_codes, validation_is_on_anywhere
from callmark.keys.installed import keyring
from callmark.packing import packed, unpacked

KEPT = timedelta(days=30)
"""So long a change of many can be undone; then what it was made of is deleted."""

UNDOABLE = frozenset({Kind.IMPORT, Kind.ACTIVATE, Kind.DEACTIVATE, Kind.LABEL})
"""A deleted code has lost what led to it."""

_NOTHING = {
    Kind.ACTIVATE: gettext_lazy("Every one of these codes is active already."),
    Kind.DEACTIVATE: gettext_lazy("None of these codes is active."),
    Kind.LABEL: gettext_lazy("Every one of these codes has this label already."),
    Kind.DELETE: gettext_lazy("There is no code to delete."),
}


def change_many(
    account: Account,
    kind: Kind,
    which: QuerySet[AccountCode] | Collection[UUID],
    *,
    label: str = "",
    actor: User | None,
) -> CodeBatch:
    """Do this to the codes that need it: all that a question finds, or those of these ids.

    ``label`` '': takes labels away. More than :data:`~callmark.codes.batches.IN_REQUEST` are the
    worker's: the batch is *waiting* then. Raises :class:`Refused`, and then nothing is changed.
    """
    settings_of(account)
    if kind not in _NOTHING:
        raise Refused(
            gettext("There is nothing of this kind to do with codes."), "action", code="bad_kind"
        )
    codes = which if isinstance(which, QuerySet) else _named(account, which)
    codes = needing(kind, codes, label := checked_label(label))
    total = codes.order_by().count()
    if not total:
        raise Refused(str(_NOTHING[kind]), code="nothing_to_do")
    if kind in {Kind.DEACTIVATE, Kind.DELETE}:
        _leave_one(account, codes)
    batch = CodeBatch(account=account, kind=kind, total=total, by=actor, by_name=_name(actor))
    batch.label = label if kind == Kind.LABEL else ""
    if total <= IN_REQUEST:
        do_now(batch, [_row(batch, one) for one in codes.order_by("pk")])
        return batch
    batch.content_encrypted = _kept(codes)
    return begin(batch)


def needing(kind: Kind, codes: QuerySet[AccountCode], label: str) -> QuerySet[AccountCode]:
    """Those of the codes for which this would be a change."""
    match kind:
        case Kind.ACTIVATE:
            return codes.filter(active=False)
        case Kind.DEACTIVATE:
            return codes.filter(active=True)
        case Kind.LABEL:
            return codes.exclude(label=label)
    return codes


def undo(batch: CodeBatch, *, actor: User | None) -> CodeBatch:
    """Bring back exactly what was on the codes of a batch, and take away those that it added.

    Codes that were changed since are left as they are: ``left`` counts them, and the rows of the
    new batch say why. Raises :class:`Refused` if it cannot be undone (any more).
    """
    account = batch.account
    with transaction.atomic():
        settings_of(account, lock=True)
        batch = CodeBatch.objects.of(account).get(pk=batch.pk)
        if (why := why_not_undoable(batch)) is not None:
            raise Refused(why, code="not_undoable")
        undoing = CodeBatch(
            account=account, kind=Kind.UNDO, undoes=batch, total=batch.done, by=actor
        )
        undoing.by_name = _name(actor)
        if batch.done > IN_REQUEST:
            return begin(undoing)
        rows = list(undo_rows(undoing))
        if all(one.left for one in rows):
            raise Refused(
                gettext(
                    "Every one of these codes was changed or deleted since: nothing can be undone."
                ),
                code="changed_since",
            )
        do_now(undoing, rows)
    return undoing


def why_not_undoable(batch: CodeBatch) -> str | None:
    """Why a batch cannot be undone; None: it can."""
    if batch.kind not in UNDOABLE:
        return gettext("This cannot be undone: the digits of deleted codes are gone from the list.")
    if batch.state != BatchState.DONE:
        return gettext("This is still under way, or was not done.")
    undone = CodeBatch.objects.of(batch.account_id).filter(undoes=batch)
    if undone.exclude(state=BatchState.FAILED).exists():
        return gettext("This was undone already.")
    if batch.at < timezone.now() - KEPT:
        return gettext("Only what was done in the last {days} days can be undone.").format(
            days=KEPT.days
        )
    return None


def undo_rows(undoing: CodeBatch) -> Iterator[BatchCode]:
    """What becomes of each code of the batch that is undone."""
    assert undoing.undoes is not None
    account, stamp = undoing.account, undoing.undoes.stamp
    done = BatchCode.objects.of(account).filter(batch=undoing.undoes, done=True).order_by("pk")
    last = 0
    while rows := list(done.filter(pk__gt=last)[:AT_ONCE]):
        last = rows[-1].pk
        codes = AccountCode.objects.of(account).in_bulk([one.code_id for one in rows])
        added = [one.code_id for one in rows if one.act == BatchCode.Act.ADD]
        needed = needed_elsewhere(account, added) if added else set()
        for row in rows:
            code = codes.get(row.code_id)
            if code is None:
                yield _left_as_gone(row)
                continue
            back = deletion_of(code) if row.act == BatchCode.Act.ADD else change_of(code, {})
            back.row = row.row
            if code.changed_at != stamp:
                back.left = BatchCode.Left.CHANGED
            elif row.code_id in needed:
                back.left = BatchCode.Left.IN_USE
            elif row.before is not None:
                put_values(back, row.before)
            yield back


def rows_of(batch: CodeBatch) -> Iterator[BatchCode]:
    """The rows of a long one, from what was written down of it when it began."""
    if batch.kind == Kind.UNDO:
        yield from undo_rows(batch)
        return
    kept = unpacked(keyring().decrypt(batch.content_encrypted))
    size = AT_ONCE * len(batch.pk.bytes)
    for start in range(0, len(kept), size):
        some = kept[start : start + size]
        ids = [UUID(bytes=some[at : at + 16]) for at in range(0, len(some), 16)]
        codes = AccountCode.objects.of(batch.account).filter(pk__in=ids)
        for code in needing(Kind(batch.kind), codes, batch.label).order_by("pk"):
            yield _row(batch, code)


def left_rows(batch: CodeBatch) -> QuerySet[BatchCode]:
    """The codes that a batch has left as they are, each with its reason."""
    return (
        BatchCode.objects.of(batch.account_id).filter(batch=batch).exclude(left="").order_by("pk")
    )


def batches_of(account: Account) -> QuerySet[CodeBatch]:
    """What was done to many codes, newest first."""
    return CodeBatch.objects.of(account).select_related("undone_by")


def old_batches() -> QuerySet[CodeBatch]:
    """Those that nobody can undo any more."""
    every = CodeBatch.objects.of_every_account("age counts")
    over = Q(state__in=[BatchState.DONE, BatchState.FAILED])
    return every.filter(over, at__lt=timezone.now() - KEPT, codes=None)


def old_rows() -> QuerySet[BatchCode]:
    """What they were made of."""
    every = BatchCode.objects.of_every_account("age counts")
    return every.filter(batch__at__lt=timezone.now() - KEPT)


def _named(account: Account, ids: Collection[UUID]) -> QuerySet[AccountCode]:
    codes = AccountCode.objects.of(account).filter(pk__in=set(ids))
    if not ids:
        raise Refused(gettext("Choose at least one code."), "codes", code="no_codes")
    if codes.count() != len(set(ids)):
        raise Refused(
            gettext("Some of these codes are not there any more."), "codes", code="no_such_code"
        )
    return codes


def _leave_one(account: Account, codes: QuerySet[AccountCode]) -> None:
    usable = usable_codes(account)
    others = usable.exclude(pk__in=codes.order_by().values("pk"))
    if usable.exists() and not others.exists() and validation_is_on_anywhere(account):
        raise Refused(
            gettext(
                "No code could be used any more, while Validate account codes when dialed is "
                "on: nobody could place a call that needs a code. Leave at least one active."
            ),
            code="last_active_code",
        )


def _kept(codes: QuerySet[AccountCode]) -> str:
    """Which codes these are, until they are written down: what they are found by may change."""
    ids = codes.order_by("pk").values_list("pk", flat=True)
    return keyring().encrypt(packed(b"".join(one.bytes for one in ids.iterator())))


def _row(batch: CodeBatch, code: AccountCode) -> BatchCode:
    match batch.kind:
        case Kind.ACTIVATE:
            return change_of(code, {"active": True})
        case Kind.DEACTIVATE:
            return change_of(code, {"active": False})
        case Kind.LABEL:
            return change_of(code, {"label": batch.label})
    return deletion_of(code)


def _left_as_gone(row: BatchCode) -> BatchCode:
    gone = BatchCode(account_id=row.account_id, code_id=row.code_id, row=row.row, name=row.name)
    gone.act, gone.left = BatchCode.Act.DELETE, BatchCode.Left.GONE
    return gone


def _name(actor: User | None) -> str:
    return actor.name if actor else "command line"
