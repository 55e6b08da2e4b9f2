"""A recipe of docs/recipes, done to a copy of the source."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.installations import copied

PROJECT = Path(__file__).parents[2]


class Recipe:
    """The blocks of a recipe: ``diff`` is lines of a file, ``python`` a whole new one."""

    def __init__(self, name: str) -> None:
        self._text = (PROJECT / "docs" / "recipes" / f"{name}.md").read_text()

    def _blocks(self, kind: str) -> list[tuple[str, list[str]]]:
        found = []
        for block in re.findall(rf"```{kind}\n(.*?)```", self._text, re.DOTALL):
            path, *lines = textwrap.dedent(block).splitlines()
            found.append((path.removeprefix("# "), lines))
        return found

    def new_files(self) -> dict[str, str]:
        """Files that the recipe writes, with what is in them."""
        return {path: "\n".join([*lines, ""]) for path, lines in self._blocks("python")}

    def edits(self) -> list[tuple[str, str, str]]:
        """A file, the lines that stand there, and the lines to stand there."""
        return [
            (
                path,
                "\n".join(line[1:] for line in lines if line[0] in " -"),
                "\n".join(line[1:] for line in lines if line[0] in " +"),
            )
            for path, lines in self._blocks("diff")
        ]

    def followed(self, copy: Path, migrated: Path) -> Path:
        """Copy the source there, compiled, and do what the recipe says; the copy.

        Its data folder is that of a new installation: what the recipe adds is to be migrated.
        """
        copied(migrated, copy / "data")
        source = copy / "src" / "callmark"
        leave_out = shutil.ignore_patterns("static")
        shutil.copytree(PROJECT / "src" / "callmark", source, ignore=leave_out)
        (source / "portal" / "static").mkdir()
        for path, old, new in self.edits():
            text = (copy / path).read_text()
            assert text.count(f"\n{old}\n") == 1, f"{path} has these lines once no more:\n{old}"
            (copy / path).write_text(text.replace(f"\n{old}\n", f"\n{new}\n"))
        for path, text in self.new_files().items():
            (copy / path).write_text(text)
        return copy

    def told(self, copy: Path, story: str) -> str:
        """What a story prints that runs on the copy."""
        told = subprocess.run(
            [sys.executable, "-c", story],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            cwd=copy,
            env={
                **{name: value for name, value in os.environ.items() if "CALLMARK" not in name},
                "PYTHONPATH": f"{copy / 'src'}{os.pathsep}{PROJECT}",
                "DJANGO_SETTINGS_MODULE": "callmark.settings",
                "CALLMARK_DATA_DIR": str(copy / "data"),
            },
        )
        assert told.returncode == 0, told.stderr
        return told.stdout
