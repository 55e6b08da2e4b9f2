"""Writing the files that a switch reads."""

from collections.abc import Mapping
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
