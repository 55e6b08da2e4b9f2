"""What the documents say is there: settings, commands, files and links."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from callmark.cli import every_command
from callmark.cli.commands import Group
from callmark.portal.guide import anchor_of

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("prompts/*.md")]
    if path.name != "CHANGELOG.md"
)


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    # Quoted in the code; two are between processes of our own.
    settings = set(re.findall(r'"(CALLMARK_[A-Z_]+)"', source))
    settings -= {"CALLMARK_HEARTBEAT_FD", "CALLMARK_GATE_PROCESS"}
    channel_variables = {
        f"CALLMARK_{name}"
        for name in (
            "RESULT",
            "ANSWER",
            "NUMBER",
            "DIALED",
            "ENDPOINT",
            "CALL",
            "SPLASH",
            "ALL_PASSED",
            "DOCTOR",
            "GATES_TIME",
        )
    }
    operator_guide = (ROOT / "docs/operator.md").read_text()
    documented = set(re.findall(r"^\| (.*?) \|", operator_guide, re.MULTILINE))
    names = set(re.findall(r"CALLMARK_[A-Z_]+", " ".join(documented)))
    assert settings - channel_variables - names == set(), "not in docs/operator.md"
    assert names - settings == set(), "in docs/operator.md only"


def commands() -> set[str]:
    """Every command with its words, such as ``asterisk config``."""
    found = set()

    def walk(group: Group, words: tuple[str, ...]) -> None:
        for name, child in group.commands.items():
            if isinstance(child, Group):
                walk(child, (*words, name))
            else:
                found.add(" ".join((*words, name)))

    walk(every_command(), ())
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_in_documents_exist(document: Path) -> None:
    known = commands()
    for words in re.findall(r"(?:^|[`'/ ])callmark ((?:[a-z-]+ ?)+)", document.read_text()):
        tried = [" ".join(words.split()[:count]) for count in (1, 2)]
        is_prose = words.split()[0] in {"is", "and", "keeps", "for", "can", "has", "as", "in"}
        is_group = any(name.startswith(tried[0] + " ") for name in known)
        assert is_prose or known & set(tried) or is_group, f"callmark {words}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", document.read_text()):
        if "://" not in target and not target.startswith("mailto:"):
            assert (document.parent / target).exists(), target


def anchors_of(document: Path) -> set[str]:
    """Where a link can lead in a document."""
    text = re.sub(r"^ *```.*?^ *```", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {anchor_of(re.sub(r"[`*]|\]\(.*?\)|\[", "", one)) for one in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_a_part_of_a_document_lead_to_that_part(document: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", document.read_text()):
        page = document.parent / target if target else document
        assert anchor in anchors_of(page), f"{target}#{anchor}"


MOST_WORDS = 2500
"""What is longer has not been read to the end by anybody: split it, and say where in its index."""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_document_is_too_long_to_read(document: Path) -> None:
    assert len(document.read_text().split()) <= MOST_WORDS


def test_the_index_leads_to_every_document() -> None:
    """In two steps at most: the index, or a page that the index leads to."""

    def linked_from(page: Path) -> set[Path]:
        targets = re.findall(r"\]\(([^)#:]+)", page.read_text())
        found = {(page.parent / one).resolve() for one in targets}
        return {one for one in found if one.suffix == ".md"}

    first = linked_from(ROOT / "docs/README.md")
    second = set.union(*(linked_from(page) for page in first))
    decisions = ROOT / "docs/decisions"
    everything = {page.resolve() for page in ROOT.glob("docs/**/*.md")}
    lost = {page for page in everything - first - second if decisions not in page.parents}
    assert lost == {ROOT / "docs/README.md"}


def test_the_two_commands_are_the_first_lines_of_the_readme() -> None:
    first = (ROOT / "README.md").read_text().splitlines()[:4]
    assert first[1].startswith("make run")
    assert first[2].startswith("make test")


def test_the_diagram_of_the_machine_is_drawn_from_its_table() -> None:
    script = [sys.executable, str(ROOT / "scripts/draw-code-entry"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
