"""One world for all tests that place calls; it takes a few seconds to start."""

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .harness.gate import Database, GateProcess
from .harness.instance import Instance
from .harness.world import REPOSITORY, World


@pytest.fixture(scope="session")
def asterisk_root() -> Path:
    """The folder with a real Asterisk in it; made when it is not there."""
    script = REPOSITORY / "scripts" / "asterisk-root"
    return Path(subprocess.run([script], check=True, capture_output=True, text=True).stdout.strip())


@pytest.fixture(scope="session")
def world(asterisk_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("callmark")
    database = Database(folder / "data")
    database.create()
    databases = {name: database.copy(folder / name) for name in ("stopped", "own")}
    gates = {
        name: GateProcess(databases.get(name, database), folder / f"gate-{name}.log")
        for name in ("live", "stopped", "own")
    }
    # Runs of several people on one machine must not meet.
    rtp = random.Random(os.getpid()).randrange(20_000, 50_000, 1000)
    world = World(
        Instance(asterisk_root, "switch", rtp), Instance(asterisk_root, "phones", rtp + 500), gates
    )
    try:
        gates["live"].start()
        world.start()
        yield world
    finally:
        for gate in gates.values():
            gate.kill()
        world.stop()
