"""What a new engineer is told first: paths that exist, hooks that run what make check runs."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.sqlite

PROJECT = Path(__file__).parents[2]
RECIPES = sorted(PROJECT.glob("docs/recipes/*.md"))
PATH = re.compile(
    r"`((?:src|tests|docs|scripts|frontend|clients|bench)/[\w./-]+|[\w.-]+\.(?:toml|md|lock))`"
)
# A file that is yet to be made has NAME in its place.
NEW = re.compile(r"\bNAME\b|_NAME\b")


def named(document: Path) -> set[str]:
    """The project's paths that a document names in back quotes."""
    return {path for path in PATH.findall(document.read_text()) if not NEW.search(path)}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_every_path_of_a_recipe_exists(recipe: Path) -> None:
    paths = named(recipe)
    assert len(paths) >= 8
    assert sorted(path for path in paths if not (PROJECT / path).exists()) == []


def test_contributing_leads_to_every_recipe_and_its_paths_exist() -> None:
    page = PROJECT / "CONTRIBUTING.md"
    for recipe in RECIPES:
        assert f"(docs/recipes/{recipe.name})" in page.read_text()
    assert {path for path in named(page) if not (PROJECT / path).exists()} == set()


def tools_of(text: str, line: str) -> set[str]:
    """The programs of the environment, with their subcommand, that lines of this form start."""
    commands = re.findall(line, text, re.MULTILINE)
    found = set()
    for command in commands:
        for tool, rest in re.findall(r"bin/(ruff|mypy|lint-imports|biome|callmark)\b(.*)", command):
            found.add(" ".join([tool, *rest.replace("'", "").split()]))
    return found


def test_the_commit_hooks_run_what_make_check_runs() -> None:
    makefile = (PROJECT / "Makefile").read_text()
    check = makefile[makefile.index("\ncheck:") :].split("\n\n", 1)[0]
    hooks = (PROJECT / ".pre-commit-config.yaml").read_text()
    of_check = tools_of(check, r"^\t(.*)$")
    assert len(of_check) >= 5
    assert tools_of(hooks, r"^ +entry: (.*)$") == of_check
    assert set(re.findall(r"- repo: (.*)", hooks)) == {"local"}, "a hook would be downloaded"


def test_every_shape_of_issue_can_be_read_by_the_forge() -> None:
    for form in PROJECT.glob(".github/ISSUE_TEMPLATE/a-*.yml"):
        text = form.read_text()
        for key in ("name", "description", "body"):
            assert re.search(rf"^{key}:", text, re.MULTILINE), f"{form.name} lacks {key}"
        ids = re.findall(r"^    id: (.*)$", text, re.MULTILINE)
        assert len(ids) == len(set(ids)) >= 3
