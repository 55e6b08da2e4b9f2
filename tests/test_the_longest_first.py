"""What takes longest begins a run: each worker is given some, so that they end together."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import longest_first

pytestmark = pytest.mark.sqlite


def items(names: str) -> Any:  # noqa: ANN401
    """Tests of one letter each; a capital is one that takes long."""
    return [
        SimpleNamespace(name=name, get_closest_marker=lambda _, name=name: name.isupper() or None)
        for name in names
    ]


@pytest.mark.parametrize(
    ("names", "workers", "ordered"),
    [
        ("abXcdY", 1, "XYabcd"),
        ("abXcdY", 2, "XabYcd"),
        ("abXcdY", 3, "XaYbcd"),
        ("XYZ", 2, "XZY"),
        ("aX", 3, "Xa"),
        ("abc", 2, "abc"),
        ("", 2, ""),
    ],
)
def test_each_worker_begins_with_its_part_of_them(names: str, workers: int, ordered: str) -> None:
    assert "".join(item.name for item in longest_first(items(names), workers)) == ordered
