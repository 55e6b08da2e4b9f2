"""The process ``callmark gate``: the gate behind a FastAGI server, until told to stop."""

import asyncio
import logging
import os
import signal
import socket
from ipaddress import ip_address
from pathlib import Path

from callmark.gate.process import GateProcess
from callmark.switches.asterisk.access import Access
from callmark.switches.asterisk.server import AgiServer

log = logging.getLogger("callmark.gate")

HEARTBEAT_SECONDS = 0.25
HEARTBEAT_VARIABLE = "CALLMARK_HEARTBEAT_FD"
GRACE_SECONDS = 5.0
"""How long calls that are at a prompt may go on when the process is told to stop."""


async def serve_gate(host: str, port: int, access: Access, spool_directory: Path) -> None:
    """Serve calls until SIGTERM or SIGINT, then let running ones finish for a moment."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stopping.set)
    process = GateProcess(spool_directory)
    await process.start()
    server = AgiServer(process.gate, host=host, port=port, access=access)
    await server.start()
    if not access.secret and not ip_address(host).is_loopback:
        log.warning("the gate listens beyond this machine without a CALLMARK_AGI_SECRET")
    log.info("the gate listens on %s port %d", host, port)
    heartbeat = asyncio.create_task(_beat())
    await stopping.wait()
    await server.close(GRACE_SECONDS)
    await process.stop()
    heartbeat.cancel()


async def _beat() -> None:
    """Show the supervisor (or systemd's watchdog) that the event loop is alive.

    A hung gate would hold callers in silence; a killed one lets the fail policy decide.
    """
    while True:
        if descriptor := os.environ.get(HEARTBEAT_VARIABLE):
            try:
                os.write(int(descriptor), b".")
            except OSError:
                log.warning("the supervisor is gone")
                os.environ.pop(HEARTBEAT_VARIABLE, None)
        _tell_systemd()
        await asyncio.sleep(HEARTBEAT_SECONDS)


def _tell_systemd() -> None:
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.connect(address.replace("@", "\0", 1))
        notify.send(b"READY=1\nWATCHDOG=1")
