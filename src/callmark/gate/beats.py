"""Gates say in the database that they run: one that stopped elsewhere is known here, too.

A gate is known by an id in its spool's folder, which outlives the process and a container. The gate
of the portal's own machine is known by that folder's lock at once (:func:`callmark.gate.spool.
has_stopped`); of others it takes :data:`UNHEARD_AFTER`.
"""

import socket
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.utils import timezone

from callmark.accounts.models import HeardGate

BEAT_SECONDS = 10.0
UNHEARD_AFTER = timedelta(minutes=1)
KEPT = timedelta(days=7)
"""After that a gate that was not heard any more is taken for one that is gone for good."""

_HOST = 100
_FILE = "gate.id"


class Beat:
    """Of one gate; kept in the background. Raises ``DatabaseError``."""

    def __init__(self, directory: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._directory = directory
        self._clock = clock
        self._at: float | None = None

    def keep(self) -> None:
        """Say that the gate runs, if it is time to."""
        now = self._clock()
        if self._at is not None and now - self._at < BEAT_SECONDS:
            return
        values = {"host": socket.gethostname()[:_HOST], "heard_at": timezone.now()}
        pk = _id_in(self._directory) or _new_id_in(self._directory)
        HeardGate.objects.update_or_create(pk=pk, defaults=values)
        self._at = now


def unheard_elsewhere(directory: Path) -> QuerySet[HeardGate]:
    """The gates that were heard once and are not, but for the one with its spool here."""
    since = timezone.now() - UNHEARD_AFTER
    gates = HeardGate.objects.filter(heard_at__lt=since).order_by("host", "pk")
    ours = _id_in(directory)
    return gates.exclude(pk=ours) if ours else gates


def forgotten_gates() -> QuerySet[HeardGate]:
    """Those that nobody needs to hear of any more."""
    return HeardGate.objects.filter(heard_at__lt=timezone.now() - KEPT)


def _id_in(directory: Path) -> UUID | None:
    try:
        return UUID((directory / _FILE).read_text().strip())
    except (FileNotFoundError, ValueError):
        return None


def _new_id_in(directory: Path) -> UUID:
    made = uuid4()
    (directory / _FILE).write_text(f"{made}\n")
    return made
