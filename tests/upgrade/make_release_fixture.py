"""Keep what an installation of a version leaves on disk, for the tests of later versions.

Run once for each state that has landed with other tables than the one before, with that state's own
code (nothing of today's is imported here):

    git worktree add /tmp/landed COMMIT
    PYTHONPATH=/tmp/landed/src scripts/with-postgres \\
        .venv/bin/python -m tests.upgrade.make_release_fixture 0.2

It makes the demo's accounts, places calls as Asterisk would (over FastAGI, to a real
``callmark gate``) until their records are stored, then more while the database is locked, so that
they stay in the spool. Kept are the database as SQL (SQLite and PostgreSQL, the same rows), the
spool, and the keys, which were made for this and open nothing else.
"""

import gzip
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

HERE = Path(__file__).parent
CALLMARK = str(Path(sys.executable).with_name("callmark"))
KEPT_FILES = ("code-keys", "secret-key", "api-token-pepper")
PASSWORD = "kept-for-upgrades"

LONDON = "9011442079460000"

MAKE_DEMO = """
import os
from callmark.ops.demo import create_demo
create_demo(os.environ["CALLMARK_DEMO_PASSWORD"])
"""

TWO_PROGRAMS = """
from callmark.accounts.models import Account, User
try:
    from callmark.sign_in.api_tokens import Scope, create_token
except ImportError:  # until 26 November 2026
    from callmark.api.tokens import Scope, create_token
firm = Account.objects.get(slug="demo")
olivia = User.objects.of(firm).get(email="olivia@demo.example")
# In 0.1 "read" held the digits of codes.
scopes = [one for one in Scope if one.value in {"read", "write", "codes:read"}]
made = create_token(firm, name="billing export", scopes=scopes, days=730, actor=olivia)
child = create_token(firm, name="nightly", scopes=[Scope.READ], days=730, actor=olivia,
                     made_with=made.token)
print("parent", made.secret)
print("child", child.secret)
"""


def main(release: str) -> None:
    """Write the files of one release beside this module."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        environment = _environment(data, database_url="")
        _callmark(environment, "manage", "migrate", "--verbosity", "0")
        _callmark(environment, "manage", "shell", "-v0", "-c", MAKE_DEMO)
        secrets = _callmark(environment, "manage", "shell", "-v0", "-c", TWO_PROGRAMS)
        _kept(release, "tokens").write_text(secrets)
        with closing(sqlite3.connect(data / "callmark.sqlite3", isolation_level=None)) as lock:
            with _gate(environment) as port:
                _calls_before_the_update(Phones(port))
                _until(lambda: _last_is_stored(data))
                # Until the gate has been killed: what it writes down now stays in the spool.
                lock.execute("BEGIN IMMEDIATE")
                _calls_during_the_update(Phones(port))
            spooled = _last_lines(data / "spool", 7)
        _kept(release, "spool", ".jsonl").write_text(spooled)
        _keep_sqlite(release, data)
        _keep_postgresql(release, data)
        for name in KEPT_FILES:
            _kept(release, name).write_text((data / name).read_text())


def _kept(release: str, what: str, ending: str = "") -> Path:
    return HERE / f"{what}-{release}{ending}"


def _environment(data: Path, database_url: str) -> dict[str, str]:
    kept = {
        "CALLMARK_DATA_DIR": str(data),
        "CALLMARK_DATABASE_URL": database_url,
        "CALLMARK_DEMO_PASSWORD": PASSWORD,
        "CALLMARK_LOG_LEVEL": "INFO",
    }
    return os.environ | kept


def _callmark(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [CALLMARK, *words], env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


class Phones:
    """The demo firm's phones behind a switch called "main", which asks the gate over FastAGI."""

    def __init__(self, port: int, secret: str = "") -> None:
        self._port = port
        self._secret = secret

    def can_call(self) -> bool:
        """Whether the gate takes connections."""
        return _listens(self._port)

    def call(self, call_id: str, extension: str, number: str, *entries: str) -> None:
        """Dial; enter each of ``entries`` when asked, then say nothing."""
        self._converse("gate", call_id, extension, [number, call_id, f"demo-{extension}"], entries)

    def star_code(self, call_id: str, extension: str, *entries: str) -> None:
        """Dial the star code during a call."""
        self._converse("tag", call_id, extension, [call_id, call_id, f"demo-{extension}"], entries)

    def end(self, call_id: str, extension: str, seconds: int) -> None:
        """Hang up after so many seconds of talk."""
        answered = str(int(time.time()) - seconds)
        self._converse("end", call_id, extension, ["ANSWER", str(seconds), answered], ())

    def _converse(
        self, script: str, call_id: str, extension: str, words: list[str], entries: tuple[str, ...]
    ) -> None:
        header = {
            "network": "yes",
            "request": f"agi://127.0.0.1:{self._port}/{script}?switch=main",
            "channel": f"PJSIP/demo-{extension}-00000001",
            "uniqueid": call_id,
            "callerid": extension,
        } | {f"arg_{number}": word for number, word in enumerate(words, start=1)}
        waiting = list(entries)
        with socket.create_connection(("127.0.0.1", self._port), timeout=30) as connection:
            lines = "".join(f"agi_{name}: {value}\n" for name, value in header.items())
            connection.sendall(lines.encode() + b"\n")
            for command in connection.makefile("rb"):
                connection.sendall(self._reply(command, waiting))

    def _reply(self, command: bytes, waiting: list[str]) -> bytes:
        if self._secret and b"secret" in command:
            return f"200 result=1 ({self._secret})\n".encode()
        if not command.startswith(b"GET DATA"):
            return b"200 result=0\n"
        if waiting:
            return f"200 result={waiting.pop(0)}\n".encode()
        return b"HANGUP\n200 result=-1\n"


