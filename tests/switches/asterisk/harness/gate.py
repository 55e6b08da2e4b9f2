"""The real ``callmark gate`` process on a database of its own, and what it wrote there."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from callmark.keys.keyring import Keyring
from callmark.switches.asterisk.report_file import SPOOL_VARIABLE
from tests.installations import copied, once_for_all_workers
from tests.ports import free_port

from . import accounts, office_manager, patient_gate

AGI_SECRET = "the-switch-and-the-gate-know-it"


class Database:
    """A data folder with the tests' accounts in it; read without going through Callmark."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "CALLMARK_DATA_DIR": str(folder)}
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)

    @classmethod
    def of_phones(
        cls, request: pytest.FixtureRequest, migrated: Path, folders: pytest.TempPathFactory
    ) -> "Database":
        """Everybody who has a phone, made once for all workers of this run. Copy it."""

        def make(folder: Path) -> None:
            cls(folder).create(migrated)

        return cls(once_for_all_workers(request, folders, "accounts-of-phones", make))

    def create(self, migrated: Path | None = None) -> None:
        """Make it, from the data folder of a new installation where one is given."""
        if migrated is not None:
            copied(migrated, self.folder)
        subprocess.run([sys.executable, accounts.__file__], env=self.environment, check=True)

    def copy(self, folder: Path) -> "Database":
        """A second one with the same contents: two gates must not share a data folder."""
        shutil.copytree(self.folder, folder)
        return Database(folder)

    def import_cdr(self, path: Path) -> str:
        """What the operator's command does with the switch's CDR file; returns the counts."""
        program = (
            "import django, sys, pathlib; django.setup()\n"
            "from callmark.switches.asterisk.cdr.importing import import_file\n"
            "print(import_file(pathlib.Path(sys.argv[1])).counts)"
        )
        environment = {**self.environment, "DJANGO_SETTINGS_MODULE": "callmark.settings"}
        arguments = [sys.executable, "-c", program, str(path)]
        done = subprocess.run(
            arguments, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout.strip()

    def office_manager(self, account: str, *does: str) -> Any:  # noqa: ANN401
        """What she does on this database, and what she sees then; see ``office_manager.py``."""
        environment = {**self.environment, "DJANGO_SETTINGS_MODULE": "callmark.settings"}
        command = [sys.executable, office_manager.__file__, account, *does]
        done = subprocess.run(
            command, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return json.loads(done.stdout)

    def call(self, call_id: str) -> dict[str, Any] | None:
        """The stored record of a call, by the switch's own id."""
        found = self._rows(
            "select calls_call.*, accounts_account.slug as account from calls_call "
            "join accounts_account on accounts_account.id = account_id where switch_call_id = ?",
            call_id,
        )
        if not found:
            return None
        return {**found[0], "account_code": self._decrypted(found[0]["account_code_encrypted"])}

    def calls_since(self, account: str, since: datetime) -> list[dict[str, Any]]:
        """Every record of an account whose call began then or later, oldest first."""
        return self._rows(
            "select calls_call.* from calls_call "
            "join accounts_account on accounts_account.id = account_id "
            "where slug = ? and started_at >= ? order by started_at",
            account,
            f"{since:%Y-%m-%d %H:%M:%S.%f}",
        )

    def attempts(self, call: dict[str, Any]) -> list[str]:
        """The results of a call's entries, in order."""
        query = "select result from calls_callattempt where call_id = ? order by position"
        return [row["result"] for row in self._rows(query, call["id"])]

    def _decrypted(self, text: str) -> str:
        lines = (self.folder / "code-keys").read_text().split()
        return Keyring(lines).decrypt(text)

    def _rows(self, query: str, *values: str) -> list[dict[str, Any]]:
        database = self.folder / "callmark.sqlite3"
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(query, values)]
        finally:
            connection.close()


class GateProcess:
    """``callmark gate`` on a port of its own; see ``patient_gate.py`` for what it leaves out."""

    def __init__(self, database: Database, log: Path, port: int | None = None) -> None:
        self.port = port or free_port(socket.SOCK_STREAM)
        self.relay_port = free_port(socket.SOCK_STREAM)
        self.database = database
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._relay: subprocess.Popen[bytes] | None = None
        self._spool: Path | None = None

    def start_relay(self, spool: Path | None = None) -> None:
        """``callmark relay``, which is on the switch's machine and outlives the gate.

        ``spool``: that of the switch; the same as before, where none is named.
        """
        self._spool = spool or self._spool
        environment = {
            **self.database.environment,
            "CALLMARK_AGI_PORT": str(self.port),
            "CALLMARK_RELAY_PORT": str(self.relay_port),
            SPOOL_VARIABLE: str(self._spool),
        }
        self._relay = subprocess.Popen(
            [sys.executable, "-m", "callmark", "relay"],
            env=environment,
            stdout=self._log.open("ab"),
            stderr=subprocess.STDOUT,
        )
        _wait_for_port(self.relay_port, self._relay, self._log)

    def stop_relay(self) -> None:
        if self._relay is not None:
            self._relay.kill()
            self._relay.wait()
            self._relay = None

    def start(self, **more: str) -> "GateProcess":
        """``more``: settings for this time."""
        environment = {
            **self.database.environment,
            "CALLMARK_AGI_PORT": str(self.port),
            "CALLMARK_AGI_SECRET": AGI_SECRET,
            # A column that cdr_csv writes, so that tests can read it there.
            "CALLMARK_CDR_FIELD": "accountcode",
            **more,
        }
        self._process = subprocess.Popen(
            [sys.executable, patient_gate.__file__, "gate"],
            env=environment,
            stdout=self._log.open("ab"),
            stderr=subprocess.STDOUT,
        )
        _wait_for_port(self.port, self._process, self._log)
        return self

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Ask it to stop and wait until it has."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    @property
    def log_text(self) -> str:
        return self._log.read_text()


def _wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline or process.poll() is not None:
                raise AssertionError(f"nothing listens:\n{log.read_text()}") from None
            time.sleep(0.1)
        else:
            return
