"""The cast of the tests is one: who is who is told in docs/testing.md, and true everywhere."""

import ast
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pytest

from callmark.accounts.models import User
from tests.cast import LawFirm

PROJECT = Path(__file__).parents[2]
CAST = PROJECT / "tests" / "cast.py"
NAMES = {name.title() for name, one in vars(LawFirm).items() if isinstance(one, cached_property)}
ADDED_BY = ("add_person", "make_user", "invite", "User", "User.objects.create", "users.create")


def table() -> Iterator[tuple[str, str, str]]:
    """Name, role and extension of each row."""
    section = (PROJECT / "docs/testing.md").read_text().partition("## The cast")[2]
    for line in section.partition("\n## ")[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] in NAMES:
            yield cells[0], cells[1], cells[2]


@pytest.mark.django_db
def test_the_table_of_the_cast_is_true() -> None:
    firm = LawFirm()
    people: list[User] = [getattr(firm, name.lower()) for name, *_ in table()]
    found = [
        (one.name, one.role, "".join(phone.number for phone in one.extensions.all()))
        for one in people
    ]
    assert found == list(table())
    assert {name for name, *_ in found} == NAMES


def added(text: str) -> Iterator[str]:
    """Who of the cast this file adds."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(ADDED_BY):
            said = [*node.args, *(one.value for one in node.keywords)]
            for one in said:
                if isinstance(one, ast.Constant) and one.value in NAMES:
                    yield f"line {node.lineno}: {one.value}"


def test_nobody_of_the_cast_enters_by_another_door() -> None:
    found = [
        f"{path.relative_to(PROJECT)}, {one}"
        for path in (PROJECT / "tests").rglob("*.py")
        if path != CAST
        for one in added(path.read_text())
    ]
    assert found == []


def test_another_door_is_found() -> None:
    door = 'rick = add_person(firm.account, name="Rick", role=Role.REPORTER)'
    assert list(added(door)) == ["line 1: Rick"]
