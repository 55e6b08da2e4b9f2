"""Which Python ``make run`` and ``make test`` take, of those that a machine has."""

import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.sqlite

PROJECT = Path(__file__).parents[2]
SYSTEMS_OWN = ("/usr/bin/python3.11", "/usr/bin/python3.12", "/usr/bin/python3.13")

# Python as far as it is asked: of which version it is, and whether it makes environments.
STAND_IN = """#!/bin/sh
case $2 in
*sys.exit*) exit {too_old} ;;
*ensurepip*) exit {without_venv} ;;
*print*) echo python3.12-venv ;;
esac
"""


def made(at: Path, *, too_old: bool = False, without_venv: bool = False) -> str:
    """The path of a stand-in for a Python like this."""
    at.write_text(STAND_IN.format(too_old=int(too_old), without_venv=int(without_venv)))
    at.chmod(0o755)
    return str(at)


def asked(python: str | None = None) -> tuple[int, str]:
    """The exit code, and what is printed, with PYTHON as given."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHON"}
    done = subprocess.run(
        [PROJECT / "scripts/what-make-needs", "python"],
        env=environment | ({"PYTHON": python} if python else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).strip()


def test_the_systems_own_comes_before_one_that_somebody_has_compiled() -> None:
    code, taken = asked()
    assert code == 0
    own = [path for path in SYSTEMS_OWN if can_make_environments(path)]
    assert taken == own[0] if own else taken not in SYSTEMS_OWN


def can_make_environments(python: str) -> bool:
    """Whether Debian's package for that is there, too."""
    if not Path(python).exists():
        return False
    return subprocess.run([python, "-c", "import ensurepip, venv"], check=False).returncode == 0


def test_one_that_will_not_do_leaves_it_to_the_next(tmp_path: Path) -> None:
    old = made(tmp_path / "old", too_old=True)
    bare = made(tmp_path / "bare", without_venv=True)
    good = made(tmp_path / "good")
    assert asked(f"{tmp_path}/none {old} {bare} {good}") == (0, good)


def test_what_the_first_of_them_misses_is_said(tmp_path: Path) -> None:
    bare = made(tmp_path / "bare", without_venv=True)
    code, said = asked(bare)
    assert code == 1
    assert said.startswith("Missing: Python's venv module. ")
    assert said.endswith("apt install python3.12-venv")


def test_without_any_it_is_said_which_were_tried(tmp_path: Path) -> None:
    old = made(tmp_path / "old", too_old=True)
    code, said = asked(old)
    assert code == 1
    assert said.startswith(f"Missing: Python 3.11 or newer (tried: {old}). ")
