"""What an engineer cannot forget of a resource: it is refused before the first request."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

import callmark
from callmark.accounts.models import User
from callmark.api.openapi import RESOURCES
from callmark.api.resource import Here, Needs, Resource
from callmark.api.schemas import Request, Shown, eg, example_of

pytestmark = pytest.mark.sqlite

PATH = "/accounts/{account_id}/desks"


class Desk(Shown):
    """A desk."""

    id: UUID = eg("5c1f0a52-6f0c-4a0b-9d0c-7d8f0f4e2b11")
    name: str = eg("By the window")
    free: bool


def test_who_may_must_be_said() -> None:
    make: Any = Resource
    with pytest.raises(TypeError, match="needs"):
        make(PATH, "Desks")


def test_an_id_in_the_path_leads_to_a_row_before_the_function_runs() -> None:
    desks = Resource(PATH, "Desks", needs=Needs.ADMINISTRATION)
    with pytest.raises(TypeError, match=re.escape("one()")):

        @desks.get("/{desk_id}")
        def get_desk(_here: Here) -> Desk:
            """Read a desk."""
            raise NotImplementedError


def test_what_is_shown_and_what_is_sent_has_an_example() -> None:
    class Chair(Shown):
        """A chair."""

        legs: int

    class NewChair(Request):
        """A chair to add."""

        legs: int

    assert example_of(Desk, {"free": True}) == {
        "id": "5c1f0a52-6f0c-4a0b-9d0c-7d8f0f4e2b11",
        "name": "By the window",
        "free": True,
    }
    chairs = Resource("/chairs", "Chairs", needs=Needs.OPERATOR)
    with pytest.raises(TypeError, match=r"Chair\.legs"):

        @chairs.get()
        def get_chair(_here: Here) -> Chair:
            """Read a chair."""
            raise NotImplementedError

    with pytest.raises(TypeError, match="NewChair"):

        @chairs.post()
        def add_chair(_here: Here, body: NewChair) -> None:
            """Add a chair."""


def test_a_field_shows_what_its_row_calls_otherwise_also_in_rows_within_the_row() -> None:
    class Window(Shown):
        """A window."""

        side: str = eg("south", row="wall.side")

    class Room(Shown):
        """A room."""

        number: int = eg(7)
        windows: list[Window] = eg(row="every_window")
        door: Window | None = eg(None)
        closed_by: str | None = eg(None, row="door.wall.side")

    class Walled:
        def __init__(self, side: str) -> None:
            self.wall = SimpleNamespace(side=side)

    class Floor:
        number, door = 12, None

        def every_window(self) -> list[Walled]:
            return [Walled("north"), Walled("east")]

    shown = Room.of(Floor())
    assert shown.model_dump() == {
        "number": 12,
        "windows": [{"side": "north"}, {"side": "east"}],
        "door": None,
        "closed_by": None,
    }
    assert Room.of(shown, number=13).windows == shown.windows, "as of what is shown already"
    assert Window.model_json_schema()["properties"]["side"] == {"title": "Side", "type": "string"}


def test_one_function_stands_for_two_operations_under_their_own_names() -> None:
    desks = Resource(PATH, "Desks", needs=Needs.ADMINISTRATION)
    desk = desks.one("/{desk_id}", lambda here: User.objects.of(here.account))

    @desk.get("/lamp", name="get_lamp", text="Read the lamp.")
    @desk.get()
    def get_desk(_here: Here, _found: User) -> Desk:
        """Read a desk."""
        raise NotImplementedError

    found = {
        operation.operation_id: (path, operation.summary)
        for path, view in desks.router.path_operations.items()
        for operation in view.operations
    }
    assert found == {
        "get_desk": (f"{PATH}/{{desk_id}}", "Read a desk"),
        "get_lamp": (f"{PATH}/{{desk_id}}/lamp", "Read the lamp"),
    }


def test_every_resource_is_served_once() -> None:
    routers = [resource.router for resource in RESOURCES]
    assert len(routers) == len({id(router) for router in routers})


def test_saying_an_operation_stays_cheap() -> None:
    """Everything in the two packages counts; the figure goes down, not up."""
    root = Path(callmark.__file__).parent
    files = [*root.glob("api/**/*.py"), *root.glob("switches/http/**/*.py")]
    lines = sum(len(one.read_text().splitlines()) for one in files if "migrations" not in one.parts)
    views = [view for one in RESOURCES for view in one.router.path_operations.values()]
    assert lines / sum(len(view.operations) for view in views) <= 50
