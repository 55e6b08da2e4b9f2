"""docs/recipes/an-api-resource.md, followed on a copy of the source: a program then has notes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.docs.recipes import PROJECT, Recipe

pytestmark = pytest.mark.sqlite

RECIPE = Recipe("an-api-resource")

# What a program does with it, and what others of the cast may not.
STORY = """
import json
import django
django.setup()
from django.core.management import call_command
from django.test.utils import setup_test_environment
setup_test_environment()
call_command("makemigrations", "codes", name="note", verbosity=0)
call_command("makemigrations", check=True, dry_run=True, verbosity=0)
call_command("migrate", verbosity=0)

from django.test import Client
from callmark.api.urls import api
from callmark.audit.models import AuditEntry
from tests.api.programs import body_of, every_operation, program_of
from tests.cast import make_law_firm

firm, other = make_law_firm(), make_law_firm(slug="other-firm")
at = f"/accounts/{firm.account.pk}/notes"
program, stranger = program_of(firm.olivia), program_of(other.olivia)
reader = Client()
reader.force_login(firm.ben)
added = program.post(at, {"text": "Ask Ida"})
one = f"{at}/{body_of(added)['id']}"
result = {
    "added": [added.status_code, body_of(added)["text"]],
    "listed": [note["text"] for note in body_of(program.get(at))["items"]],
    "refused": [
        program.post(at, {"text": " "}).status_code,
        program.post(at, {"txet": "Ask Ida"}).status_code,
        stranger.get(at).status_code,
        stranger.delete(f"/accounts/{other.account.pk}/notes/{body_of(added)['id']}").status_code,
        reader.get("/api/v1" + at).status_code,
    ],
    "deleted": [program.delete(one).status_code, program.delete(one).status_code],
    "activity": [entry.action for entry in AuditEntry.objects.of(firm.account).order_by("at")],
    "operations": {
        operation.id: operation.body
        for operation in every_operation()
        if "/notes" in operation.path
    },
}
print(json.dumps(result))
"""


@pytest.fixture(scope="module")
def copy(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source with the recipe followed."""
    return RECIPE.followed(tmp_path_factory.mktemp("recipe"), migrated)


@pytest.fixture(scope="module")
def result(copy: Path) -> dict[str, Any]:
    """What the story prints."""
    answer: dict[str, Any] = json.loads(RECIPE.told(copy, STORY).splitlines()[-1])
    return answer


def test_a_program_adds_lists_and_deletes(result: dict[str, Any]) -> None:
    assert result["added"] == [201, "Ask Ida"]
    assert result["listed"] == ["Ask Ida"]
    assert result["deleted"] == [204, 404]
    assert result["activity"][-2:] == ["note.added", "note.deleted"]


def test_nobody_else_may_and_nothing_else_is_taken(result: dict[str, Any]) -> None:
    assert result["refused"] == [422, 422, 404, 404, 403]


def test_the_document_tells_of_it_with_examples(result: dict[str, Any]) -> None:
    assert result["operations"] == {
        "list_notes": None,
        "add_note": {"text": "Ask Ida"},
        "delete_note": None,
    }


def test_the_recipe_is_written_as_we_write(copy: Path) -> None:
    written = [str(copy / path) for path in RECIPE.new_files()]
    assert len(written) == 2
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check"], ["format", "--check"]):
        config = ["--config", str(PROJECT / "pyproject.toml"), "--no-cache"]
        told = subprocess.run(
            [*ruff, *command, *config, *written], check=False, capture_output=True, text=True
        )
        assert told.returncode == 0, told.stdout
