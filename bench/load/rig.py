"""The rig: switch, carrier, gate, relay and drain; open-loop runs of calls, and what they told."""

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from bench.load import scenarios
from bench.load.office import code
from bench.load.switch import REPOSITORY, USERS, configure, endpoint
from callmark.ops.heartbeat import HEARTBEAT_VARIABLE, READY
from callmark.switches.asterisk.report_file import SPOOL_VARIABLE
from tests.ports import free_port, gate_ports
from tests.switches.asterisk.harness.instance import Instance

TICK = os.sysconf("SC_CLK_TCK")
OURS = ("gate", "relay", "drain")
_EPOCH = 2
_counted = iter(range(10**9))


@dataclass(frozen=True)
class Way:
    """A way to ask: ``letter`` is its place in the switch's dialplan."""

    name: str
    letter: str
    digits: bool = True
    answered: bool = False
    number: str = "01144{}"
    first: int = 2_070_000_000


WAYS = {
    way.name: way
    for way in (
        Way("plain Dial", "p", digits=False),
        Way("prompt + 6 digits, no check", "r"),
        Way("FreePBX PIN set (AstDB)", "d"),
        Way("Authenticate, hashed", "a", answered=True),
        Way("Callmark, gated", "g"),
        Way("Callmark, not gated", "g", digits=False, number="1{}", first=2_125_550_000),
    )
}


@dataclass
class Told:
    """What became of the calls of one run; moments are epoch seconds, by number dialed."""

    placed: dict[str, float] = field(default_factory=dict)
    heard: dict[str, float] = field(default_factory=dict)
    typed: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    refused: dict[str, float] = field(default_factory=dict)
    reached: dict[str, float] = field(default_factory=dict)
    """When the carrier got the call."""
    alone: dict[str, float] = field(default_factory=dict)
    """Seconds until the switch had refused a call that its dialplan refuses in its first step."""
    cpu: dict[str, float] = field(default_factory=dict)
    """Seconds of CPU by process."""
    seconds: float = 0.0
    """That the processes were watched for."""

    @property
    def waits(self) -> list[float]:
        """From the last digit (or the call, where nothing is typed) to the INVITE, in seconds."""
        begun = self.typed or self.placed
        return sorted(at - begun[one] for one, at in self.reached.items() if one in begun)

    def goodput(self, begin: float, end: float) -> float:
        """Calls that reached the carrier a second, of those placed in a window of this run."""
        first = min(self.placed.values())
        meant = [n for n, at in self.placed.items() if begin <= at - first < end]
        return sum(one in self.reached for one in meant) / (end - begin)


