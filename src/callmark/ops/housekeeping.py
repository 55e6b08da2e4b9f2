"""What the installation deletes once a day: what nobody needs, and what is kept long enough.

Each chore deletes a part at a time, in short transactions: other processes write in between, and
whatever interrupts it, the next day goes on from there. Calls never wait for any of it.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from callmark.accounts.models import Account
from callmark.api.idempotency import KEPT_FOR as ANSWERS_KEPT_FOR
from callmark.api.models import KeptAnswer
from callmark.batches import rest_since
from callmark.calls.retention import (
    count_old_activity,
    delete_some_activity,
    delete_some_calls,
    old_calls,
)
from callmark.calls.waiting import (
    make_some_calls_of_star_codes,
    old_ends,
    old_star_codes,
    settled_star_codes,
)
from callmark.codes import many, user_batches
from callmark.gate.beats import forgotten_gates
from callmark.policy.values import value_class
from callmark.reports.running import count_old_files, forget_files
from callmark.sign_in.models import Invitation
from callmark.switches.http.ending import FORGOTTEN_AFTER, close_forgotten
from callmark.switches.http.ending import KEPT_FOR as HTTP_CALLS_KEPT_FOR
from callmark.switches.http.models import HttpCall, HttpTagging
from callmark.webhooks.deliveries import forget_old
from callmark.webhooks.models import WebhookMessage

log = logging.getLogger("callmark.ops")

INVITATIONS_KEPT_FOR = timedelta(days=30)
"""After an invitation has ended: until then a person's page says what became of it."""

_AT_ONCE = 1000

DELETE = ("delete", "deleted")


@value_class
class Chore:
    """Something to delete; ``some`` deletes a part and returns how many, 0 when all is done."""

    what: str
    count: Callable[[], int]
    some: Callable[[], int]
    account: Account | None = None
    verb: tuple[str, str] = DELETE


@value_class
class Done:
    """What was deleted, or with a dry run would be; ``failed`` if not all of it could be.

    ``verb`` (its two forms: delete, deleted) says what was done.
    """

    what: str
    count: int
    account: Account | None = None
    failed: bool = False
    verb: tuple[str, str] = DELETE


def clean_up(*, dry_run: bool = False) -> Iterator[Done]:
    """Delete what is old; yield each kind of which there was something.

    One chore that fails does not keep the others waiting, unless the database is away.
    """
    for chore in _chores():
        try:
            count = chore.count() if dry_run else _carried_out(chore)
        except DatabaseError:
            raise
        except Exception as problem:
            # The kind only: a message may quote what is stored.
            log.error("%s could not be deleted: %s", chore.what, type(problem).__name__)
            yield Done(chore.what, 0, chore.account, failed=True)
            continue
        if count:
            yield Done(chore.what, count, chore.account, verb=chore.verb)


def _carried_out(chore: Chore) -> int:
    total = 0
    began = time.monotonic()
    while count := chore.some():
        total += count
        rest_since(began)
        began = time.monotonic()
    return total


def _chores() -> Iterator[Chore]:
    for account in Account.objects.order_by("slug"):
        yield from _chores_of(account)
    yield Chore(
        "activity of no account",
        lambda: count_old_activity(None),
        lambda: delete_some_activity(None),
    )
    yield _rows("changes of many users that can no longer be undone", user_batches.old_batches)
    yield _rows("rows of changes of many codes that can no longer be undone", many.old_rows)
    yield _rows("changes of many codes that can no longer be undone", many.old_batches)
    yield _rows("gates that are no more", forgotten_gates)
    yield _rows("ended sessions", _ended_sessions)
    yield _rows("sessions in people's lists that have ended", _left_over_sessions)
    yield _rows("answers kept for Idempotency-Key", _old_answers)
    yield _rows("used or expired invitations", _old_invitations)
    yield _rows("notes on star codes", settled_star_codes)
    yield Chore(
        "inbound calls from star codes, of which nothing else tells",
        lambda: old_star_codes().count(),
        make_some_calls_of_star_codes,
        verb=("record", "recorded"),
    )
    yield _rows("ends of calls that never came", old_ends)
    yield Chore("files of scheduled reports", count_old_files, forget_files)
    yield Chore("webhook messages", lambda: _old_messages().count(), _forget_messages)
    yield Chore("expired counts of the sign-in limits", _expired_counts, _delete_expired_counts)


