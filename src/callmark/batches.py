"""How far work on many rows is that a worker does in parts."""

from django.db import models


class BatchState(models.TextChoices):
    """How far a batch is. Programs read the values: they never change."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Under way"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


UNDER_WAY = (BatchState.WAITING, BatchState.RUNNING)
"""Somebody still works at it, or will."""
