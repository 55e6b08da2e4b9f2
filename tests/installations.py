"""Data folders of installations, made once a run by an operator's own commands, and copied.

Migrating and making the demo take processes ten seconds, more than what most tests of processes do.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


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


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a new installation on SQLite. Copy it."""
    data = tmp_path_factory.mktemp("migrated") / "data"
    command(data, "manage", "migrate", "-v0")
    return data


@pytest.fixture(scope="session")
def with_demo(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation on SQLite with the demo in it. Copy it."""
    data = copied(migrated, tmp_path_factory.mktemp("with-demo") / "data")
    command(data, "demo")
    return data
