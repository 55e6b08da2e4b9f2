"""Static files under names with a hash of what is in them, so that browsers keep them forever.

The names are made up when a process starts, from the files in the packages: no step of gathering
them is needed, and none can be forgotten. WhiteNoise finds the compressed twins (.br, .gz) that the
build of the front end writes beside them.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.storage import FileSystemStorage

HASH_LENGTH = 12
COMPRESSED = (".br", ".gz")


@cache
def hashed_name(name: str) -> str:
    """``css/callmark.css`` as ``css/callmark.0123456789ab.css``; as it is if there is no such file.

    ``frontend/build.mjs`` makes the names of fonts inside the styles in the same way.
    """
    path = finders.find(name)
    if path is None:
        return name
    content = Path(path).read_bytes()
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.{sha256(content).hexdigest()[:HASH_LENGTH]}{dot}{ending}"


class HashedFiles(StaticFilesStorage):
    """What ``{% static %}`` asks: the address with the hash."""

    def url(self, name: str | None) -> str:
        """The address of a static file."""
        return super().url(hashed_name(name) if name and not settings.DEBUG else name)


class _Originals(FileSystemStorage):
    """Tells where the file of a hashed name really is."""

    def __init__(self, paths: dict[str, str]) -> None:
        super().__init__()
        self._paths = paths

    def path(self, name: str) -> str:
        """The file in its package."""
        return self._paths[name]


class HashedFinder(BaseFinder):
    """Finds files by their hashed names, with their compressed twins."""

    def check(self, **_: Any) -> list[Any]:  # noqa: ANN401
        """Nothing can be set wrongly."""
        return []

    def find(self, path: str, *_: object, **__: object) -> Any:  # noqa: ANN401
        """The file with this hashed name; [] if there is none."""
        stem, _dot, ending = path.rpartition(".")
        plain = f"{stem.rpartition('.')[0]}.{ending}"
        is_hashed = len(stem.rpartition(".")[2]) == HASH_LENGTH
        return finders.find(plain) if is_hashed and hashed_name(plain) == path else []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Any]]:
        """Every file once more, under its hashed name."""
        paths: dict[str, str] = {}
        for finder in finders.get_finders():
            if isinstance(finder, HashedFinder):
                continue
            for name, _storage in finder.list(ignore_patterns):
                prefix = (getattr(_storage, "prefix", None) or "").strip("/")
                full = f"{prefix}/{name}" if prefix else name
                if not full.endswith(COMPRESSED) and (path := finders.find(full)):
                    paths[hashed_name(full)] = path
        originals = _Originals(paths)
        return ((name, originals) for name in paths)
