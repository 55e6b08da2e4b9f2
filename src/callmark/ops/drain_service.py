"""The process ``callmark drain``: takes the gate's spool to the database, until told to stop."""

import logging
import signal
import threading
from pathlib import Path

from django.conf import settings

from callmark.gate.counters import counters
from callmark.gate.drain import serve
from callmark.ops.checks import of_drain as health_of_drain
from callmark.ops.metrics import Metrics, of_drain
from callmark.ops.probes import Pages, Pulse, serve_probes

log = logging.getLogger("callmark.drain")


HUNG_SECONDS = 600.0
"""A whole spool after a long night is taken in one turn."""


def serve_drain(directory: Path) -> None:
    """Drain until SIGTERM or SIGINT: those end it after the batch that is under way."""
    stopping = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stopping.set())
    log.info("records of %s are taken to the database", directory)
    pulse = Pulse(HUNG_SECONDS)
    health = health_of_drain(pulse.is_alive)
    metrics = Metrics(health, lambda: of_drain(counters))
    probes = serve_probes(settings.PROBES["drain"], Pages(health, metrics, settings.METRICS_TOKEN))
    serve(directory, stopping, pulse.beat)
    if probes is not None:
        probes.stop()
