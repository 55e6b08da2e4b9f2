"""A process shows that its event loop is alive; one that does not is killed and started again."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress

log = logging.getLogger("callmark.ops")

HEARTBEAT_SECONDS = 0.25
HEARTBEAT_VARIABLE = "CALLMARK_HEARTBEAT_FD"


READY, STARTING = b"!", b"."
"""What a beat says: that the process does its work, or that it lives and is not there yet."""

_EXTENDED_MICROSECONDS = 30_000_000


async def beat(
    is_ready: Callable[[], bool] = lambda: True, came_round: Callable[[], None] = lambda: None
) -> None:
    """Show the supervisor (or systemd's watchdog) that the event loop is alive.

    A hung gate would hold callers in silence; a killed one lets the fail policy decide. One that
    loads a large installation is not hung. ``came_round`` is called with each beat.
    """
    if descriptor := os.environ.get(HEARTBEAT_VARIABLE):
        # A supervisor that does not read must not hold up calls.
        os.set_blocking(int(descriptor), False)
    while True:
        came_round()
        ready = is_ready()
        if descriptor := os.environ.get(HEARTBEAT_VARIABLE):
            try:
                os.write(int(descriptor), READY if ready else STARTING)
            except BlockingIOError:
                pass
            except OSError:
                log.warning("the supervisor is gone")
                os.environ.pop(HEARTBEAT_VARIABLE, None)
        tell_systemd(ready=ready)
        await asyncio.sleep(HEARTBEAT_SECONDS)


def tell_systemd(*, ready: bool) -> None:
    """Tell systemd, where it has started this process."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    starting = b"EXTEND_TIMEOUT_USEC=%d\nWATCHDOG=1" % _EXTENDED_MICROSECONDS
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        # One that does not read must not hold up calls, nor end the beats: the next may be heard.
        notify.setblocking(False)
        with suppress(OSError):
            notify.connect(address.replace("@", "\0", 1))
            notify.send(b"READY=1\nWATCHDOG=1" if ready else starting)
