"""Reads FreeSWITCH's configuration as far as the check needs it: elements, and where they stand."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from callmark.policy.values import value_class

_INCLUDE = re.compile(r'<X-PRE-PROCESS\s+cmd="include"\s+data="([^"]+)"\s*/?>', re.IGNORECASE)
_OTHER = re.compile(r"<X-PRE-PROCESS[^>]*>", re.IGNORECASE)
_DROPPED = re.compile(r"^.*(?:<include>|</include>|<\?).*$", re.MULTILINE)
_MOST_FILES = 2000


@value_class
class Element:
    """An element of a file. What is not there is ''."""

    found: ElementTree.Element
    where: str

    @classmethod
    def nothing(cls) -> "Element":
        """Stands for an element that is not there."""
        return cls(ElementTree.Element("nothing"), "")

    @property
    def text(self) -> str:
        """What stands in it."""
        return self.found.text or ""

    def get(self, name: str) -> str:
        """An attribute."""
        return self.found.get(name) or ""

    def all(self, tag: str) -> list["Element"]:
        """All elements of a name in it, at any depth."""
        return [Element(one, self.where) for one in self.found.iter(tag)]

    def children(self, tag: str) -> list["Element"]:
        """Those directly in it."""
        return [Element(one, self.where) for one in self.found.findall(tag)]


class Tree:
    """Every XML file below a folder, each with what it includes. Raises ``OSError``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[str] = []
        if not root.is_dir():
            raise NotADirectoryError(20, "it is not a folder", str(root))
        self._elements: list[Element] = []
        for path in sorted(root.rglob("*.xml"))[:_MOST_FILES]:
            self._read(path)

    def _read(self, path: Path) -> None:
        try:
            # Whose configuration this is rules the switch anyway.
            found = ElementTree.fromstring(f"<all>{self._text(path, set())}</all>")  # noqa: S314
        except (ElementTree.ParseError, OSError):
            self.problems.append(str(path))
            return
        self._elements.append(Element(found, str(path)))

    def _text(self, path: Path, seen: set[Path]) -> str:
        """A file's text with the files it includes in their places."""
        if path.resolve() in seen:
            return ""
        seen = seen | {path.resolve()}
        text = _DROPPED.sub("", path.read_text(errors="replace"))

        def included(found: re.Match[str]) -> str:
            named = found[1]
            base, pattern = (Path("/"), named[1:]) if named[0] == "/" else (path.parent, named)
            return "".join(self._text(one, seen) for one in sorted(base.glob(pattern)))

        return _OTHER.sub("", _INCLUDE.sub(included, text))

    def all(self, tag: str) -> Iterator[Element]:
        """All elements of a name."""
        for one in self._elements:
            yield from one.all(tag)

    def configuration(self, name: str) -> list[Element]:
        """The sections ``<configuration name="...">``."""
        return [one for one in self.all("configuration") if one.get("name") == name]

    def parameters(self, name: str) -> dict[str, Element]:
        """The ``param`` elements of such a section by their names."""
        return {
            param.get("name"): param
            for one in self.configuration(name)
            for param in one.all("param")
        }
