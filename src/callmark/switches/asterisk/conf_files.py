"""Reads Asterisk's configuration as far as the check needs it: sections, values, includes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from callmark.policy.values import value_class

_SECTION = re.compile(r"\[(?P<name>[^]]+)\](?:\((?P<options>[^)]*)\))?")
_INCLUDE = re.compile(r"#(?:try)?include\s+[\"<]?(?P<path>[^\">]+)[\">]?")
_MOST_FILES = 500


@value_class
class Setting:
    """One ``name = value`` or ``name => value`` line, and where it stands."""

    name: str
    value: str
    path: Path
    line: int


@dataclass(slots=True)
class Section:
    """One ``[name]``; a template's settings are among those of the sections that use it."""

    name: str
    settings: list[Setting] = field(default_factory=list)
    is_template: bool = False

    def value(self, name: str, default: str = "") -> str:
        """The last value of a setting."""
        return next((one.value for one in reversed(self.settings) if one.name == name), default)


class ConfFile:
    """One file with everything it includes. A file that is not there has nothing in it."""

    def __init__(self, path: Path, root: Path) -> None:
        self.path = path
        self.sections: list[Section] = []
        self.files: list[Path] = []
        self._root = root
        self._read(path)

    def named(self, name: str) -> list[Section]:
        """The sections of that name."""
        return [section for section in self.sections if section.name == name]

    def value(self, section: str, name: str, default: str = "") -> str:
        """A setting's last value in the sections of that name."""
        values = [one.value(name) for one in self.named(section)]
        return next((value for value in reversed(values) if value), default)

    def settings(self) -> Iterator[Setting]:
        """Every setting of every section."""
        for section in self.sections:
            yield from section.settings

    def _read(self, path: Path) -> None:
        if path in self.files or len(self.files) >= _MOST_FILES or not path.is_file():
            return
        self.files.append(path)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            text = _without_comment(line).strip()
            if match := _INCLUDE.match(text):
                self._include(match["path"].strip())
            elif match := _SECTION.match(text):
                self._open(match["name"], match["options"] or "")
            elif "=" in text and self.sections:
                name, _, value = text.partition("=")
                setting = Setting(name.strip(), value.removeprefix(">").strip(), path, number)
                self.sections[-1].settings.append(setting)

    def _include(self, pattern: str) -> None:
        if pattern.startswith("/"):
            paths = sorted(Path("/").glob(pattern.lstrip("/")))
        else:
            paths = sorted(self._root.glob(pattern))
        for path in paths:
            self._read(path)

    def _open(self, name: str, options: str) -> None:
        section = Section(name, is_template="!" in options.split(","))
        for template in options.split(","):
            for known in self.named(template.strip()):
                section.settings += known.settings
        self.sections.append(section)


def _without_comment(line: str) -> str:
    """``;`` begins a comment unless a backslash stands before it."""
    return re.split(r"(?<!\\);", line, maxsplit=1)[0]
