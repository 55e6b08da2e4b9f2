"""A process shows that its event loop is alive; one that does not is killed and started again."""

import asyncio
import logging
import os
import socket

log = logging.getLogger("callmark.ops")

HEARTBEAT_SECONDS = 0.25
HEARTBEAT_VARIABLE = "CALLMARK_HEARTBEAT_FD"


async def beat() -> None:
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
