"""``callmark run``: portal and gate come up, survive death and hanging, and stop together."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from callmark.ops.probe_places import probe_place
from tests.installations import copied
from tests.ops.test_health_and_metrics import ask
from tests.ports import free_port, gate_ports


def until(condition: Callable[[], bool], seconds: float = 240) -> None:
    """Wait for a condition; fails after that time."""
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, "waited for nothing"
        time.sleep(0.05)


def processes_below(pid: int) -> list[int]:
    """The process ids of a process's own children."""
    command = ["ps", "-o", "pid=", "--ppid", str(pid)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [int(line) for line in listed.split()]


def is_running(pid: int) -> bool:
    """Whether the process still does something: one that ended may wait for init to notice."""
    command = ["ps", "-o", "stat=", "-p", str(pid)]
    state = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return bool(state) and not state.startswith("Z")


PROJECT = Path(__file__).parents[2]


class Installation:
    """``callmark run --demo`` over a data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port, self.ports = free_port(), gate_ports()
        self.agi_port = int(self.ports["CALLMARK_AGI_PORT"])
        self._output = data.parent / f"output-{self.port}"
        environment = os.environ | {
            "CALLMARK_DATA_DIR": str(data),
            "CALLMARK_PORT": str(self.port),
            **self.ports,
            "CALLMARK_DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "callmark.settings",
        }
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "callmark", "run", "--demo"],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self._output.read_text()

    def portal_answers(self, *, within: float = 5) -> bool:
        """Whether the sign-in page is there. Nobody listening is told at once, however long."""
        try:
            url = f"http://127.0.0.1:{self.port}/"
            with urllib.request.urlopen(url, timeout=within) as answer:
                return "Sign in" in answer.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def gate_answers(self) -> bool:
        """Whether the gate takes connections and is not hung: a junk header is refused at once."""
        try:
            with socket.create_connection(("127.0.0.1", self.agi_port), timeout=1) as connection:
                connection.settimeout(1)
                connection.sendall(b"not an AGI header\n\n")
                connection.recv(1)
                return True
        except OSError:
            return False

    def children(self) -> dict[str, int]:
        """The process ids by command; ``web`` is the web server's main process."""
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        found = {}
        for line in listed.splitlines():
            pid, arguments = line.split(None, 1)
            command = arguments.rsplit(" ", 1)[-1]
            ours = command in {"gate", "drain", "relay", "webhooks"}
            found[command if ours else "web"] = int(pid)
        return found

    def stop(self) -> int:
        """Ctrl-C; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@pytest.fixture(scope="module")
def started(with_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    running = Installation(copied(with_demo, tmp_path_factory.mktemp("running") / "data"))
    yield running
    running.stop()


@pytest.fixture
def installation(started: Installation) -> Installation:
    """Portal, gate and all are up, whatever a test before has killed."""
    until(started.portal_answers)
    until(started.gate_answers)
    until(lambda: len(started.children()) == 5)
    return started


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Begun with nothing, and stopped once all was up."""
    running = Installation(tmp_path_factory.mktemp("first") / "data")
    try:
        until(lambda: "operator@callmark.example" in running.output)
        assert running.portal_answers(within=60), "it says so when it is up, not before"
        until(lambda: "webhooks" in running.children())
    finally:
        running.stop()
    return running


def test_it_prints_a_line_for_each_step_and_last_whom_to_sign_in_as(
    first_run: Installation,
) -> None:
    lines = first_run.output.splitlines()
    assert [line.split(":")[0] for line in lines[:7]] == [
        "Preparing the database",
        f"Made {first_run.data / 'code-keys'}",
        "Making the demo accounts, with two months of calls",
        "Starting portal and gate",
        "Callmark is up",
        "Ctrl-C stops everything.",
        "Sign in at http",
    ]
    # Nothing stands in between, nothing comes after.
    assert [line.split()[0] for line in lines[7:]] == [
        "olivia@demo.example",
        "sam@school.example",
        "operator@callmark.example",
    ]


def test_a_port_that_is_taken_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        environment = os.environ | {"CALLMARK_DATA_DIR": str(tmp_path), "CALLMARK_PORT": taken}
        done = subprocess.run(
            [sys.executable, "-m", "callmark", "run"],
            env=environment | {"DJANGO_SETTINGS_MODULE": "callmark.settings"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert f"listening on 127.0.0.1 port {taken}: set another with CALLMARK_PORT" in done.stderr


def test_a_second_run_says_the_same_of_the_same_data_and_ctrl_c_stops_everything(
    first_run: Installation,
) -> None:
    again = Installation(first_run.data)
    try:
        until(lambda: "operator@callmark.example" in again.output)
        until(again.portal_answers)
        until(again.gate_answers)
        until(lambda: len(again.children()) == 5)
    finally:
        children = again.children()
        code = again.stop()
    first, second = (
        re.search(r"olivia@demo\.example +(\S+)", run.output) for run in (first_run, again)
    )
    assert first
    assert second
    assert first[1] == second[1]
    assert f"http://127.0.0.1:{again.port}" in again.output
    assert "Traceback" not in again.output
    assert code == 0
    assert not again.portal_answers()
    assert not again.gate_answers()
    for pid in children.values():
        assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("which", ["gate", "relay"])
def test_a_hung_gate_is_killed_and_replaced(installation: Installation, which: str) -> None:
    hung = installation.children()[which]
    os.kill(hung, signal.SIGSTOP)
    until(lambda: installation.children().get(which, hung) != hung)
    until(installation.gate_answers)
    assert "hangs" in installation.output


@pytest.mark.parametrize("which", ["gate", "drain", "relay", "web", "webhooks"])
def test_a_killed_process_is_started_again(installation: Installation, which: str) -> None:
    killed = installation.children()[which]
    left_behind = processes_below(killed)
    os.kill(killed, signal.SIGKILL)
    until(lambda: installation.children().get(which, killed) != killed)
    until(installation.gate_answers)
    until(installation.portal_answers)
    until(lambda: not any(map(is_running, left_behind)))


def places(installation: Installation) -> dict[str, int]:
    """Where each process of an installation answers."""
    found = {"portal": installation.port}
    for process in ("gate", "drain", "jobs", "relay"):
        place = probe_place(process, installation.ports)
        assert place
        found[process] = place[1]
    return found


def answers(port: int) -> bool:
    try:
        return ask(port, "/healthz")[0] == 200
    except OSError:
        return False


def every_metric(installation: Installation) -> set[str]:
    """The names of all metrics that the processes of an installation tell."""
    found = set()
    for port in places(installation).values():
        until(lambda port=port: answers(port))  # type: ignore[misc]
        status, text = ask(port, "/metrics")
        assert status == 200
        found |= {one.name for each in text_string_to_metric_families(text) for one in each.samples}
    return found


def test_every_process_is_alive_and_ready(installation: Installation) -> None:
    for process, port in places(installation).items():
        until(lambda port=port: answers(port))  # type: ignore[misc]
        until(lambda port=port: ask(port, "/readyz")[0] == 200)  # type: ignore[misc]
        assert "callmark_info" in ask(port, "/metrics")[1], process


def test_alarms_and_dashboard_name_nothing_that_is_not_told(installation: Installation) -> None:
    told = every_metric(installation) | {"up"}
    rules = (PROJECT / "deploy/prometheus/callmark-alerts.yml").read_text()
    expressions = re.findall(r"^ +expr: (.*)$", rules, re.MULTILINE)
    board = json.loads((PROJECT / "deploy/grafana/callmark.json").read_text())
    for panel in board["panels"]:
        expressions += [target["expr"] for target in panel.get("targets", [])]
    assert len(expressions) > 25
    for expression in expressions:
        assert expression.count("(") == expression.count(")"), expression
        named = set(re.findall(r"\b(?:callmark|process)_\w+|\bup\b", expression))
        assert named, expression
        assert named <= told, f"{named - told} in {expression}"
        # Of a gauge that falls, these would say that something came.
        counted = set(re.findall(r"\b(?:rate|increase)\((\w+)", expression))
        assert all(one.endswith(("_total", "_bucket")) for one in counted), expression


def test_no_label_can_hold_what_somebody_dialed_or_is_called(installation: Installation) -> None:
    labels = set()
    for port in places(installation).values():
        until(lambda port=port: answers(port))  # type: ignore[misc]
        for family in text_string_to_metric_families(ask(port, "/metrics")[1]):
            labels |= {name for one in family.samples for name in one.labels}
    known = {"area", "check", "le", "outcome", "process", "status", "type", "version", "why"}
    assert labels <= known


def test_a_portal_whose_database_is_of_another_version_is_alive_and_not_ready(
    installation: Installation,
) -> None:
    with closing(sqlite3.connect(installation.data / "callmark.sqlite3", timeout=60)) as database:
        one = database.execute("SELECT * FROM django_migrations WHERE app = 'webhooks'").fetchone()
        database.execute("DELETE FROM django_migrations WHERE id = ?", one[:1])
        database.commit()
        try:
            until(lambda: ask(installation.port, "/readyz")[0] == 503)
            assert "migrations: 1 " in ask(installation.port, "/readyz")[1]
            assert ask(installation.port, "/readyz", Forwarded="for=192.0.2.7")[1] == "not ready\n"
            assert ask(installation.port, "/healthz")[0] == 200
            gate = places(installation)["gate"]
            until(lambda: "migrations: 1 " in ask(gate, "/readyz")[1])
            assert ask(gate, "/readyz")[0] == 200, "calls go on"
        finally:
            database.execute("INSERT INTO django_migrations VALUES (?, ?, ?, ?)", one)
            database.commit()
