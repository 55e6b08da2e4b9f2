"""The process ``callmark gate``: the gate and the servers for its switches, until told to stop."""

import asyncio
import logging
import signal
from ipaddress import ip_address
from pathlib import Path

from callmark.gate.background import GateProcess
from callmark.ops.heartbeat import beat
from callmark.switches.asterisk.access import Access
from callmark.switches.asterisk.cdr.field import CdrField
from callmark.switches.asterisk.server import AgiServer
from callmark.switches.freeswitch.service import FreeSwitchService, FreeSwitchSettings

log = logging.getLogger("callmark.gate")

GRACE_SECONDS = 5.0
"""How long calls that are at a prompt may go on when the process is told to stop."""


async def serve_gate(
    host: str,
    port: int,
    access: Access,
    spool_directory: Path,
    cdr_field: CdrField,
    freeswitch: FreeSwitchSettings | None = None,
) -> None:
    """Serve calls until SIGTERM or SIGINT, then let running ones finish for a moment."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stopping.set)
    process = GateProcess(spool_directory)
    ready = asyncio.Event()
    heartbeat = asyncio.create_task(beat(ready.is_set))
    await process.start()
    server = AgiServer(process.gate, host=host, port=port, access=access, cdr_field=cdr_field)
    await server.start()
    beside = FreeSwitchService(process.gate, freeswitch) if freeswitch else None
    if beside is not None:
        await beside.start()
    if not access.secret and not ip_address(host).is_loopback:
        log.warning("the gate listens beyond this machine without a CALLMARK_AGI_SECRET")
    log.info("the gate listens on %s port %d", host, port)
    ready.set()
    await stopping.wait()
    await asyncio.gather(
        server.close(GRACE_SECONDS), *([beside.close(GRACE_SECONDS)] if beside else [])
    )
    await process.stop()
    heartbeat.cancel()
