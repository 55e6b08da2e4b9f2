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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management.commands import flush
from django.db import connection

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


def _kept(folder: Path) -> Path:
    """The data folder of a new installation, made now unless it is there."""
    data = folder / _made_of()
    with _alone_with(folder):
        if not data.exists():
            for old in folder.glob("*/"):
                if old.stat().st_mtime < time.time() - _DAY:
                    shutil.rmtree(old)
            half = folder / f"{data.name}.half"
            shutil.rmtree(half, ignore_errors=True)
            command(half, "manage", "migrate", "-v0")
            half.rename(data)
    return data


def _template_on_postgresql(folder: Path) -> str:
    """The name of a migrated database on this run's PostgreSQL; the first worker makes it."""
    url = os.environ["CALLMARK_DATABASE_URL"]
    name = "callmark_migrated"
    sign = folder / f"postgresql-{hashlib.sha256(url.encode()).hexdigest()[:16]}-{_made_of()}"
    with _alone_with(folder):
        if not sign.exists():
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {name}")
                cursor.execute(f"CREATE DATABASE {name}")
            data = folder / "of-postgresql"
            command(
                data,
                "manage",
                "migrate",
                "-v0",
                database_url=url.replace("/callmark?", f"/{name}?"),
            )
            shutil.rmtree(data)
            sign.touch()
    return name


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
    request: pytest.FixtureRequest,
    django_db_blocker: Any,  # noqa: ANN401
) -> Iterator[None]:
    """pytest-django's, in which we give the tests a copy of a database that is migrated."""
    folder = request.config.cache.mkdir("installations")
    test = connection.settings_dict["TEST"]
    test["MIGRATE"] = False
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock():
            test["TEMPLATE"] = _template_on_postgresql(folder)
        yield
        return
    shutil.copyfile(_kept(folder) / "callmark.sqlite3", test["NAME"])
    yield
    connection.close()
    Path(test["NAME"]).unlink()


@pytest.fixture(scope="session")
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a new installation on SQLite. Copy it."""
    folder = request.config.cache.mkdir("installations")
    return copied(_kept(folder), tmp_path_factory.mktemp("migrated") / "data")


@pytest.fixture(scope="session")
def with_demo(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation on SQLite with the demo in it. Copy it."""
    data = copied(migrated, tmp_path_factory.mktemp("with-demo") / "data")
    command(data, "demo")
    return data
