"""A name that a test replaces by its text exists: told in a second, not at a run's end."""

import re
from pathlib import Path
from pkgutil import resolve_name

import pytest

TESTS = Path(__file__).resolve().parents[1]
REPLACED = re.compile(r"(?:setattr|patch)\(\s*\"(callmark\.[\w.]+)\"")


def replaced(text: str) -> list[str]:
    """The names of ours that are replaced in a file of tests, as they are written there."""
    return REPLACED.findall(text)


NAMES = sorted({name for file in TESTS.rglob("*.py") for name in replaced(file.read_text())})


def exists(name: str) -> bool:
    """Tell whether a name leads to something: in a module, or in a class of one."""
    try:
        resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
def test_what_a_test_replaces_is_there(name: str) -> None:
    assert exists(name)


def test_a_name_that_has_moved_is_found() -> None:
    moved = "callmark.portal.forms.test_call" + ".IN_A_LIST"
    assert replaced(f'monkeypatch.setattr(\n    "{moved}", 1)') == [moved]
    assert not exists(moved)