class Rig:
    """Everything that runs. ``codes`` an account; ``kept``: a folder where the database stays."""

    def __init__(self, codes: int, kept: Path | None = None) -> None:
        self._kept = kept
        self.folder = Path(tempfile.mkdtemp(prefix="callmark-load-"))
        self.codes = codes
        self.longest_pause = 0.0
        """Of the gate's heartbeat, in seconds."""
        self.ready_after = 0.0
        """Seconds from the gate's start to its first call."""
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.ports = gate_ports()
        self.agi_port = int(self.ports["CALLMARK_AGI_PORT"])
        self.environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("CALLMARK_")},
            **self.ports,
            "CALLMARK_DATA_DIR": str(self.folder / "data"),
            "DJANGO_SETTINGS_MODULE": "callmark.settings",
        }
        self._carrier_log = self.folder / "carrier.log"
        self._phones_port = free_port(socket.SOCK_DGRAM)
        tool = REPOSITORY / "scripts" / "asterisk-root"
        root = subprocess.run([tool], check=True, capture_output=True, text=True).stdout.strip()
        self.pbx = Instance(Path(root), "load", 40_000)
        self.environment[SPOOL_VARIABLE] = str(self.pbx.home / "spool")

    def start(self) -> None:
        """Make the database, start everything, and wait until it takes calls."""
        self._make_office()
        carrier_port = free_port(socket.SOCK_DGRAM)
        self._start_carrier(carrier_port)
        configure(self.pbx, carrier_port, self.agi_port, [code(n) for n in range(self.codes)])
        for name in OURS:
            self.start_ours(name)
        for port in (self.agi_port, self.agi_port + 1):
            _wait_for_port(port)
        self.pbx.start_without_manager()

    def _make_office(self) -> None:
        """Make the database, or take that of an earlier run, as it was when it was new."""
        data = self.folder / "data"
        if self._kept is None or not self._kept.exists():
            self.office("make", str(self.codes))
            if self._kept is not None:
                shutil.copytree(data, self._kept)
        else:
            shutil.copytree(self._kept, data)
            migrate = [sys.executable, "-m", "callmark", "manage", "migrate", "-v0"]
            subprocess.run(migrate, env=self.environment, check=True)

    def office(self, *words: str) -> str:
        """Do something to the database, in a process of its own; returns what it says."""
        with self._office(*words) as process:
            said, _ = process.communicate()
        if process.returncode:
            raise RuntimeError((self.folder / "office.log").read_text()[-2000:])
        return said.decode()

    @contextmanager
    def beside(self, *words: str) -> Iterator[None]:
        """Have something done to the database meanwhile, if anything, once it is ready."""
        process = self._office(*words) if words else None
        if process is not None and process.stdout is not None:
            # Its start takes a core for as long as some calls last.
            process.stdout.readline()
        try:
            yield
        finally:
            if process is not None:
                process.terminate()
                process.wait()

    def _office(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "bench.load.office", *words]
        with (self.folder / "office.log").open("ab") as log:
            return subprocess.Popen(
                command, env=self.environment, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=log
            )

    def start_ours(self, name: str) -> None:
        """Start one of Callmark's processes."""
        log = (self.folder / f"{name}.log").open("ab")
        command = [sys.executable, "-m", "callmark", name]
        if name == "drain":
            command = ["nice", "-n", "5", *command]  # As the supervisor does: calls come first.
        environment, passed = self.environment, list[int]()
        if name == "gate":
            beats, end = os.pipe()
            environment = {**environment, HEARTBEAT_VARIABLE: str(end)}
            passed = [end]
            Thread(target=self._watch, args=(beats, time.monotonic()), daemon=True).start()
        self._processes[name] = subprocess.Popen(
            command, env=environment, stdout=log, stderr=subprocess.STDOUT, pass_fds=passed
        )
        for descriptor in passed:
            os.close(descriptor)

    def _watch(self, beats: int, began: float) -> None:
        """As the supervisor does: the longest pause while it loads, and when it is ready."""
        last = 0.0
        while said := os.read(beats, 100):
            now = time.monotonic()
            if last:
                self.longest_pause = max(self.longest_pause, now - last)
            last = now
            if READY in said:
                self.ready_after = self.ready_after or now - began

    def stop(self) -> None:
        """End it all, and leave nothing."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.pbx.stop()
        self.pbx.remove()
        if "CALLMARK_KEEP_ASTERISK" not in os.environ:
            shutil.rmtree(self.folder, ignore_errors=True)

    def log_of(self, name: str) -> str:
        """What a process of ours has written."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def calls(
        self,
        way: Way,
        rate: float,
        seconds: float,
        *,
        wait: bool = True,
        refused_each: int = 0,
        **phone: int,
    ) -> Told:
        """Place calls at a rate for so long, whatever becomes of those before.

        ``refused_each``: after so many of them one more that the switch refuses by itself.
        ``wait`` until their records are stored, so that what that costs is in.
        """
        count = max(1, round(rate * seconds))
        script, listed = self.folder / "phones.xml", self.folder / "calls.csv"
        log = self.folder / "phones.log"
        script.write_text(scenarios.phones(digits=way.digits, answered=way.answered, **phone))
        numbers, alone = self._list(way, count, listed, refused_each)
        rate, count = rate * (1 + len(alone) / count), count + len(alone)
        log.unlink(missing_ok=True)
        mark = self._carrier_log.stat().st_size if self._carrier_log.exists() else 0
        before, began = self._cpu(), time.monotonic()
        self._phones(script, listed, log, rate, count)
        if wait:
            self._wait_until_stored()
        told = Told(cpu={name: used - before[name] for name, used in self._cpu().items()})
        told.seconds = time.monotonic() - began
        for line in log.read_text(errors="replace").splitlines():
            words = line.split()
            getattr(told, words[-1])[words[-2][1:]] = float(words[_EPOCH])
        for number in alone & told.placed.keys():
            placed = told.placed.pop(number)
            if (refused := told.refused.pop(number, None)) is not None:
                told.alone[number] = refused - placed
        if not told.placed or self._processes["carrier"].poll() is not None:
            raise RuntimeError(self._said("phones") + self._said("carrier"))
        with self._carrier_log.open(errors="replace") as file:
            file.seek(mark)
            for line in file:
                words = line.split()
                if words[-1] in numbers:
                    told.reached.setdefault(words[-1], float(words[_EPOCH]))
        return told

    def _said(self, sipp: str) -> str:
        return (self.folder / f"{sipp}.out").read_text(errors="replace")[-1000:]

    def _list(
        self, way: Way, count: int, path: Path, refused_each: int
    ) -> tuple[set[str], set[str]]:
        numbers, alone, lines = set(), set(), ["SEQUENTIAL"]
        for _ in range(count):
            turn = next(_counted)
            number = way.number.format(way.first + turn)
            digits = code(turn * 37 % self.codes)
            lines.append(";".join((endpoint(turn % USERS), way.letter + number, *digits)))
            numbers.add(number)
            if refused_each and turn % refused_each == 0:
                other = f"999{turn:07}"
                lines.append(";".join((endpoint(turn % USERS), f"c{other}", *digits)))
                alone.add(other)
        path.write_text("\n".join(lines) + "\n")
        return numbers, alone

    def _phones(self, script: Path, listed: Path, log: Path, rate: float, count: int) -> None:
        command = ["sipp", f"127.0.0.1:{self.pbx.sip_port}", "-sf", script, "-inf", listed]
        command += ["-i", "127.0.0.1", "-p", str(self._phones_port), "-mp", _media_port()]
        command += ["-r", str(round(rate * 10)), "-rp", "10000", "-m", str(count), "-l", "20000"]
        command += ["-timer_resol", "1", "-nostdin", "-trace_logs", "-log_file", log]
        command += ["-timeout", f"{count / rate + 45}s", "-timeout_error", "-recv_timeout", "30000"]
        subprocess.run(
            [str(word) for word in command],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "phones.out").open("wb"),
            stderr=subprocess.STDOUT,
            check=False,
        )

    def _start_carrier(self, port: int) -> None:
        script = self.folder / "carrier.xml"
        script.write_text(scenarios.CARRIER)
        command = ["sipp", "-sf", script, "-i", "127.0.0.1", "-p", str(port), "-mp", _media_port()]
        command += ["-nostdin", "-trace_logs", "-log_file", self._carrier_log, "-timer_resol", "1"]
        self._processes["carrier"] = subprocess.Popen(
            [str(word) for word in command],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "carrier.out").open("wb"),
            stderr=subprocess.STDOUT,
        )

    def _cpu(self) -> dict[str, float]:
        pids = {name: self._processes[name].pid for name in OURS}
        pids["switch"] = self.pbx.pid
        return {name: _seconds(pid) for name, pid in pids.items()}

    def _wait_until_stored(self) -> None:
        """Until the drain has taken what the calls left, so that their cost is in."""
        seen = -1.0
        give_up = time.monotonic() + 30
        while time.monotonic() < give_up:
            time.sleep(1.0)
            used = _seconds(self._processes["drain"].pid)
            if used - seen < 0.03:
                return
            seen = used


def _media_port() -> str:
    """A port whose next ones are free, too: sipp takes several, and gives up where one is taken."""
    for first in random.sample(range(61_000, 65_000, 10), 100):
        with ExitStack() as stack:
            try:
                for port in range(first, first + 4):
                    probe = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
                    probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return str(first)
    raise OSError("no free ports for media")


def _seconds(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICK


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"nothing listens on port {port}")
