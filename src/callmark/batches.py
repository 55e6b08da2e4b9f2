"""Work on many rows that is done in parts: how far it is, and that others get their turn."""

import time

from django.db import connection, models
from django.utils.translation import gettext_lazy

from callmark.sqlite_turns import let_others_write


class BatchState(models.TextChoices):
    """How far a batch is. Programs read the values: they never change."""

    WAITING = "waiting", gettext_lazy("Waiting")
    RUNNING = "running", gettext_lazy("Under way")
    DONE = "done", gettext_lazy("Done")
    FAILED = "failed", gettext_lazy("Failed")


UNDER_WAY = (BatchState.WAITING, BatchState.RUNNING)
"""Somebody still works at it, or will."""

LONGEST_REST = 1.0
_LONGEST_LOOK = 0.1
"""Those who wait for SQLite look at least this often whether it is free."""
_SHORTEST_REST = 0.002
"""PostgreSQL lets those who wait go first by itself."""


def rest_since(began: float) -> None:
    """After a part that began then (:func:`time.monotonic`): others who want to write are next.

    With SQLite, which has one writer at a time, as many as come in the time of one such part.
    """
    time.sleep(_SHORTEST_REST)
    if connection.vendor == "sqlite":
        took = time.monotonic() - began
        let_others_write(min(took + _LONGEST_LOOK, LONGEST_REST))