def _chores_of(account: Account) -> Iterator[Chore]:
    yield Chore(
        "call records",
        lambda: old_calls(account).count(),
        lambda: delete_some_calls(account),
        account,
    )
    yield Chore(
        "activity",
        lambda: count_old_activity(account),
        lambda: delete_some_activity(account),
        account,
    )
    yield Chore(
        "notes on calls controlled through the API",
        lambda: _controlled(account),
        lambda: _close_some(account),
        account,
    )


def _rows(what: str, rows: Callable[[], QuerySet[Model]]) -> Chore:
    def some() -> int:
        keys = list(rows().values_list("pk", flat=True)[:_AT_ONCE])
        if not keys:
            return 0
        # Asked again: what has been used meanwhile stays.
        rows().filter(pk__in=keys).delete()
        return len(keys)

    return Chore(what, lambda: rows().count(), some)


def _ended_sessions() -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=timezone.now())


def _left_over_sessions() -> QuerySet[Model]:
    stored = Session.objects.filter(session_key=OuterRef("session_key"))
    # A session is stored at the end of the request in which it begins: a moment later than its row.
    begun = timezone.now() - timedelta(hours=1)
    left_over: QuerySet[Model] = UserSession.objects.filter(~Exists(stored), last_seen_at__lt=begun)
    return left_over


def _old_answers() -> QuerySet[KeptAnswer]:
    return KeptAnswer.objects.filter(created_at__lt=timezone.now() - ANSWERS_KEPT_FOR)


def _old_invitations() -> QuerySet[Invitation]:
    ended = timezone.now() - INVITATIONS_KEPT_FOR
    is_over = Q(accepted_at__lt=ended) | Q(revoked_at__lt=ended) | Q(expires_at__lt=ended)
    return Invitation.objects.of_every_account("age counts").filter(is_over)


def _old_messages() -> QuerySet[WebhookMessage]:
    oldest = timezone.now() - timedelta(days=settings.WEBHOOKS_KEEP_DAYS)
    return WebhookMessage.objects.of_every_account("age counts").filter(at__lt=oldest)


def _forget_messages() -> int:
    return forget_old(timezone.now())


def _controlled(account: Account) -> int:
    """How many were left at a prompt, to be closed, or are long over. A new call clears them, too;
    but an account may never have another.
    """
    now = timezone.now()
    waiting = Q(finished=False, touched_at__lt=now - FORGOTTEN_AFTER)
    over = Q(finished=True, touched_at__lt=now - HTTP_CALLS_KEPT_FOR)
    calls = HttpCall.objects.of(account).filter(waiting | over)
    taggings = HttpTagging.objects.of(account).filter(waiting | over)
    return calls.count() + taggings.count()


def _close_some(account: Account) -> int:
    before = _controlled(account)
    if before:
        with transaction.atomic():
            close_forgotten(account)
    return before - _controlled(account)


# The cache's table has no model, and the library deletes only when it is full.
_EXPIRED = "WHERE expires < %s"


def _expired_counts() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {_cache_table()} {_EXPIRED}", [_now()])  # noqa: S608
        (count,) = cursor.fetchone()
        return int(count)


def _delete_expired_counts() -> int:
    table = _cache_table()
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE cache_key IN "  # noqa: S608
            f"(SELECT cache_key FROM {table} {_EXPIRED} LIMIT {_AT_ONCE})",
            [_now()],
        )
        return int(cursor.rowcount)


def _cache_table() -> str:
    return connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))


def _now() -> str:
    # As the library stores it: whole seconds, in the database's own form.
    return str(connection.ops.adapt_datetimefield_value(timezone.now().replace(microsecond=0)))
