"""The process ``callmark relay``: until told to stop. Loads neither Django nor the rest."""

import asyncio
import logging
import signal
from collections.abc import Sequence

from callmark.ops.heartbeat import beat
from callmark.switches.asterisk.relay import Address, Relay

log = logging.getLogger("callmark.relay")

GRACE_SECONDS = 2.0
"""How long calls and reports under way may go on when the process is told to stop."""


async def serve_relay(host: str, port: int, gates: Sequence[Address]) -> None:
    """Relay until SIGTERM or SIGINT. Raises ``OSError`` when the address cannot be used."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stopping.set)
    relay = Relay(host, port, gates)
    await relay.start()
    log.info("the relay listens on %s port %d", host, port)
    heartbeat = asyncio.create_task(beat())
    await stopping.wait()
    await relay.close(GRACE_SECONDS)
    heartbeat.cancel()
