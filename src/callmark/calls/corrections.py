"""Putting calls right: assigning a code or each call's likely one, taking it away, *not billable*,
and undoing any of it.

Administrators correct every call of their account; users their own ones where the account lets
them; reporters none. A call of a closed month is refused. Many calls are corrected in parts of
:data:`AT_ONCE`: a few within the request, more by the worker (:mod:`callmark.calls.jobs`).
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import cast
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop

from callmark.accounts.access import may_administer
from callmark.accounts.changes import change
from callmark.accounts.models import Account, Role, User
from callmark.accounts.refused import Refused
from callmark.accounts.versions import CHOSEN_STALE_MESSAGE, STALE, version_of
from callmark.audit.actions import Action
from callmark.calls.correcting import correct_some
from callmark.calls.counting import counting
from callmark.calls.filters import CallFilter
from callmark.calls.models import (
    BatchKind,
    BatchState,
    Call,
    Correction,
    CorrectionBatch,
    Job,
)
from callmark.calls.sums import found_by
from callmark.codes.finding import find_code
from callmark.codes.models import AccountCode, AccountCodeSettings
from callmark.codes.names import check_digits
from callmark.codes.use import validation_is_on_anywhere
from callmark.keys.installed import keyring
from callmark.local_formats import number
from callmark.policy.values import value_class

AT_ONCE = 500
"""Calls that are corrected in one transaction."""

MOST = 500_000
"""Calls that one correction may be of."""

Seen = Mapping[UUID, str]
"""Calls by their ids, each in the version that a page showed (:func:`call_version`)."""

Which = CallFilter | Seen | Collection[UUID]
"""Which calls: those that a filter finds, or those of these ids; of :data:`Seen` only those that
are still what was seen.
"""


def call_version(call: Call) -> str:
    """Which of a call's codes a page shows; another call's version is another."""
    return version_of(call, ("id", "account_code_lookup", "not_billable"))


def correctable(account: Account, person: User) -> QuerySet[Call]:
    """The calls that this person may correct, closed months among them; simulated ones never."""
    calls = Call.objects.of(account).filter(simulated=False)
    if may_administer(person, account):
        return calls
    return calls.filter(user=person) if may_correct_some(person, account) else calls.none()


def may_correct_some(person: User, account: Account) -> bool:
    """Whether this person may correct any call at all on the account."""
    is_user = person.role == Role.USER and person.account_id == account.pk
    return may_administer(person, account) or (
        person.is_active and is_user and account.users_may_correct
    )


def may_correct(person: User, call: Call) -> bool:
    """Whether this person may correct this call (if its month is open)."""
    return correctable(call.account, person).filter(pk=call.pk).exists()


@value_class
class _Target:
    kind: BatchKind
    code: AccountCode | None = None
    encrypted: str = ""
    name: str = ""


@transaction.atomic
def assign_code(
    account: Account,
    which: Which,
    *,
    code: AccountCode | None = None,
    digits: str = "",
    leave_closed: bool = False,
    actor: User,
) -> CorrectionBatch:
    """Give calls a code of the account, or digits where the account takes any of the right length.

    Raises :class:`Refused`; then no call is changed. Calls of closed months refuse all of them, or
    stay as they are with ``leave_closed``. The batch is done at once up to :data:`AT_ONCE` calls;
    else ``state`` is *waiting*, and the worker does it.
    """
    target = _code_to_assign(account, code, digits, actor)
    return _correct(account, which, target, actor, leave_closed=leave_closed)


@transaction.atomic
def take_code_away(
    account: Account, which: Which, *, leave_closed: bool = False, actor: User
) -> CorrectionBatch:
    """Take calls' codes away; those that should have one are to be assigned then."""
    return _correct(account, which, _Target(BatchKind.CLEAR), actor, leave_closed=leave_closed)


@transaction.atomic
def assign_suggested(
    account: Account, which: Which, *, leave_closed: bool = False, actor: User
) -> CorrectionBatch:
    """Give each call that is to be assigned the code that is suggested for it.

    Others are left as they are, and so are those for which nothing is suggested.
    """
    target = _Target(BatchKind.SUGGESTED)
    return _correct(account, which, target, actor, leave_closed=leave_closed)


