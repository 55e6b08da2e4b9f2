"""Digits that are watched for, and the search for them."""

import logging
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

watched: set[str] = set()
_MOMENT = re.compile(rb"1\d{9}\.\d{9}")

# Nine digits would be surer, but codes have at most seven. A chance match in all that a run writes
# is a matter of one in thousands, and would name its file.
DIGITS = 7


def watch() -> str:
    """New random digits, as long as a code can be, watched for until the run ends."""
    digits = str(secrets.randbelow(9 * 10 ** (DIGITS - 1)) + 10 ** (DIGITS - 1))
    watched.add(digits)
    return digits


def log_everything_to(path: Path) -> None:
    """Let every logger of the run write to a file, debug lines and tracebacks included."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setLevel(logging.DEBUG)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)


def let_everything_be_logged() -> None:
    """Debug lines, too, whatever a test before has set."""
    for name in ("callmark", "django", "asyncio", "allauth"):
        logging.getLogger(name).setLevel(logging.DEBUG)


def leaks(folders: list[Path]) -> Iterator[str]:
    """Files under the folders that hold watched digits, and how often."""
    if not watched:  # as in the process that only hands tests out to others
        return
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield from _leaks_in(path)


def _leaks_in(path: Path) -> Iterator[str]:
    content = path.read_bytes()
    # Looking for digits is quick, and hardly a file has any: what they are is asked afterwards.
    found = [digits for digits in watched if digits.encode() in content]
    if found:
        # The simulator's call ids are moments, with nine digits of chance each.
        content = _MOMENT.sub(b" ", content)
    for digits in found:
        if count := content.count(digits.encode()):
            yield f"{path}: a watched code, {count} times"
