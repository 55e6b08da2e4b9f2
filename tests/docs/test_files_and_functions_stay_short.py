"""Files that can be read in one sitting, functions that need no scrolling: none grows longer."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.sqlite

PROJECT = Path(__file__).parents[2]
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 50


def sources() -> list[Path]:
    """Our Python, without migrations, which tell what was and are not read as a story."""
    found = [path for folder in ("src", "tests") for path in (PROJECT / folder).rglob("*.py")]
    return [path for path in found if "migrations" not in path.parts]


def too_long(text: str) -> Iterator[str]:
    """What of a file's text is longer than it may be; a function's decorators do not count."""
    if (lines := len(text.splitlines())) > MOST_LINES_OF_A_FILE:
        yield f"the file has {lines} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > MOST_LINES_OF_A_FUNCTION:
                yield f"{node.name} (line {node.lineno}) has {lines} lines"


def test_no_file_has_over_400_lines_and_no_function_over_50() -> None:
    files = sources()
    assert len(files) > 500
    found = [
        f"{path.relative_to(PROJECT)}: {what}" for path in files for what in too_long(_read(path))
    ]
    assert found == []


def test_one_line_more_is_found_wherever_it_is() -> None:
    fits = "class A:\n    async def f(self):\n" + "        self.x = 1\n" * 49
    assert list(too_long(fits)) == []
    assert list(too_long(fits + "        self.x = 1\n")) == ["f (line 2) has 51 lines"]
    assert list(too_long("x = 1\n" * 400)) == []
    assert list(too_long("x = 1\n" * 401)) == ["the file has 401 lines"]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
