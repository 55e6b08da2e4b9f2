"""The process ``callmark gate``: the gate and the servers for its switches, until told to stop."""

import asyncio
import gc
import logging
import signal
import sys
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings

from callmark.gate.background import GateProcess
from callmark.gate.counters import counters
from callmark.gate.share import Share
from callmark.gate.spools import spool_of
from callmark.ops.checks import of_gate
from callmark.ops.gate_processes import Given
from callmark.ops.heartbeat import beat
from callmark.ops.metrics import Metrics, of_drain, of_spool
from callmark.ops.metrics import of_gate as counted_by_gate
from callmark.ops.probe_places import place_of_gate
from callmark.ops.probes import Pages, ProbeServer, Pulse, serve_probes
from callmark.switches.asterisk.access import Access
from callmark.switches.asterisk.cdr.field import CdrField
from callmark.switches.asterisk.server import AgiServer
from callmark.switches.freeswitch.service import FreeSwitchService, FreeSwitchSettings

log = logging.getLogger("callmark.gate")

SWITCH_SECONDS = 0.0005

GRACE_SECONDS = 5.0
"""How long calls that are at a prompt may go on when the process is told to stop."""


async def serve_gate(
    host: str,
    port: int,
    access: Access,
    spool_directory: Path,
    cdr_field: CdrField,
    freeswitch: FreeSwitchSettings | None = None,
    given: Given | None = None,
) -> None:
    """Serve calls until SIGTERM or SIGINT, then let running ones finish; alone, or as ``given``."""
    siblings = given.siblings if given else None
    share = siblings.share if siblings else Share()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stopping.set)
    process = GateProcess(spool_directory, share)
    ready = asyncio.Event()
    pulse = Pulse()
    heartbeat = asyncio.create_task(beat(ready.is_set, pulse.beat))
    await _start(process)
    server = AgiServer(
        process.gate, host=host, port=port, access=access, cdr_field=cdr_field, siblings=siblings
    )
    await server.start(given.agi if given else ())
    beside = FreeSwitchService(process.gate, freeswitch, siblings) if freeswitch else None
    if beside is not None:
        await beside.start(given.freeswitch if given else ())
    if siblings is not None:
        both = (server, beside.server) if beside else (server,)
        siblings.start({one.kind: one.take for one in both})
    if not access.secret and not ip_address(host).is_loopback:
        log.warning("the gate listens beyond this machine without a CALLMARK_AGI_SECRET")
    log.info("the gate listens on %s port %d", host, port)
    ready.set()
    probes = _serve_probes(pulse, spool_directory, share)
    await stopping.wait()
    if probes is not None:
        probes.stop()
    if siblings is not None:
        siblings.stop()
    await asyncio.gather(
        server.close(GRACE_SECONDS), *([beside.close(GRACE_SECONDS)] if beside else [])
    )
    await process.stop()
    heartbeat.cancel()


async def _start(process: GateProcess) -> None:
    # A thread that reads the database holds the interpreter; calls wait for it no longer than this.
    sys.setswitchinterval(SWITCH_SECONDS)
    # What is loaded stays: to look through a million codes for garbage would hold up calls.
    gc.disable()
    await process.start()
    gc.collect()
    gc.freeze()
    gc.enable()


def _serve_probes(pulse: Pulse, spool_directory: Path, share: Share) -> ProbeServer | None:
    process = share.process
    health = of_gate(pulse.is_alive, spool_of(spool_directory, process))
    metrics = Metrics(
        health,
        lambda: counted_by_gate(counters),
        lambda: of_drain(counters),
        of_spool(spool_directory, process),
    )
    place = place_of_gate(settings.PROBES["gate"], process)
    return serve_probes(place, Pages(health, metrics, settings.METRICS_TOKEN))
