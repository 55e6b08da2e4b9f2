"""A backup of a running installation under load, and an installation made from it elsewhere."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from callmark.gate.set_aside import set_aside, what_is_set_aside
from callmark.gate.spool import count_waiting, segments
from callmark.gate.spools import spool_of
from tests.installations import copied, new_on_postgresql
from tests.ops.test_running_an_installation import until
from tests.ports import gate_ports
from tests.upgrade.make_release_fixture import LONDON, Phones

DEMO_CODES = 5


class Machine:
    """One machine with an installation's data folder, on a database of its own."""

    def __init__(self, data: Path, database_url: str) -> None:
        self.data = data
        self.database_url = database_url
        ports = gate_ports()
        self.agi_port = int(ports["CALLMARK_AGI_PORT"])
        self._environment = os.environ | {
            "CALLMARK_DATA_DIR": str(data),
            "CALLMARK_DATABASE_URL": database_url,
            **ports,
            "CALLMARK_DEMO_PASSWORD": "of-the-backup-test",
            "DJANGO_SETTINGS_MODULE": "callmark.settings",
        }
        self._gate: subprocess.Popen[bytes] | None = None

    def callmark(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Give a command."""
        command = [sys.executable, "-m", "callmark", *words]
        return subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=False
        )

    def done(self, *words: str) -> str:
        """Give a command that must succeed; what it prints."""
        done = self.callmark(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start_gate(self) -> Phones:
        """The gate, and phones behind a switch that asks it."""
        command = [sys.executable, "-m", "callmark", "gate"]
        self._gate = subprocess.Popen(command, env=self._environment)
        phones = Phones(self.agi_port)
        until(phones.can_call)
        return phones

    def kill_gate(self) -> None:
        """As by a power cut."""
        if self._gate is not None:
            self._gate.kill()
            self._gate.wait()
            self._gate = None

    def tables(self) -> dict[str, str]:
        """How many rows every table of the models has, and a hash of them all."""
        found: dict[str, str] = json.loads(self.done("manage", "shell", "-v0", "-c", TABLES))
        return found

    def history(self) -> set[str]:
        """The calls on record, by the switch's id, with their codes as they can be read."""
        return set(self.done("manage", "shell", "-v0", "-c", HISTORY).split())


@contextmanager
def database_is_away(machine: Machine) -> Iterator[None]:
    """Nobody else can write to the database meanwhile."""
    if machine.database_url:
        with psycopg.connect(machine.database_url) as database:
            database.execute("LOCK TABLE calls_call IN ACCESS EXCLUSIVE MODE")
            yield
    else:
        path = machine.data / "callmark.sqlite3"
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield


HISTORY = """
from callmark.calls.models import Call
placed = Call.objects.of_every_account("a test")
for call in placed.exclude(switch_call_id__startswith="demo"):
    print(f"{call.switch_call_id}={call.account_code}")
"""


TABLES = """
import hashlib, json
from django.apps import apps
from django.db import connection
found = {}
for model in apps.get_models(include_auto_created=True):
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM " + connection.ops.quote_name(table))
        rows = sorted(map(repr, cursor.fetchall()))
    found[table] = f"{len(rows)} rows {hashlib.sha256(chr(10).join(rows).encode()).hexdigest()}"
print(json.dumps(found))
"""


def on_sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Machine, Machine]:
    old = copied(request.getfixturevalue("with_demo"), tmp_path / "old")
    return Machine(old, ""), Machine(tmp_path / "new", "")


def on_postgresql(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Machine, Machine]:
    old = Machine(*request.getfixturevalue("migrated_on_postgresql"))
    old.done("demo")
    with request.getfixturevalue("django_db_blocker").unblock():
        return old, Machine(tmp_path / "new", new_on_postgresql())


@pytest.fixture(
    params=[
        pytest.param(on_sqlite, marks=pytest.mark.sqlite),
        pytest.param(on_postgresql, marks=pytest.mark.postgres),
    ]
)
def machines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Machine, Machine]]:
    """The machine that is lost later, with the demo on it, and a new one."""
    old, new = request.param(request, tmp_path)
    try:
        yield old, new
    finally:
        old.kill_gate()
        new.kill_gate()


