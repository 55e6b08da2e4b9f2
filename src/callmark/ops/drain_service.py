"""The process ``callmark drain``: takes the gate's spool to the database, until told to stop."""

import logging
import signal
import threading
from pathlib import Path

from callmark.gate.drain import serve

log = logging.getLogger("callmark.drain")


def serve_drain(directory: Path) -> None:
    """Drain until SIGTERM or SIGINT: those end it after the batch that is under way."""
    stopping = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stopping.set())
    log.info("records of %s are taken to the database", directory)
    serve(directory, stopping)