def _calls_before_the_update(phones: Phones) -> None:
    phones.call("1.1", "101", LONDON, "9999", "1234")
    phones.end("1.1", "101", 61)
    phones.call("1.2", "101", LONDON, "9999", "9998", "9997")
    phones.call("1.3", "102", LONDON)
    phones.call("1.4", "101", "102")
    phones.star_code("1.4", "101", "0417")
    phones.end("1.4", "101", 15)
    phones.star_code("1.5", "102", "5521")
    phones.call("1.6", "101", "911")
    phones.call("1.7", "103", "92125551234", "7730")


def _calls_during_the_update(phones: Phones) -> None:
    phones.call("2.1", "101", LONDON, "9999", "2086")
    phones.end("2.1", "101", 125)
    phones.call("2.2", "102", "92125551234")
    phones.star_code("2.2", "102", "9999", "0417")
    phones.end("2.2", "102", 30)
    phones.star_code("2.3", "102", "5521")
    # A call whose beginning was stored before: only its end is still in the spool.
    phones.end("1.7", "103", 9)


@contextmanager
def _gate(environment: dict[str, str]) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = subprocess.Popen(
        [CALLMARK, "gate"], env=environment | {"CALLMARK_AGI_PORT": f"{port}"}
    )
    try:
        _until(lambda: _listens(port))
        yield port
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _last_is_stored(data: Path) -> bool:
    """Whether the last call before the update is; records are stored in the order they came in."""
    with closing(sqlite3.connect(data / "callmark.sqlite3")) as database:
        found = database.execute("SELECT 1 FROM calls_call WHERE switch_call_id = '1.7'")
        return found.fetchone() is not None


def _last_lines(spool: Path, count: int) -> str:
    lines = [line for path in sorted(spool.glob("0*.jsonl")) for line in path.open()]
    kept = lines[-count:]
    assert all(json.loads(line)["kind"] in {"decided", "tagged", "ended"} for line in kept)
    return "".join(kept)


def _keep_sqlite(release: str, data: Path) -> None:
    with closing(sqlite3.connect(data / "callmark.sqlite3")) as database:
        dump = "\n".join(database.iterdump()) + "\n"
    _compressed(release, "sqlite", dump)


def _keep_postgresql(release: str, data: Path) -> None:
    url = os.environ["CALLMARK_DATABASE_URL"]
    rows = _callmark(
        _environment(data, ""),
        *("manage", "dumpdata", "--exclude", "contenttypes", "--exclude", "auth.permission"),
    )
    file = data / "rows.json"
    file.write_text(rows)
    environment = _environment(data, url)
    _callmark(environment, "manage", "migrate", "--verbosity", "0")
    _callmark(environment, "manage", "loaddata", "--verbosity", "0", str(file))
    parts = urlsplit(url)
    socket_folder = parse_qs(parts.query)["host"][0]
    # As the superuser: row-level security binds the owner of the tables, too.
    command = ["pg_dump", "--no-owner", "--no-privileges", "--no-comments", "--inserts"]
    command += ["-h", socket_folder, "-U", "postgres", "callmark"]
    dump = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    _compressed(release, "postgresql", dump.stdout)


def _compressed(release: str, what: str, text: str) -> None:
    _kept(release, what, ".sql.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def _until(condition: Callable[[], bool]) -> None:
    for _ in range(2400):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("waited two minutes for nothing")


if __name__ == "__main__":
    main(sys.argv[1])
