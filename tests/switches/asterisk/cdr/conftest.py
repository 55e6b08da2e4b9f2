"""A real MariaDB with FreePBX's database in it, on a socket of its own."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pymysql
import pytest
from pymysql.connections import Connection

SCHEMA = """
create table cdr (
    calldate datetime not null default '0000-00-00 00:00:00', clid varchar(80) not null default '',
    src varchar(80) not null default '', dst varchar(80) not null default '',
    dcontext varchar(80) not null default '', channel varchar(80) not null default '',
    dstchannel varchar(80) not null default '', lastapp varchar(80) not null default '',
    lastdata varchar(80) not null default '', duration int(11) not null default 0,
    billsec int(11) not null default 0, disposition varchar(45) not null default '',
    amaflags int(11) not null default 0, accountcode varchar(20) not null default '',
    uniqueid varchar(32) not null default '', userfield varchar(255) not null default '',
    did varchar(50) not null default '', recordingfile varchar(255) not null default '',
    cnum varchar(80) not null default '', cnam varchar(80) not null default '',
    outbound_cnum varchar(80) not null default '', outbound_cnam varchar(80) not null default '',
    dst_cnam varchar(80) not null default '', linkedid varchar(32) not null default '',
    peeraccount varchar(80) not null default '', sequence int(11) not null default 0,
    key calldate (calldate), key uniqueid (uniqueid)
)
"""


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Path]:
    """The socket of a server without a network; scripts/install-test-tools installs it."""
    folder = Path(tempfile.mkdtemp(prefix="callmark-mariadb-", dir="/tmp"))
    user = "mysql" if os.geteuid() == 0 else os.environ["USER"]
    # A server that starts removes what it takes for its temporary tables of before: in the system's
    # folder these would be those of another worker's server.
    (folder / "tmp").mkdir()
    for one in (folder, folder / "tmp"):
        shutil.chown(one, user)
    common = [
        "--no-defaults",
        f"--datadir={folder}/data",
        f"--tmpdir={folder}/tmp",
        f"--user={user}",
    ]
    made = subprocess.run(
        ["mariadb-install-db", *common, "--auth-root-authentication-method=normal"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout
    where = [f"--socket={folder}/socket", f"--pid-file={folder}/pid", "--skip-networking"]
    server = subprocess.Popen(
        ["/usr/sbin/mariadbd", *common, *where, "--innodb-flush-log-at-trx-commit=0"],
        stdout=(folder / "log").open("wb"),
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_for(folder, server)
        yield folder / "socket"
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(folder: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            pymysql.connect(user="root", unix_socket=str(folder / "socket")).close()
            return
        except pymysql.MySQLError:
            if time.monotonic() > deadline or server.poll() is not None:
                raise AssertionError((folder / "log").read_text()) from None
            time.sleep(0.1)


class FreepbxDatabase:
    """``asteriskcdrdb`` with an empty table, a reader who may only read, and its address."""

    def __init__(self, socket: Path) -> None:
        self.url = f"mysql://reader:s%40fe@localhost/asteriskcdrdb?socket={quote(str(socket))}"
        self._connection: Connection = pymysql.connect(
            user="root", unix_socket=str(socket), autocommit=True
        )
        self.run("drop database if exists asteriskcdrdb")
        self.run("create database asteriskcdrdb")
        self._connection.select_db("asteriskcdrdb")
        self.run("set sql_mode = ''")
        self.run(SCHEMA)
        self.run("create or replace user reader@localhost identified by 's@fe'")
        self.run("grant select on asteriskcdrdb.cdr to reader@localhost")

    def run(self, statement: str, *values: object) -> tuple[object, ...] | None:
        """The first row it answers with, if any."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchone()

    def insert(self, **values: object) -> None:
        """A row as FreePBX has it; what is not given is empty."""
        names = ", ".join(values)
        marks = ", ".join(["%s"] * len(values))
        self.run(f"insert into cdr ({names}) values ({marks})", *values.values())

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def freepbx(mariadb: Path) -> Iterator[FreepbxDatabase]:
    database = FreepbxDatabase(mariadb)
    yield database
    database.close()
