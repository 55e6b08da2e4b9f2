"""allauth's insides are used in one module, and that module knows what each is for."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import callmark

pytestmark = pytest.mark.sqlite

SOURCE = Path(callmark.__file__).parent
FENCE = SOURCE / "sign_in" / "allauth_internals.py"


def imported(text: str) -> Iterator[str]:
    """Every module and name that a source imports, at the top or later, with dots."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{one.name}" for one in node.names)


def internals(text: str) -> list[str]:
    return [name for name in imported(text) if name.startswith("allauth.") and ".internal" in name]


def test_allauths_insides_are_imported_in_one_module() -> None:
    users = [path for path in SOURCE.rglob("*.py") if internals(path.read_text())]
    assert users == [FENCE]
    assert len(internals(FENCE.read_text())) == 4


@pytest.mark.parametrize(
    "line",
    [
        "from allauth.account.internal.flows.login import perform_login",
        "from allauth.core import internal",
        "import allauth.core.internal.ratelimit as limits",
        "def late():\n    from allauth.core.internal import cryptokit",
    ],
)
def test_no_way_of_importing_them_is_missed(line: str) -> None:
    assert internals(line)
    assert not internals(line.replace("internal", "public"))
