"""The units for systemd: without a fault, hardened, and of commands that exist.

systemd does not run here; ``systemd-analyze`` reads them as it would, in a root of their own.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from callmark.cli import every_command

UNITS = Path(__file__).parents[2] / "deploy/systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
MOST_EXPOSED = 1.5
"""Of 10, as ``systemd-analyze security`` reckons; a service without any of it has 9.6."""

analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not installed: scripts/install-test-tools installs it",
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with our units, systemd's own, and a program where ours is installed."""
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(UNITS, root / "etc/systemd/system")
    shutil.copytree("/usr/lib/systemd/system", root / "usr/lib/systemd/system", symlinks=True)
    program = root / "opt/callmark/bin/callmark"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return root


def analyzed(root: Path, *words: str) -> str:
    """What systemd-analyze says of units in that root."""
    command = ["systemd-analyze", words[0], f"--root={root}", *words[1:]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@analyze
def test_systemd_finds_no_fault_in_any_of_them(root: Path) -> None:
    names = [path.name for path in UNITS.glob("callmark*.*") if path.is_file()]
    assert len(names) > 6
    places = [f"/etc/systemd/system/{name}" for name in names]
    assert analyzed(root, "verify", "--man=no", "--recursive-errors=no", *places) == ""


@analyze
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_do_little_besides_its_work(root: Path, service: str) -> None:
    said = analyzed(root, "security", "--offline=yes", "--no-pager", service)
    found = re.search(r"exposure level for \S+: ([\d.]+)", said)
    assert found, said
    assert float(found[1]) <= MOST_EXPOSED


@pytest.mark.parametrize("service", SERVICES)
def test_each_runs_a_command_that_exists(service: str) -> None:
    text = (UNITS / service).read_text()
    started = re.findall(r"^ExecStart=/opt/callmark/bin/callmark (\S+)", text, re.MULTILINE)
    assert len(started) == 1
    assert started[0] in every_command().commands


def test_an_update_ends_what_runs_before_it_brings_the_database_up_to_date() -> None:
    """By one restart of the target: PartOf= passes it on, After= puts it in order, both ways."""
    for path in UNITS.glob("callmark-*.*"):
        text = path.read_text() if path.is_file() else ""
        assert not text or "\nPartOf=callmark.target\n" in text, path.name
        waits = re.search(r"^After=.*\bcallmark-migrate\.service\b", text, re.MULTILINE)
        stands_alone = path.name in {
            "callmark-migrate.service",
            "callmark-relay.service",
            "callmark-housekeeping.timer",
        }
        assert not text or bool(waits) != stands_alone, path.name


def test_what_decides_calls_is_killed_when_it_hangs() -> None:
    for name in ("callmark-gate.service", "callmark-relay.service"):
        text = (UNITS / name).read_text()
        assert "WatchdogSec=2\n" in text
        assert "Restart=always\n" in text
