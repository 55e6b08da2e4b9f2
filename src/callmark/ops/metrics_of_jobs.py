"""What waits for the worker, counted in the database: webhooks, work on calls, reports.

Each question is bounded: of more than :data:`MOST` nobody needs the exact number.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connections
from django.db.models import Exists, Min, OuterRef, QuerySet
from django.utils import timezone
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from callmark.calls.models import Job
from callmark.reports.models import Run, RunState
from callmark.webhooks.models import Delivery, DeliveryAttempt

MOST = 10_000
_EVERY = "how much waits, not whose it is"
_A_DAY = timedelta(days=1)


def of_jobs() -> Iterator[Metric]:
    """The queues; nothing while the database is away, which ``callmark_check_ok`` tells."""
    try:
        yield from list(queues())
    except DatabaseError:
        return
    finally:
        connections.close_all()


def queues() -> Iterator[Metric]:
    """The same, on the connection of the one who asks. Raises ``DatabaseError``."""
    now = timezone.now()
    every = Delivery.objects.of_every_account(_EVERY)
    waiting = every.filter(state=Delivery.State.WAITING, endpoint__active=True)
    yield _gauge("callmark_webhooks_waiting", "Messages to be sent.", _count(waiting))
    yield _gauge(
        "callmark_webhooks_overdue_seconds",
        "For how long the first message that is due has been.",
        _age(waiting.aggregate(first=Min("next_at"))["first"], now),
    )
    # By its last attempt: two and a half days lie between the first and that.
    tries = DeliveryAttempt.objects.of_every_account(_EVERY)
    tried = tries.filter(delivery=OuterRef("pk"), at__gt=now - _A_DAY)
    given_up = every.filter(Exists(tried), state=Delivery.State.GIVEN_UP)
    yield _gauge(
        "callmark_webhooks_given_up", "Messages given up in the last day.", _count(given_up)
    )
    jobs = Job.objects.of_every_account(_EVERY)
    yield _gauge("callmark_jobs_waiting", "Work on calls that is not done.", _count(jobs))
    yield _gauge(
        "callmark_jobs_oldest_seconds",
        "Since the oldest of it was asked for.",
        _age(jobs.aggregate(first=Min("made_at"))["first"], now),
    )
    failed = Run.objects.of_every_account(_EVERY).filter(
        state=RunState.GIVEN_UP, finished_at__gt=now - _A_DAY
    )
    yield _gauge("callmark_reports_given_up", "Reports given up in the last day.", _count(failed))


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:MOST].count()


def _age(since: Any, now: Any) -> float:  # noqa: ANN401
    return max(0.0, (now - since).total_seconds()) if since else 0.0
