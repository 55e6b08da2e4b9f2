"""A statement or a report on paper: PDF, drawn by Typst (an optional extra), tagged for readers."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, field
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from threading import BoundedSemaphore

from django.utils.translation import gettext

from callmark.accounts.refused import Refused
from callmark.languages import language_now
from callmark.policy.texts import Text
from callmark.policy.values import value_class

TYPE = "application/pdf"
MOST_LINES = 5000
"""On one paper. Each takes some 60 kB of memory while it is drawn."""

AT_ONCE = 2
"""Papers that one process draws at the same time: each takes a processor, and some 150 MB."""
_WAIT_SECONDS = 20.0
_DRAWING_SECONDS = 180.0
_room = BoundedSemaphore(AT_ONCE)

_LETTER = frozenset({"US", "CA", "MX", "PH", "CL"})
_LONG_WORD = re.compile(r"\S{10}(?=\S)")


@value_class
class Column:
    """A column of the table. ``share``: percent of the width; 0: what is left; None: as needed."""

    title: str
    share: int | None = None
    figures: bool = True


@value_class
class Paper:
    """What is on it. A row with fewer cells than columns has a first cell over several of them.

    ``from_whom``: the first line is the name. ``bars``: heights from 0 to 1, said in ``sentence``.
    """

    size: str
    title: str
    from_whom: Sequence[str]
    about: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    totals: Sequence[Sequence[str]]
    notes: Sequence[str]
    facts: Sequence[tuple[str, str]] = ()
    notice: str = ""
    bars: Sequence[float] = field(default=())
    sentence: str = ""
    is_wide: bool = False


def size_for(country: str) -> str:
    """The paper that people there have."""
    return "us-letter" if country in _LETTER else "a4"


@cache
def pdf_is_possible() -> bool:
    """Whether Typst is installed."""
    return find_spec("typst") is not None


def pdf(paper: Paper) -> bytes:
    """The paper as PDF. Raises :class:`Refused` where that is not possible."""
    if not pdf_is_possible():
        raise Refused(
            Text(
                "PDF files cannot be made on this installation: print the page instead, or ask "
                "your operator to install callmark[pdf]."
            ),
            code="no_pdf",
        )
    if len(paper.rows) > MOST_LINES:
        raise Refused(
            Text(
                "A PDF file has room for {most} lines, and this has {count}: "
                "choose Excel or CSV, or ask for less.",
                most=MOST_LINES,
                count=len(paper.rows),
            ),
            code="too_long_for_pdf",
        )
    if not _room.acquire(timeout=_WAIT_SECONDS):
        raise Refused(
            Text(
                "Other PDF files are being made: "
                "try again in a minute, or export in the background."
            ),
            code="busy",
        )
    try:
        return _drawn(paper)
    finally:
        _room.release()


def _drawn(paper: Paper) -> bytes:
    said = {
        **asdict(paper),
        "from": list(paper.from_whom),
        "rows": _breakable(paper.rows),
        "language": language_now(),
        # Typst knows the numbers, and puts them in.
        "pages": gettext("Page {page} of {pages}"),
    }
    try:
        drawing = subprocess.run(
            [sys.executable, "-I", str(Path(__file__).with_name("draw_paper.py"))],
            input=json.dumps(said).encode(),
            capture_output=True,
            check=False,
            timeout=_DRAWING_SECONDS,
        )
    except subprocess.TimeoutExpired:
        # Without what it wrote so far: that may quote what is on the paper.
        raise RuntimeError("the drawing of a paper took too long") from None
    if drawing.returncode or not drawing.stdout.startswith(b"%PDF-"):
        # Not what it wrote: that may quote what is on the paper.
        raise RuntimeError(f"the drawing of a paper ended with {drawing.returncode}")
    return drawing.stdout


def _breakable(rows: Sequence[Sequence[str]]) -> list[list[list[str]]]:
    """Each cell in parts: a word wider than its column would run into the next one.

    Between two parts a line may end. No character stands there, not even one without width: what
    is copied from the paper is what was written on it.
    """
    return [[_parts(cell) for cell in row] for row in rows]


def _parts(cell: str) -> list[str]:
    ends = [found.end() for found in _LONG_WORD.finditer(cell)]
    return [cell[start:end] for start, end in pairwise([0, *ends, len(cell)])]