@transaction.atomic
def replace_code(
    account: Account, old: AccountCode, new: AccountCode, *, within: CallFilter, actor: User
) -> CorrectionBatch:
    """Find-and-replace: calls with the wrong code, of those that a filter finds, get the right one.

    Calls of closed months are left as they are.
    """
    if old == new:
        raise Refused(gettext("Choose two different codes."), "code")
    target = _code_to_assign(account, new, "", actor)
    wrong = found_by(within, account, actor).filter(account_code_lookup=old.code_lookup)
    return _begin(
        account, wrong & correctable(account, actor), _replacing(target), actor, leave_closed=True
    )


@transaction.atomic
def set_not_billable(
    account: Account,
    which: Which,
    *,
    not_billable: bool,
    leave_closed: bool = False,
    actor: User,
) -> CorrectionBatch:
    """Mark calls as *not billable*, or take that back; their codes stay."""
    kind = BatchKind.NOT_BILLABLE if not_billable else BatchKind.BILLABLE
    return _correct(account, which, _Target(kind), actor, leave_closed=leave_closed)


@transaction.atomic
def undo(batch: CorrectionBatch, *, actor: User) -> CorrectionBatch:
    """Bring back exactly what was on the calls of a batch; undoing an undo does it again.

    Refused if it is not done yet or was undone, if calls were changed since, or if the month of one
    was closed meanwhile. Users undo what they did themselves.
    """
    account = batch.account
    batch = CorrectionBatch.objects.of(account).select_for_update(no_key=True).get(pk=batch.pk)
    if batch.by_id != actor.pk and not may_administer(actor, account):
        raise Refused(gettext("Somebody else made this correction."), code="forbidden")
    if batch.state != BatchState.DONE:
        raise Refused(gettext("This correction is still under way: wait until it is done."))
    if CorrectionBatch.objects.of(account).filter(undoes=batch).exists():
        raise Refused(gettext("This correction was undone already."), code="undone")
    calls = correctable(account, actor).filter(corrections__batch=batch)
    return _begin(account, calls, _Target(BatchKind.UNDO), actor, undoes=batch)


def corrections_of(call: Call) -> QuerySet[Correction]:
    """What was corrected on a call, the first one first, each with its batch."""
    done = Correction.objects.of(call.account_id).filter(call=call, at__isnull=False)
    return done.select_related("batch").order_by("at", "pk")


def batches_of(account: Account, person: User) -> QuerySet[CorrectionBatch]:
    """The corrections that this person may see: all of the account, or their own."""
    batches = CorrectionBatch.objects.of(account)
    return batches if may_administer(person, account) else batches.filter(by=person)


def _replacing(target: _Target) -> _Target:
    return _Target(BatchKind.REPLACE, target.code, target.encrypted, target.name)


def _code_to_assign(
    account: Account, code: AccountCode | None, digits: str, actor: User
) -> _Target:
    if code is None:
        code = find_code(account, digits) if digits else None
    if code is not None:
        if code.account_id != account.pk:
            raise Refused(gettext("There is no such code."), "code", code="no_such_code")
        if not code.active and not may_administer(actor, account):
            raise Refused(gettext("This code is not active."), "code", code="code_inactive")
        return _Target(BatchKind.ASSIGN, code, code.code_encrypted, code.name)
    settings = AccountCodeSettings.objects.of(account).first()
    if not digits or settings is None or validation_is_on_anywhere(account):
        raise Refused(gettext("Choose one of the account's codes."), "code", code="no_such_code")
    check_digits(digits, settings.code_length)
    return _Target(BatchKind.ASSIGN, None, keyring().encrypt(digits), "")


def to_correct(search: CallFilter, account: Account, person: User) -> QuerySet[Call]:
    """What a correction of all that a filter finds is of, closed months among them."""
    return found_by(search, account, person) & correctable(account, person)


def _correct(
    account: Account, which: Which, target: _Target, actor: User, *, leave_closed: bool
) -> CorrectionBatch:
    if isinstance(which, CallFilter):
        found = to_correct(which, account, actor)
        return _begin(account, found, target, actor, leave_closed=leave_closed)
    ids = set(which)
    calls = correctable(account, actor).filter(pk__in=ids)
    if calls.count() != len(ids):
        raise Refused(
            gettext("Some of these calls are not there any more, or are not yours to correct."),
            "calls",
            code="no_such_call",
        )
    # What is suggested goes to no call that got a code meanwhile.
    has_versions = isinstance(which, Mapping) and target.kind != BatchKind.SUGGESTED
    seen = cast("Seen", which) if has_versions else None
    return _begin(account, calls, target, actor, leave_closed=leave_closed, seen=seen)


