"""Whatever of ours leaves something to the database is tested on SQLite and on PostgreSQL."""

import re
from pathlib import Path

import pytest

from tests.databases import DATABASE_DECIDES, ON_BOTH, ON_SQLITE_ALONE, TESTED_BY, runs_on_both

TESTS = Path(__file__).parents[1]
SOURCES = TESTS.parent / "src/callmark"
# One asks the database of a FreePBX, which is MariaDB: tests/switches/asterisk/cdr. The other asks
# PostgreSQL for its clock: that test carries the marker.
ELSEWHERE = {"switches/asterisk/cdr/freepbx.py", "ops/doctor/portal.py"}


def where_the_database_decides() -> set[str]:
    """Modules with locks, upserts, constraints that are caught, and SQL."""
    every = SOURCES.rglob("*.py")
    found = (path for path in every if DATABASE_DECIDES.search(path.read_text()))
    return {path.relative_to(SOURCES).as_posix() for path in found} - ELSEWHERE


def test_the_rule_names_every_module_that_leaves_something_to_the_database() -> None:
    named = tuple(f"{name}/" for name in TESTED_BY)
    unnamed = [each for each in where_the_database_decides() if not f"{each}/".startswith(named)]
    assert unnamed == [], "name the tests of it in TESTED_BY (tests/databases.py)"


@pytest.mark.parametrize("module", sorted(TESTED_BY))
def test_its_tests_run_on_both(module: str) -> None:
    assert (SOURCES / module).exists()
    assert TESTED_BY[module]
    for tests in TESTED_BY[module]:
        assert tests in ON_BOTH


def test_what_the_rule_names_is_there() -> None:
    named = [*ON_BOTH, *ON_SQLITE_ALONE]
    assert [path for path in named if not (TESTS / path).exists()] == []


def test_a_file_that_no_database_decides_runs_once_and_its_neighbor_twice() -> None:
    assert [path for path in ON_SQLITE_ALONE if runs_on_both(path)] == []
    assert runs_on_both("calls/test_finding_calls.py")
    for path in ON_SQLITE_ALONE:
        assert not re.search(r"mark\.postgres|\.vendor", (TESTS / path).read_text())
