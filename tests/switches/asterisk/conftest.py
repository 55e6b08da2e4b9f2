"""One world for all tests that place calls; it takes a few seconds to start."""

import asyncio
import inspect
import subprocess
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.ports import RTP

from .harness.gate import Database, GateProcess
from .harness.instance import Instance
from .harness.line import Line
from .harness.world import REPOSITORY, World


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine, as those with scripted phones are, in a loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.function):
        return None
    names = inspect.signature(pyfuncitem.function).parameters
    asyncio.run(pyfuncitem.function(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails leaves its calls up: end them, or the next ones fail for its sake."""
    report = yield
    world = getattr(item, "funcargs", {}).get("world")
    if call.when == "call" and report.failed and isinstance(world, World):
        world.hang_up_everything()
    return report


@pytest.fixture(scope="session")
def asterisk_root() -> Path:
    """The folder with a real Asterisk in it; made when it is not there."""
    script = REPOSITORY / "scripts" / "asterisk-root"
    return Path(subprocess.run([script], check=True, capture_output=True, text=True).stdout.strip())


@pytest.fixture(scope="session")
def accounts_of_phones(
    request: pytest.FixtureRequest, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> Database:
    return Database.of_phones(request, migrated, tmp_path_factory)


@pytest.fixture(scope="session")
def world(
    asterisk_root: Path, accounts_of_phones: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("callmark")
    database = accounts_of_phones.copy(folder / "data")
    databases = {name: database.copy(folder / name) for name in ("stopped", "own")}
    gates = {
        name: GateProcess(databases.get(name, database), folder / f"gate-{name}.log")
        for name in ("live", "stopped", "own")
    }
    switch, phones = (
        Instance(asterisk_root, name, start)
        for name, start in zip(("switch", "phones"), RTP, strict=True)
    )
    world = World(switch, phones, gates)
    try:
        gates["live"].start()
        world.start()
        yield world
    finally:
        for gate in gates.values():
            gate.kill()
        world.stop()


@pytest.fixture
def line(world: World) -> Line:
    """Scripted phones and carriers."""
    return world.lines["harbor"]


@pytest.fixture
def line_without_gate(world: World) -> Line:
    """The same on an account whose gate does not run."""
    return world.lines["harbor-down"]