def _as_seen(calls: QuerySet[Call], seen: Seen) -> tuple[QuerySet[Call], int]:
    """Those that nobody has given something else since, and how many others there are."""
    locked = list(calls.select_for_update(no_key=True).order_by("pk"))
    same = [one.pk for one in locked if call_version(one) == seen[one.pk]]
    if locked and not same:
        raise Refused(str(CHOSEN_STALE_MESSAGE), "calls", code=STALE)
    return (calls.filter(pk__in=same) if same else calls), len(locked) - len(same)


def _begin(
    account: Account,
    calls: QuerySet[Call],
    target: _Target,
    actor: User,
    *,
    undoes: CorrectionBatch | None = None,
    leave_closed: bool = False,
    seen: Seen | None = None,
) -> CorrectionBatch:
    batch = CorrectionBatch(
        account=account,
        kind=target.kind,
        state=BatchState.WAITING,
        by=actor,
        by_name=actor.name,
        code=target.code,
        account_code_encrypted=target.encrypted,
        account_code_name=target.name,
        undoes=undoes,
    )
    action = Action.CORRECTION_UNDONE if undoes else Action.CALLS_CORRECTED
    first = list(calls.order_by()[:2])
    about = first[0] if len(first) == 1 else None
    with change(account, action, batch, actor=actor, about=about), counting() as ledger:
        closed = ledger.calendar(account.pk).closed_months
        calls = _of_open_months(calls, closed, leave_closed=leave_closed)
        if seen is not None:
            calls, batch.left = _as_seen(calls, seen)
        batch.save(force_insert=True)
        changed = batch.left
        batch.total = _list(batch, calls) + changed
        if not batch.total:
            raise Refused(gettext("No call is to be corrected."), "calls", code="no_calls")
        if batch.total > MOST:
            told = gettext("Choose fewer calls: {most} at most.").format(most=number(MOST))
            raise Refused(told, "calls", code="too_many")
        batch.save(update_fields=["total"])
        if batch.total > AT_ONCE:
            Job.objects.create(account=account, batch=batch)
            return batch
        correct_some(batch, AT_ONCE)
        if target.kind == BatchKind.SUGGESTED:
            if not batch.done:
                raise Refused(gettext(_NO_SUGGESTION), "code", code="nothing_suggested")
        elif batch.left > changed:
            told = gettext(_CHANGED).format(count=number(batch.left))
            raise Refused(told, "calls", code="changed_since")
    return batch


def _of_open_months(
    calls: QuerySet[Call], closed: Collection[date], *, leave_closed: bool
) -> QuerySet[Call]:
    if leave_closed:
        return calls.exclude(billing_month__in=closed)
    if closed and (count := calls.filter(billing_month__in=closed).count()):
        told = gettext(_CLOSED).format(count=number(count))
        raise Refused(told, "calls", code="month_closed")
    return calls


_CLOSED = gettext_noop(
    "These include calls of a closed month ({count}): leave those out, or open the month again "
    "first."
)
_NO_SUGGESTION = gettext_noop(
    "Nothing was assigned: these calls have been given a code in the meantime, or none is "
    "suggested for them. Look at the list again."
)
_CHANGED = gettext_noop(
    "These include calls that somebody changed since ({count}): undo that first."
)


def _list(batch: CorrectionBatch, calls: QuerySet[Call]) -> int:
    """Write down which calls the batch is of; by the database itself, for they may be many."""
    quote = connection.ops.quote_name
    sql, arguments = calls.order_by().values("id").query.sql_with_params()
    texts = [
        f"{side}_{what}"
        for side in ("before", "after")
        for what in ("code_encrypted", "name", "entered_by")
    ]
    flags = ["before_not_billable", "after_not_billable"]
    columns = ["account_id", "batch_id", "call_id", *texts, *flags]
    values = ["%s", "%s", "found.id", *(["''"] * len(texts)), "%s", "%s"]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(Correction._meta.db_table)} "  # noqa: S608 (our own names)
            f"({', '.join(map(quote, columns))}) SELECT {', '.join(values)} FROM ({sql}) found",
            [*_ids(batch), False, False, *arguments],
        )
    return Correction.objects.of(batch.account_id).filter(batch=batch).count()


def _ids(batch: CorrectionBatch) -> list[UUID | str]:
    native = connection.features.has_native_uuid_field
    return [one if native else one.hex for one in (batch.account_id, batch.pk)]
