"""The process ``callmark relay``: until told to stop. Loads neither Django nor the rest."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from callmark.ops.health import Check, Health
from callmark.ops.heartbeat import beat
from callmark.ops.probe_places import probe_place
from callmark.ops.probes import Pages, Pulse, serve_probes
from callmark.switches.asterisk.relay import Relay
from callmark.switches.asterisk.relay_reports import Address

log = logging.getLogger("callmark.relay")

GRACE_SECONDS = 2.0
"""How long calls and reports under way may go on when the process is told to stop."""


async def serve_relay(host: str, port: int, gates: Sequence[Address], spool: Path) -> None:
    """Relay until SIGTERM or SIGINT. Raises ``OSError`` when the address cannot be used."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stopping.set)
    relay = Relay(host, port, gates, spool=spool)
    await relay.start()
    log.info("the relay listens on %s port %d", host, port)
    pulse = Pulse()
    heartbeat = asyncio.create_task(beat(came_round=pulse.beat))
    probes = serve_probes(probe_place("relay", os.environ), _pages(pulse, gates))
    await stopping.wait()
    if probes is not None:
        probes.stop()
    await relay.close(GRACE_SECONDS)
    heartbeat.cancel()


def _pages(pulse: Pulse, gates: Sequence[Address]) -> Pages:
    """Without a gate the relay gives every call to the fail policy: it is not ready then."""
    check = Check("gate", lambda: "" if _some_gate_listens(gates) else "no gate takes connections")
    health = Health("relay", (check,), is_alive=pulse.is_alive)

    def metrics() -> tuple[bytes, str]:
        # Only where somebody asks for them: the relay is small.
        from callmark.ops.metrics import Metrics  # noqa: PLC0415

        return Metrics(health)()

    return Pages(health, metrics, os.environ.get("CALLMARK_METRICS_TOKEN", ""))


def _some_gate_listens(gates: Sequence[Address]) -> bool:
    for address in gates:
        with suppress(OSError), socket.create_connection(address, timeout=0.5):
            return True
    return False
