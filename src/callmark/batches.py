"""Work on many rows that is done in parts: how far it is, and that others get their turn."""

import time

from django.db import connection, models
from django.utils.translation import gettext_lazy


class BatchState(models.TextChoices):
    """How far a batch is. Programs read the values: they never change."""

    WAITING = "waiting", gettext_lazy("Waiting")
    RUNNING = "running", gettext_lazy("Under way")
    DONE = "done", gettext_lazy("Done")
    FAILED = "failed", gettext_lazy("Failed")


UNDER_WAY = (BatchState.WAITING, BatchState.RUNNING)
"""Somebody still works at it, or will."""

LONGEST_REST = 1.0
_SHORTEST_REST = 0.002
"""PostgreSQL lets those who wait go first by itself."""


def rest_since(began: float, share: float = 1.0) -> None:
    """After a part that began then (:func:`time.monotonic`): others who want to write are next.

    SQLite has one writer at a time, and those who wait look only now and then whether it is free
    (after a while ten times a second). After a rest as long as the part every second look succeeds.
    ``share``: of the part's time, for work that has less to spare.
    """
    rest = _SHORTEST_REST
    if connection.vendor == "sqlite":
        rest = max(rest, share * (time.monotonic() - began))
    time.sleep(min(rest, LONGEST_REST))
