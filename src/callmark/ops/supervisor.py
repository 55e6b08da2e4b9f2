"""``callmark run``: web server, gate, drain, relay and worker; who dies or hangs is restarted.

And once a day a command that deletes what is old, in a process of its own that then ends: it costs
no memory in between, and however it fails, neither calls nor pages notice.
"""

import ctypes
import logging
import multiprocessing
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from callmark.ops.heartbeat import HEARTBEAT_VARIABLE, READY

log = logging.getLogger("callmark.ops")

HANG_SECONDS = 2.0
"""A gate silent for this long is killed: callers then fall to the switch's fail policy."""

START_SECONDS = 30.0
"""A process may take this long until its first heartbeat, which comes before it loads anything."""

STOP_SECONDS = 8.0

WEB_STOP_SECONDS = 6
"""A web process that is told to end before it listens for that would never end by itself."""

GATE = [sys.executable, "-m", "callmark", "gate"]

DAY_SECONDS = 24 * 3600.0
DAILY_AGAIN_SECONDS = 3600.0
"""When a daily job failed, perhaps because the database was away."""

DAILY_LONGEST_SECONDS = 6 * 3600.0


@dataclass
class Child:
    """One child process; ``beats`` when it writes heartbeats, ``start_after`` seconds to wait.

    It has our environment and its own, and the descriptors that are ``passed`` to it. Where it
    ``answers_at`` (host and port), it is up once it takes connections.
    """

    name: str
    command: list[str]
    beats: bool = False
    answers_at: tuple[str, int] | None = None
    start_after: float = 0.0
    niceness: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    passed: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    heartbeat: int = -1
    deadline: float = 0.0
    failures: int = 0
    restart_at: float = 0.0
    started_at: float = field(default=0.0)
    has_beaten: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether it does its work, as its heartbeats say."""
        return self.process is not None and self.has_beaten

    def is_up(self) -> bool:
        """Whether what people and phones wait for is there: its first heartbeat, or its port."""
        if self.process is None:
            return self.answers_at is None and not self.beats
        if self.beats:
            return self.has_beaten
        return self.answers_at is None or takes_connections(*self.answers_at)

    def start(self) -> None:
        """Start it, in a session of its own so that Ctrl-C reaches only the supervisor."""
        environment = os.environ | self.environment
        beats: tuple[int, ...] = ()
        self.has_beaten = False
        if self.beats:
            self.heartbeat, write_end = os.pipe()
            environment[HEARTBEAT_VARIABLE] = str(write_end)
            beats = (write_end,)
        self.process = subprocess.Popen(
            self.command,
            env=environment,
            pass_fds=(*self.passed, *beats),
            start_new_session=True,
            preexec_fn=self._prepare,  # noqa: PLW1509 (the supervisor has one thread)
        )
        for descriptor in beats:
            os.close(descriptor)
        self.started_at = time.monotonic()
        self.deadline = self.started_at + START_SECONDS

    def _prepare(self) -> None:
        _give_way(self.niceness)
        _end_with_parent()

    def check(self) -> None:
        """Kill it if it hangs; start it again, after a growing pause, if it is dead."""
        if self.process is None:
            if time.monotonic() >= self.restart_at:
                self.start()
            return
        if self.beats and time.monotonic() > self.deadline:
            log.error("%s hangs: killed, so that calls fall to the fail policy", self.name)
            self.process.kill()
            self.process.wait()
        if self.process.poll() is not None:
            self._forget_dead()

    def _forget_dead(self) -> None:
        assert self.process is not None
        _kill_group(self.process.pid)
        lived = time.monotonic() - self.started_at
        self.failures = 0 if lived > 60 else self.failures + 1
        pause = min(10.0, 0.1 * 2**self.failures)
        log.error(
            "%s ended (%s); starting again in %.1f s", self.name, self.process.returncode, pause
        )
        self.process = None
        self.restart_at = time.monotonic() + pause
        if self.heartbeat >= 0:
            os.close(self.heartbeat)
            self.heartbeat = -1

    def heard(self) -> None:
        """A heartbeat came, or (nothing to read) the writing end was closed."""
        if beats := os.read(self.heartbeat, 4096):
            self.deadline = time.monotonic() + HANG_SECONDS
            self.has_beaten = READY in beats
        else:
            os.close(self.heartbeat)
            self.heartbeat = -1


class DailyJob(Child):
    """A command that is run once a day and ends."""

    def check(self) -> None:
        """Start it when it is time, and see whether it has ended, and how."""
        if self.process is None:
            if time.monotonic() >= self.restart_at:
                self.start()
            return
        if time.monotonic() - self.started_at > DAILY_LONGEST_SECONDS:
            log.error("%s has run for hours: stopped", self.name)
            _kill_group(self.process.pid)
            self.process.wait()
        if self.process.poll() is None:
            return
        _kill_group(self.process.pid)
        failed = self.process.returncode != 0
        if failed:
            log.error("%s failed (%s); again in an hour", self.name, self.process.returncode)
        self.process = None
        self.restart_at = time.monotonic() + (DAILY_AGAIN_SECONDS if failed else DAY_SECONDS)


def _give_way(niceness: int) -> None:
    os.nice(niceness)
    if niceness:
        # Linux shares the processor among sessions first, and each child is one: there, a process's
        # own niceness says nothing to the others. Without that feature there is no such file.
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(f"{niceness}\n")


def _end_with_parent() -> None:
    # Linux's PR_SET_PDEATHSIG: a killed supervisor must not leave the ports taken.
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def takes_connections(host: str, port: int) -> bool:
    """Whether somebody listens there."""
    try:
        with socket.create_connection((host, port), timeout=0.2):
            return True
    except OSError:
        return False


def supervise(
    children: list[Child],
    when_up: Callable[[], None] = lambda: None,
    each_round: Callable[[], None] = lambda: None,
    when_stopping: Callable[[], None] = lambda: None,
) -> None:
    """Run the children until SIGINT or SIGTERM, then stop them all.

    ``when_up`` is called once, when portal and gate answer; ``each_round`` a few times a second.
    """
    stop = _StopSignal()
    started_at = time.monotonic()
    for child in children:
        child.restart_at = started_at + child.start_after
        child.check()
    waiting = True
    while not stop.received:
        descriptors = {child.heartbeat: child for child in children if child.heartbeat >= 0}
        try:
            readable, _, _ = select.select(list(descriptors), [], [], 0.2)
        except InterruptedError:
            continue
        for descriptor in readable:
            descriptors[descriptor].heard()
        for child in children:
            child.check()
        each_round()
        if waiting and all(child.is_up() for child in children):
            waiting = False
            when_up()
    when_stopping()
    _stop_all(children)


class _StopSignal:
    def __init__(self) -> None:
        self.received = False
        signal.signal(signal.SIGINT, self._receive)
        signal.signal(signal.SIGTERM, self._receive)

    def _receive(self, _signal: int, _frame: object) -> None:
        self.received = True


def _stop_all(children: list[Child]) -> None:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    give_up_at = time.monotonic() + STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.1, give_up_at - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _kill_group(process.pid)


def _kill_group(pid: int) -> None:
    """End what a child left behind: a killed web server's workers would keep answering."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def reachable(host: str) -> str:
    """Where a server that listens on this address is to be found from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (asked, not bound)


def web_command(host: str, port: int, workers: int = 1) -> list[str]:
    """What runs the portal and nothing else, in so many processes."""
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host]
    # As many in all as the server itself advises for this machine: with more, Python's threads only
    # wait for one another, and it says so at every start. Three each: two long downloads must not
    # keep a process from answering.
    threads = max(3, (2 * multiprocessing.cpu_count() + 1) // workers)
    web += ["--port", str(port), "--workers", str(workers), "--blocking-threads", str(threads)]
    # A body has no such limit in this server: docs/security.md says what the proxy must do.
    web += ["--http1-header-read-timeout", "10000"]
    web += ["--workers-kill-timeout", str(WEB_STOP_SECONDS)]
    return [*web, "--log-level", "warning", "--no-ws", "callmark.wsgi:application"]


def web_and_gate(
    host: str,
    port: int,
    *,
    workers: int = 1,
    follow_cdr_of: tuple[str, ...] = (),
    gates: Sequence[Child] = (),
) -> list[Child]:
    """The processes of an installation on one machine; ``workers`` of them serve the portal.

    ``follow_cdr_of``: ``asterisk``, ``freeswitch``, whose own CDR is followed, too.
    ``gates``: where there are several.
    """
    web = web_command(host, port, workers)
    drain = [sys.executable, "-m", "callmark", "drain"]
    relay = [sys.executable, "-m", "callmark", "relay"]
    webhooks = [sys.executable, "-m", "callmark", "webhooks"]
    housekeeping = [sys.executable, "-m", "callmark", "delete-old-records", "--daily"]
    return [
        Child("the web server", web, answers_at=(reachable(host), port)),
        *(gates or [Child("the gate", GATE, beats=True)]),
        # Calls come first: the gate must not wait for what stores them.
        Child("the drain", drain, start_after=1.0, niceness=5),
        Child("the relay", relay, beats=True),
        # Nobody waits for it: portal and gate are up sooner without it beside them.
        Child("the webhook worker", webhooks, start_after=3.0),
        *map(_follower, follow_cdr_of),
        # Not while everything else starts; and after all that people and phones wait for.
        DailyJob("the housekeeping", housekeeping, start_after=300.0, niceness=10),
    ]


def _follower(kind: str) -> Child:
    command = [sys.executable, "-m", "callmark", kind, "follow-cdr"]
    return Child(f"the reader of the {kind} CDR", command, start_after=3.0, niceness=5)
