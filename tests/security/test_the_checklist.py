"""docs/security/ has a line for every requirement, and its evidence exists."""

import re
from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.sqlite

PROJECT = Path(__file__).resolve().parents[2]
INDEX = (PROJECT / "docs" / "security.md").read_text()
CHECKLIST = "\n".join(
    path.read_text() for path in sorted(PROJECT.glob("docs/security/checklist-*.md"))
)
IDS = Path(__file__).with_name("asvs-5.0.0-levels-1-and-2.txt")
STATES = {"met", "not applicable", "not met", "operator's task"}
ROW = re.compile(
    r"^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE
)
FILE = re.compile(r"`((?:src|tests|docs|scripts|frontend)/[\w./-]+|[\w.-]+\.(?:toml|lock|md))`")

ROWS = [
    (number, level, text, state.strip("*"), evidence)
    for number, level, text, state, evidence in ROW.findall(CHECKLIST)
]


def wanted() -> dict[str, str]:
    """Every requirement's level, by its number."""
    lines = [line for line in IDS.read_text().splitlines() if not line.startswith("#")]
    return dict(line.split() for line in lines)


def test_the_standards_own_count() -> None:
    assert Counter(wanted().values()) == {"1": 70, "2": 183}


def test_every_requirement_has_exactly_one_line() -> None:
    assert Counter(row[0] for row in ROWS) == Counter(wanted().keys())
    assert {row[0]: row[1] for row in ROWS} == wanted()


def test_states_are_known_and_counted() -> None:
    counts = Counter(row[3] for row in ROWS)
    assert set(counts) == STATES
    said = re.search(
        r"All (\d+) requirements: (\d+) met, (\d+) not applicable, (\d+) an operator's task,\s+"
        r"(\d+) not met",
        INDEX,
    )
    assert said is not None
    in_order = ("met", "not applicable", "operator's task", "not met")
    assert [int(number) for number in said.groups()] == [
        len(ROWS),
        *(counts[state] for state in in_order),
    ]


def test_every_line_says_why() -> None:
    for number, _, text, state, evidence in ROWS:
        assert text.strip(), number
        assert len(evidence.strip()) > 2, number
        if state in {"not met", "operator's task"}:
            assert len(evidence) > 5, number


def test_the_evidence_exists() -> None:
    named = {path for row in ROWS for path in FILE.findall(row[4])}
    assert len(named) > 60
    missing = sorted(path for path in named if not (PROJECT / path).is_file())
    assert not missing
