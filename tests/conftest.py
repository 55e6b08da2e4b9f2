"""For every test: the run's own log, searched for codes when the run ends."""

import gc
import re
import tempfile
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
import time_machine
from pytest_django import Settings

import tests.examples  # noqa: F401 - chooses for Hypothesis, before any test is read
from tests.beginnings import _django_db_helper, beginning, begun, begun_with
from tests.cast import LawFirm, make_law_firm
from tests.databases import runs_on_both
from tests.installations import (
    django_db_keepdb,
    django_db_modify_db_settings,
    kept_installations,
    migrated,
    migrated_on_postgresql,
    nothing_after_a_flush,
    with_demo,
)
from tests.secrecy import watch

__all__ = [
    "_django_db_helper",
    "beginning",
    "begun",
    "django_db_keepdb",
    "django_db_modify_db_settings",
    "kept_installations",
    "migrated",
    "migrated_on_postgresql",
    "nothing_after_a_flush",
    "with_demo",
]

_log_folder = Path(tempfile.mkdtemp(prefix="callmark-test-log-"))
_leaks_of_workers: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    """Write down everything that any logger says."""
    watch.log_everything_to(_log_folder / "run.log")
    # Until all tests are found: what is made meanwhile stays.
    gc.disable()


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None]:
    """Mark what need not run twice (``make test`` runs once on SQLite, once on PostgreSQL)."""
    tests = Path(__file__).parent
    for item in items:
        on_postgresql = item.get_closest_marker("postgres") is not None
        if not on_postgresql and not runs_on_both(item.path.relative_to(tests).as_posix()):
            item.add_marker(pytest.mark.sqlite)
    yield  # Only those that were asked for are left.
    workers = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    items[:] = longest_first(items, workers)


def longest_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Each worker, which is given an equal part, begins with some of what takes longest."""
    longest = [item for item in items if item.get_closest_marker("begins_a_run")]
    others = iter([item for item in items if item not in longest])
    found: list[pytest.Item] = []
    for worker in range(workers):
        found += longest[worker::workers]
        part_ends = len(items) * (worker + 1) // workers
        found += islice(others, max(0, part_ends - len(found)))
    return found


def pytest_collection_finish() -> None:
    """What is there now stays: it need not be searched for garbage again and again."""
    gc.collect()
    gc.freeze()
    # Python's own figure is for programs that keep little: a request alone makes some thousands.
    gc.set_threshold(20_000)
    gc.enable()


WHOLE_FILES = re.compile(r"^pytestmark = .*\bmark\.(asterisk|browser|postgres)\b", re.MULTILINE)
"""A file of which every test carries this mark."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even read the files that have nothing for this run."""
    if not collection_path.match("test_*.py"):
        return None
    asked, text = config.getoption("markexpr"), collection_path.read_text()
    if any(f"not {mark}" in asked for mark in WHOLE_FILES.findall(text)):
        return True
    if "not sqlite" not in asked:
        return None
    place = collection_path.relative_to(Path(__file__).parent).as_posix()
    return None if runs_on_both(place) or "mark.postgres" in text else True


@begun_with
def firm() -> LawFirm:
    """A firm with account codes on, and its people."""
    return make_law_firm()


@pytest.fixture
def own_keys(settings: Settings, tmp_path: Path) -> Path:
    """A key file of this test's own, to be changed or lost."""
    from callmark.keys import key_file

    settings.CODE_KEYS_FILE = tmp_path / "code-keys"
    key_file.create(settings.CODE_KEYS_FILE)
    return tmp_path / "code-keys"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """The levels are the same for every test, and none has spent another's requests."""
    from callmark.web.limits import counters
    from callmark.web.refusal_log import lines

    watch.let_everything_be_logged()
    counters.clear()
    lines.clear()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """A worker of pytest-xdist has ended: what it found counts for the whole run."""
    _leaks_of_workers.extend(getattr(node, "workeroutput", {}).get("leaks", []))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that wrote a watched code anywhere."""
    from django.conf import settings

    folders = [_log_folder, settings.DATA_DIR]
    factory = getattr(session.config, "_tmp_path_factory", None)
    if factory is not None:
        folders.append(factory.getbasetemp())
    found = [*watch.leaks(folders), *_leaks_of_workers]
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["leaks"] = found
    for line in found:
        print(f"\nLEAK {line}")  # noqa: T201
    if found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def the_second_of_april() -> Iterator[None]:
    """It is 2 April 2026, noon UTC, and stays so: March is over, and nobody has closed it."""
    with time_machine.travel(datetime(2026, 4, 2, 12, tzinfo=UTC), tick=False):
        yield
