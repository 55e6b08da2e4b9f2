"""A wheel is all of Callmark: pages with their styles, prompts and guide, too."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.conf import settings

from callmark.policy.prompts import PromptLanguage
from scripts.messages import TRANSLATED

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of a wheel that is built here; ``scripts/try-wheel`` installs and starts one."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with ZipFile(wheel) as files:
        return set(files.namelist())


def below(folder: Path, prefix: str) -> set[str]:
    """The names that the files of a folder have in the wheel."""
    files = (
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in str(path)
    )
    return {f"{prefix}/{path.relative_to(folder)}" for path in files}


def test_the_built_front_end_is_in_it(held: set[str]) -> None:
    static = below(PROJECT / "src/callmark/portal/static", "callmark/portal/static")
    assert "callmark/portal/static/callmark/css/callmark.css" in static
    assert static <= held


def test_every_prompt_is_in_it(held: set[str]) -> None:
    for language in PromptLanguage:
        prompts = below(settings.PROMPTS_DIR / language, f"callmark/prompts/{language}")
        assert len(prompts) > 20
        assert prompts <= held


def test_the_translations_are_in_it_compiled(held: set[str]) -> None:
    assert TRANSLATED
    assert {f"callmark/locale/{one}/LC_MESSAGES/django.mo" for one in TRANSLATED} <= held


def test_the_guide_of_the_portal_is_in_it(held: set[str]) -> None:
    docs = PROJECT / "docs"
    files = [path for files in settings.GUIDE_FILES.values() for path in files]
    assert {f"callmark/guide/{path.relative_to(docs)}" for path in files} <= held


def test_all_the_code_is_in_it_and_no_tests(held: set[str]) -> None:
    code = {one for one in below(PROJECT / "src/callmark", "callmark") if one.endswith(".py")}
    assert code <= held
    assert not [one for one in held if one.startswith("tests")]
