"""Data folders of installations, made once by an operator's own commands, and copied.

Migrating and making the demo take processes ten seconds, more than what most tests of processes do.
A database that is migrated is kept for all runs until the code has changed.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management.commands import flush
from django.db import connection

from callmark.accounts.row_security import EVERY_ACCOUNT

PROJECT = Path(__file__).parents[1]
_DAY = 24 * 3600


def command(data: Path, *words: str, database_url: str = "") -> None:
    """Give a ``callmark`` command that must succeed, as an operator of that data folder."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("CALLMARK_")}
    given = {
        "CALLMARK_DATA_DIR": str(data),
        "CALLMARK_DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "callmark.settings",
    }
    done = subprocess.run(
        [sys.executable, "-m", "callmark", *words],
        env=plain | given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def copied(installation: Path, to: Path) -> Path:
    """A copy to spoil; returns where it is. The folder may be there, empty."""
    return Path(shutil.copytree(installation, to, dirs_exist_ok=True))


def _made_of() -> str:
    """A hash of all that decides what a new installation looks like."""
    made_of = hashlib.sha256((PROJECT / "requirements.lock").read_bytes())
    for path in sorted((PROJECT / "src" / "callmark").rglob("*.py")):
        made_of.update(path.read_bytes())
    return made_of.hexdigest()[:16]


@contextmanager
def _alone_with(folder: Path) -> Iterator[None]:
    """One process of tests at a time."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_old(folder: Path, pattern: str) -> None:
    """Take away what the code of another day has left."""
    for old in folder.glob(pattern):
        if old.stat().st_mtime < time.time() - _DAY:
            shutil.rmtree(old) if old.is_dir() else old.unlink()


def _kept(folder: Path) -> Path:
    """The data folder of a new installation, made now unless it is there."""
    data = folder / _made_of()
    with _alone_with(folder):
        if not data.exists():
            _remove_old(folder, "*/")
            half = folder / f"{data.name}.half"
            shutil.rmtree(half, ignore_errors=True)
            command(half, "manage", "migrate", "-v0")
            half.rename(data)
    return data


def _of_all_workers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """This run's temporary folder, whichever worker asks."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if hasattr(request.config, "workerinput") else own


def once_for_all_workers(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    make: Callable[[Path], object],
) -> Path:
    """A folder that the first worker of this run that asks for it makes. Copy it."""
    made = _of_all_workers(request, tmp_path_factory) / name
    with _alone_with(made.parent):
        if not made.exists():
            half = made.with_suffix(".half")
            make(half)
            half.rename(made)
    return made


@pytest.fixture(scope="session")
def kept_installations(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Where they are kept for all runs; without pytest's cache, for the workers of this one."""
    cache = getattr(request.config, "cache", None)
    if cache is not None:
        return Path(cache.mkdir("installations"))
    folder = _of_all_workers(request, tmp_path_factory) / "installations"
    folder.mkdir(exist_ok=True)
    return folder


MIGRATED = "callmark_migrated"
"""A migrated database on this run's PostgreSQL, to be copied."""


def new_on_postgresql(template: str = "template1") -> str:
    """CALLMARK_DATABASE_URL of a new database on this run's PostgreSQL; of an empty one, or so."""
    name = f"callmark_{uuid4().hex}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return _on_postgresql(name)


def _on_postgresql(name: str) -> str:
    return os.environ["CALLMARK_DATABASE_URL"].replace("/callmark?", f"/{name}?")


def _make_template_on_postgresql(folder: Path) -> None:
    """Make that database, or bring back what a run before has made; the first worker does."""
    url = _on_postgresql(MIGRATED)
    dump = folder / f"postgresql-{connection.pg_version}-{_made_of()}.sql"  # type: ignore[attr-defined]
    sign = folder / f"{dump.stem}-{hashlib.sha256(url.encode()).hexdigest()[:16]}"
    with _alone_with(folder):
        if sign.exists():
            return
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {MIGRATED}")
            cursor.execute(f"CREATE DATABASE {MIGRATED}")
        if dump.exists():
            _with_postgresqls_own("psql", url, "--quiet", "--no-psqlrc", "--single-transaction",
                                  "--set=ON_ERROR_STOP=1", f"--file={dump}")  # fmt: skip
        else:
            _remove_old(folder, "postgresql-*")
            command(folder / "of-postgresql", "manage", "migrate", "-v0", database_url=url)
            shutil.rmtree(folder / "of-postgresql")
            half = dump.with_suffix(".half")
            _with_postgresqls_own("pg_dump", url, "--enable-row-security", f"--file={half}")
            half.rename(dump)
        sign.touch()


def _with_postgresqls_own(tool: str, url: str, *options: str) -> None:
    """Write or read a dump; row-level security binds the owner of the tables, too."""
    done = subprocess.run(
        [tool, f"--dbname={url}", *options],
        env=os.environ | {"PGOPTIONS": f"-c callmark.account={EVERY_ACCOUNT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """pytest-django's: SQLite's file is there already, see below."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def nothing_after_a_flush() -> Iterator[None]:
    """Django's kinds of content and permissions are not made again after each test.

    Where tests have transactions of their own that takes a third of a flush, and nobody asks for
    them.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_: None)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    nothing_after_a_flush: None,
    django_db_modify_db_settings_parallel_suffix: None,
    kept_installations: Path,
    django_db_blocker: Any,  # noqa: ANN401
) -> Iterator[None]:
    """pytest-django's, in which we give the tests a copy of a database that is migrated."""
    test = connection.settings_dict["TEST"]
    test["MIGRATE"] = False
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock():
            _make_template_on_postgresql(kept_installations)
        test["TEMPLATE"] = MIGRATED
        yield
        return
    shutil.copyfile(_kept(kept_installations) / "callmark.sqlite3", test["NAME"])
    yield
    connection.close()
    Path(test["NAME"]).unlink()


@pytest.fixture(scope="session")
def migrated(kept_installations: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a new installation on SQLite. Copy it."""
    return copied(_kept(kept_installations), tmp_path_factory.mktemp("migrated") / "data")


@pytest.fixture
def migrated_on_postgresql(
    django_db_setup: None,
    migrated: Path,
    tmp_path: Path,
    django_db_blocker: Any,  # noqa: ANN401
) -> tuple[Path, str]:
    """A new installation on PostgreSQL of this test's own: its data folder and its database."""
    data = copied(migrated, tmp_path / "on-postgresql")
    (data / "callmark.sqlite3").unlink()
    with django_db_blocker.unblock():
        return data, new_on_postgresql(MIGRATED)


@pytest.fixture(scope="session")
def with_demo(
    request: pytest.FixtureRequest, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The data folder of an installation on SQLite with the demo in it. Copy it.

    Made once for all workers of a run; not kept for the next, as its calls are of these days.
    """

    def make(half: Path) -> None:
        copied(migrated, half)
        command(half, "demo")

    made = once_for_all_workers(request, tmp_path_factory, "with-demo", make)
    return copied(made, tmp_path_factory.mktemp("with-demo") / "data")
