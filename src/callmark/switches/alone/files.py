"""Writing the files that a switch reads."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path


def write_texts(directory: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write files, each whole or not at all; returns their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in texts.items():
        path = directory / name
        unfinished = directory / f".{name}.new"
        unfinished.write_text(text)
        unfinished.replace(path)
        paths.append(path)
    return paths


def copy_files(pairs: Iterable[tuple[Path, Path]]) -> list[Path]:
    """Copy each source to its destination, whole or not at all; returns what was written.

    A file that is there already and the same is left alone.
    """
    written = []
    for source, destination in pairs:
        data = source.read_bytes()
        if destination.exists() and destination.read_bytes() == data:
            continue
        unfinished = destination.with_name(f".{destination.name}.new")
        unfinished.write_bytes(data)
        shutil.copymode(source, unfinished)
        unfinished.replace(destination)
        written.append(destination)
    return written