class Traffic:
    """Calls one after the other, with a code, until told to stop."""

    def __init__(self, phones: Phones) -> None:
        self._phones = phones
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._place_calls)
        self.placed: list[str] = []

    def __enter__(self) -> "Traffic":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _place_calls(self) -> None:
        while not self._stop.is_set():
            call_id = f"9.{len(self.placed)}"
            self._phones.call(call_id, "101", LONDON, "1234")
            # From here on its record is durable.
            self.placed.append(f"{call_id}=1234")


def test_the_machine_is_lost_and_another_takes_over(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    old, new = machines
    with Traffic(old.start_gate()) as traffic:
        until(lambda: len(traffic.placed) > 30)
        before = set(traffic.placed)
        old.done("backup", str(tmp_path / "backup"), "--keys", str(tmp_path / "keys"))
        at_the_end = len(traffic.placed)
        until(lambda: len(traffic.placed) > at_the_end + 30)
    old.kill_gate()

    said = new.done("restore", str(tmp_path / "backup"), "--keys", str(tmp_path / "keys"))
    assert f"{DEMO_CODES} codes, all readable" in said
    again = new.callmark("restore", str(tmp_path / "backup"))
    assert (again.returncode, "database is not empty" in again.stderr) == (2, True), again.stderr
    phones = new.start_gate()
    until(lambda: count_waiting(new.data / "spool") == 0)
    # Every call that was on disk when the backup began is there, and readable; of those that came
    # while it was made some are; nothing is there twice or half.
    found = new.history()
    assert before <= found <= set(traffic.placed)
    # And it works: the code of before is asked for, found and recorded.
    phones.call("after", "101", LONDON, "0417")
    until(lambda: "after=0417" in new.history())


def test_records_that_waited_or_were_set_aside_are_there_on_the_new_machine(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    """Also those of a gate process that the new machine does not start."""
    old, new = machines
    phones = old.start_gate()
    with database_is_away(old):
        phones.call("waits", "101", LONDON, "1234")
        phones.call("waits-too", "101", LONDON, "1234")
        old.kill_gate()
    (path,) = segments(old.data / "spool")
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first)
    of_another = spool_of(old.data / "spool", 2)
    of_another.mkdir()
    (of_another / path.name).write_bytes(second)
    set_aside(old.data / "spool", b"a line that no database takes\n", ValueError())
    old.done("backup", str(tmp_path / "backup"), "--keys", str(tmp_path / "keys"))
    said = new.done("restore", str(tmp_path / "backup"), "--keys", str(tmp_path / "keys"))
    assert "2 records wait in the spool" in said
    assert "1 records are set aside" in said
    assert what_is_set_aside(new.data / "spool") == what_is_set_aside(old.data / "spool")
    # Whatever a model keeps is there again, row for row: the newest table, too.
    assert new.tables() == old.tables()
    new.start_gate()
    until(lambda: new.history() == {"waits=1234", "waits-too=1234"})


@pytest.mark.sqlite  # that a database is not empty is told on both, above
def test_keys_are_apart_and_nothing_is_ever_overwritten(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    old, new = machines
    said = old.done("backup", str(tmp_path / "backup"))
    assert str(old.data / "code-keys") in said
    written = b"".join(path.read_bytes() for path in (tmp_path / "backup").rglob("*.*"))
    assert (old.data / "code-keys").read_bytes().strip() not in written
    for machine, words, why in (
        (new, ("restore", "backup"), "keys are missing"),
        (old, ("restore", "backup"), "database is not empty"),
        (old, ("backup", "backup"), "is not empty"),
        (old, ("backup", "b", "--keys", str(tmp_path / "b" / "keys")), "must not be inside"),
    ):
        refused = machine.callmark(words[0], str(tmp_path / words[1]), *words[2:])
        assert (refused.returncode, why in refused.stderr) == (2, True), refused.stderr
