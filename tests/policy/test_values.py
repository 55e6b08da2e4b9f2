"""Values are made, compared and shown as a dataclass's are."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from callmark.policy.values import value_class


def _made_by(how: Callable[[Any], Any]) -> tuple[Any, Any]:
    @how
    class Place:
        name: str
        secret: str = field(default="", repr=False)
        rooms: list[str] = field(default_factory=list)
        length: int = field(init=False, compare=False)

        def __post_init__(self) -> None:
            self.length = len(self.name)

    @how
    class House(Place):
        floors: int = field(default=1, kw_only=True)
        color: str = "white"

    return Place, House


GIVEN: list[tuple[tuple[object, ...], dict[str, object]]] = [
    (("a",), {}),
    (("a", "b", ["c"]), {}),
    (("a",), {"rooms": ["x"], "secret": "y"}),
    ((), {"name": "z"}),
]
REFUSED: list[tuple[tuple[object, ...], dict[str, object]]] = [
    ((), {}),
    (("a",), {"name": "b"}),
    (("a",), {"nothing": 1}),
]


@pytest.mark.parametrize("which", [0, 1])
def test_a_value_is_what_a_dataclass_would_be(which: int) -> None:
    plain, ours = _made_by(dataclass)[which], _made_by(value_class)[which]
    for given, named in GIVEN:
        one, other = ours(*given, **named), plain(*given, **named)
        assert {name: getattr(one, name) for name in plain.__dataclass_fields__} == vars(other)
        assert repr(one) == repr(other)
        assert one == ours(*given, **named) != replace(one, name="another")
    for given, named in REFUSED:
        with pytest.raises(TypeError):
            ours(*given, **named)
    assert ours("a").rooms is not ours("a").rooms


def test_a_value_keeps_to_its_fields() -> None:
    place = _made_by(value_class)[0]("a")
    with pytest.raises(AttributeError):
        place.garden = True
