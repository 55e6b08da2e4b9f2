"""``CALLMARK_GATE_PROCESSES=2``: real processes, to which connections come as the system likes.

A script on a socket stands for the switch: it answers as Asterisk does.
"""

import asyncio
import fcntl
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from callmark.gate.share import MOST_PROCESSES, owner_of
from callmark.gate.spool import count_waiting, segments
from callmark.gate.spools import spool_of, spools
from callmark.ops.probe_places import place_of_gate
from tests.installations import copied
from tests.ops.test_health_and_metrics import ask
from tests.ops.test_running_an_installation import processes_below, until
from tests.ports import free_port, gate_ports
from tests.switches.asterisk.harness.accounts import ACCOUNTS, ACME, HARBOR, LIMITED, TestAccount
from tests.switches.asterisk.harness.gate import Database
from tests.switches.freeswitch.scripted import Call, phone_call

pytestmark = pytest.mark.sqlite

LONDON = "%2B442079460000"
GUESSES = 4
MOST_TRIES = 400
"""Of something that happens to about every second connection."""


@pytest.fixture(scope="module")
def with_accounts(
    request: pytest.FixtureRequest, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return Database.of_phones(request, migrated, tmp_path_factory).folder


class Switch:
    """Asks gates as Asterisk does; ``asked`` counts how often anybody was asked for a code."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.calls = 0
        self.asked = 0

    def call(
        self,
        account: TestAccount,
        number: str = LONDON,
        *entries: str,
        channel: str = "",
        extension: str = "101",
        conversation: str = "",
        **said: str,
    ) -> str:
        """One leg; its result, '' where the gate gave it back or went away."""
        self.calls += 1
        unique_id = f"1700000000.{self.calls}"
        said = {"number": number, "linked": conversation or unique_id, **said}
        header = {
            "network": "yes",
            "request": f"agi://127.0.0.1/gate?switch=main&account={account.slug}",
            "channel": channel or f"PJSIP/{account.phone(extension)}-0000001a",
            "uniqueid": unique_id,
            "callerid": extension,
            "arg_1": "&".join(f"{name}={value}" for name, value in said.items()),
        }
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            lines = [f"agi_{name}: {value}\n" for name, value in header.items()]
            connection.sendall("".join([*lines, "\n"]).encode())
            try:
                return self._answer(connection, list(entries))
            except ConnectionResetError:
                return ""

    def _answer(self, connection: socket.socket, entries: list[str]) -> str:
        result = ""
        with connection.makefile("rb") as commands:
            for line in commands:
                typed = ""
                if line.startswith(b"GET DATA"):
                    self.asked += 1
                    typed = entries.pop(0) if entries else ""
                if found := re.match(rb'SET VARIABLE "CALLMARK_RESULT" "(\w+)"', line):
                    result = found[1].decode()
                connection.sendall(f"200 result={typed or 0}\n".encode())
        return result


class Gates:
    """``callmark gate`` in several processes, of which no record is stored meanwhile.

    So what one of them has heard is not told to the others by the database.
    """

    def __init__(self, data: Path, processes: int = 2, **more: str) -> None:
        self.data = data
        self.ports = gate_ports(processes)
        self.switch = Switch(int(self.ports["CALLMARK_AGI_PORT"]))
        self._log = data.parent / f"log-{self.switch.port}"
        environment = os.environ | {
            "CALLMARK_DATA_DIR": str(data),
            "CALLMARK_DATABASE_URL": "",
            "CALLMARK_GATE_PROCESSES": str(processes),
            "CALLMARK_LOCKOUT_WRONG_ENTRIES": str(GUESSES),
            "CALLMARK_AGI_SECRET": "",
            "DJANGO_SETTINGS_MODULE": "callmark.settings",
            **self.ports,
            **more,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "callmark", "gate"],
            env=environment,
            stdout=self._log.open("wb"),
            stderr=subprocess.STDOUT,
        )
        self.processes = processes
        until(self.all_are_ready)

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def children(self) -> dict[int, int]:
        """Process ids, by which gate it is, from 1."""
        found = {}
        for pid in processes_below(self.process.pid):
            try:
                text = Path(f"/proc/{pid}/environ").read_bytes()
            except OSError:
                continue
            if name := re.search(rb'CALLMARK_GATE_PROCESS={"process": (\d+)', text):
                found[int(name[1])] = pid
        return found

    def all_are_ready(self) -> bool:
        return all(self.is_ready(process) for process in range(1, self.processes + 1))

    def is_ready(self, process: int) -> bool:
        try:
            return self.ask(process, "/readyz")[0] == 200
        except OSError:
            return False

    def ask(self, process: int, path: str) -> tuple[int, str]:
        place = place_of_gate(("", int(self.ports["CALLMARK_HEALTH_PORT"])), process)
        assert place
        return ask(place[1], path)

    def passed_on(self, process: int, what: str = "passed_on") -> int:
        """How many connections a process has accepted that were the other's."""
        text = self.ask(process, "/metrics")[1]
        found = re.search(rf"^callmark_calls_{what}_total (\S+)", text, re.MULTILINE)
        assert found
        return int(float(found[1]))

    def owner(self, account: TestAccount) -> int:
        """The process that has an account."""
        with closing(sqlite3.connect(self.data / "callmark.sqlite3", timeout=60)) as database:
            query = "SELECT id FROM accounts_account WHERE slug = ?"
            (found,) = database.execute(query, [account.slug]).fetchone()
        text = str(found)
        dashed = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
        return owner_of(text if "-" in text else dashed, self.processes)

    def until_some_came_to_another(
        self, account: TestAccount, ask_once: Callable[[], None]
    ) -> None:
        """Ask until connections of this account have come to its process and to another."""
        owner = self.owner(account)
        others = [one for one in range(1, self.processes + 1) if one != owner]
        before, calls = sum(map(self.passed_on, others)), self.switch.calls
        for _ in range(MOST_TRIES):
            ask_once()
            if 3 <= sum(map(self.passed_on, others)) - before < self.switch.calls - calls:
                return
        raise AssertionError("all connections came to one process")

    def close(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            assert self.process.wait(30) == 0
        finally:
            self.process.kill()


@contextmanager
def undrained(data: Path) -> Iterator[None]:
    """Nobody stores records of the first two processes: we have the right to."""
    with ExitStack() as stack:
        for process in (1, 2):
            folder = spool_of(data / "spool", process)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = stack.enter_context((folder / "drain.lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="module")
def gates(with_accounts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gates]:
    data = copied(with_accounts, tmp_path_factory.mktemp("gates") / "data")
    with undrained(data), closing(Gates(data)) as gates:
        yield gates


def test_a_user_has_so_many_guesses_wherever_their_calls_come_to(gates: Gates) -> None:
    people = iter([one.extension for one in ACME.people[1:] if one.enabled])

    def guess_until_locked_out() -> None:
        extension, before = next(people), gates.switch.asked
        for _ in range(GUESSES):
            gates.switch.call(ACME, LONDON, "9999", "9998", extension=extension)
        assert gates.switch.asked - before == GUESSES
        assert gates.switch.call(ACME, LONDON, "1234", extension=extension) == "end"

    gates.until_some_came_to_another(ACME, guess_until_locked_out)


@pytest.mark.parametrize("account", [ACME, HARBOR])
def test_a_code_entered_in_a_conversation_is_known_for_its_later_legs(
    gates: Gates, account: TestAccount
) -> None:
    asks, outside = gates.switch, "PJSIP/some-trunk-0000002b"
    transfer = {"channel": outside, "leg": "2", "blind": f"PJSIP/{account.phone('101')}-0000001a"}

    def transfer_abroad() -> None:
        conversation = f"c{asks.calls}"
        assert asks.call(account, LONDON, "1234", conversation=conversation) == "connect"
        assert asks.call(account, LONDON, conversation=conversation, **transfer) == "connect"
        assert (
            asks.call(account, LONDON, conversation=f"another-{conversation}", **transfer) == "end"
        )

    gates.until_some_came_to_another(account, transfer_abroad)


def test_a_budget_of_one_call_is_used_once(gates: Gates) -> None:
    results: list[str] = []

    def call_abroad() -> None:
        results.append(gates.switch.call(LIMITED, LONDON, "1234", extension="901"))

    gates.until_some_came_to_another(LIMITED, call_abroad)
    assert results == ["connect", *["end"] * (len(results) - 1)]


def test_one_that_hangs_keeps_nobody_waiting_and_is_replaced(gates: Gates) -> None:
    """Its supervisor rests meanwhile, so that nobody kills it."""
    owner, before = gates.owner(ACME), gates.children
    os.kill(gates.process.pid, signal.SIGSTOP)
    os.kill(before[owner], signal.SIGSTOP)
    for _ in range(20):
        assert gates.switch.call(ACME, "911") == "connect"
        assert gates.switch.call(ACME, LONDON, "1234") == "connect"
    other = 3 - owner
    assert gates.passed_on(other, "taken_back") >= 1
    assert f"gate process {owner} takes no calls" in gates.log
    os.kill(gates.process.pid, signal.SIGCONT)
    until(lambda: gates.children.get(owner, before[owner]) != before[owner])
    assert gates.children[other] == before[other]
    assert f"gate process {owner} hangs" in gates.log
    given = gates.passed_on(other)

    def is_given_calls_again() -> bool:
        assert gates.switch.call(ACME, LONDON, "1234") == "connect"
        return gates.passed_on(other) > given

    until(is_given_calls_again)


def test_calls_are_answered_while_one_is_killed_and_started_again(gates: Gates) -> None:
    until(gates.all_are_ready)
    owner, before = gates.owner(ACME), gates.children
    for number in range(60):
        if number == 5:
            os.kill(before[owner], signal.SIGKILL)
        assert gates.switch.call(ACME, LONDON, "1234") == "connect"
    until(lambda: gates.children.get(owner, before[owner]) != before[owner])
    assert gates.children[3 - owner] == before[3 - owner]
    until(gates.all_are_ready)


def test_when_none_is_left_calls_are_given_back_and_not_kept_waiting(gates: Gates) -> None:
    # It would start new ones at once; a database that it cannot read keeps it from that.
    (gates.data / "code-keys").rename(gates.data / "away")
    killed_before = gates.log.count("ended (-9)")
    for pid in gates.children.values():
        os.kill(pid, signal.SIGKILL)
    until(lambda: gates.log.count("ended (-9)") >= killed_before + 2)
    assert gates.switch.call(ACME, LONDON, "1234") == ""
    (gates.data / "away").rename(gates.data / "code-keys")
    until(gates.all_are_ready)
    assert gates.switch.call(ACME, LONDON, "1234") == "connect"


def test_calls_of_a_freeswitch_come_to_the_process_that_has_the_account(
    with_accounts: Path, tmp_path: Path
) -> None:
    data, port = copied(with_accounts, tmp_path / "data"), free_port()
    freeswitch = {"CALLMARK_FREESWITCH_SWITCH": "main", "CALLMARK_FREESWITCH_PORT": str(port)}
    with undrained(data), closing(Gates(data, 2, **freeswitch)) as gates:

        def place() -> None:
            channel = phone_call("12125550181")
            channel.variables["callmark_account"] = ACME.slug
            gates.switch.calls += 1
            assert asyncio.run(Call.place(channel, port)).result == "connect"

        gates.until_some_came_to_another(ACME, place)
        other = 3 - gates.owner(ACME)
        assert count_waiting(spool_of(data / "spool", other)) == 0
        assert count_waiting(spool_of(data / "spool", 3 - other)) == gates.switch.calls


def test_a_spool_whose_process_is_started_no_more_is_stored(
    with_accounts: Path, tmp_path: Path
) -> None:
    data, calls = copied(with_accounts, tmp_path / "data"), 60
    root = data / "spool"
    with undrained(data), closing(Gates(data)) as gates:
        # Which process has an account is chance, as its id is: of all there are, one of each.
        of_each = {gates.owner(one): one for one in ACCOUNTS if one.switches}
        for account in list(of_each.values()) * (calls // 2):
            gates.switch.call(account, LONDON, "1234", extension=account.people[0].extension)
    waiting = [count_waiting(one) for one in spools(root)]
    assert sum(waiting) == calls
    assert all(waiting), "both had accounts"
    with closing(Gates(data, processes=1)):
        until(lambda: not any(map(segments, spools(root)[1:])))
        until(lambda: sum(map(count_waiting, spools(root))) == 0)
    with closing(sqlite3.connect(data / "callmark.sqlite3", timeout=60)) as database:
        query = "SELECT count(*) FROM calls_call WHERE simulated = 0"
        (stored,) = database.execute(query).fetchone()
    assert stored >= calls


def test_every_account_has_one_process_and_each_process_some() -> None:
    ids = [f"{number:08x}-0000-4000-8000-{number * 7919:012x}" for number in range(2000)]
    for processes in range(1, MOST_PROCESSES + 1):
        owners = [owner_of(one, processes) for one in ids]
        assert set(owners) == set(range(1, processes + 1))
        assert max(map(owners.count, set(owners))) < 1.5 * len(ids) / processes
    # A restart, an update and another machine must come to the same.
    assert owner_of("0b9d6d0c-1f8e-4b57-9f3c-2d1c5a7e6f10", 4) == PINNED


PINNED = 4


def test_their_number_is_one_that_makes_sense(migrated: Path, tmp_path: Path) -> None:
    for wrong in ("0", "17", "two", "-1"):
        environment = os.environ | {
            "CALLMARK_DATA_DIR": str(tmp_path),
            "CALLMARK_GATE_PROCESSES": wrong,
            "DJANGO_SETTINGS_MODULE": "callmark.settings",
        }
        done = subprocess.run(
            [sys.executable, "-m", "callmark", "gate"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert "CALLMARK_GATE_PROCESSES must be" in done.stderr


def test_a_port_that_is_taken_is_said(with_accounts: Path, tmp_path: Path) -> None:
    data = copied(with_accounts, tmp_path / "data")
    with closing(socket.create_server(("127.0.0.1", free_port()))) as taken:
        environment = os.environ | {
            "CALLMARK_DATA_DIR": str(data),
            "CALLMARK_DATABASE_URL": "",
            "CALLMARK_GATE_PROCESSES": "2",
            "CALLMARK_AGI_PORT": str(taken.getsockname()[1]),
            "DJANGO_SETTINGS_MODULE": "callmark.settings",
        }
        done = subprocess.run(
            [sys.executable, "-m", "callmark", "gate"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode != 0
    assert "the gate cannot listen on" in done.stderr
