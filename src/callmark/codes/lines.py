"""The lines of a list that a spreadsheet or a telephone system wrote, and the cells of a line.

Read piece by piece: what a file costs in memory is bounded by its longest line, not by its size.
A row is one line: a quoted text that goes on in the next one is refused where it begins. Else a
forgotten quote takes the codes of following lines into a name, and a name is no secret.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import field
from itertools import islice

from django.utils.translation import gettext, gettext_lazy

from callmark import local_formats
from callmark.csv_files import as_it_was
from callmark.policy.values import value_class

DELIMITERS = (",", ";", "\t")
# How files begin that are renamed more often than saved as CSV.
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
MAX_LINE = 10_000
"""Characters of a line; a row of ours has some hundred."""
MAX_LINES = 1_000_000
"""Lines of a file, with the blank ones."""
_SAMPLED = 6
_SEPARATOR_LINE = re.compile(r'"?sep=(.*?)"?', re.IGNORECASE)
_TYPOGRAPHIC = re.compile("[“”„‟«»]")
_TEXT_WITH_QUOTES = gettext_lazy(
    'Put a text with commas or quotes in straight quotes ("), and write a quote inside it twice.'
)


@value_class
class Sample:
    """The first lines of a list as cells, and what each column is or most likely is.

    Cells may hold codes: they are for the page that shows the list, and for nothing else.
    """

    roles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)


class BadLine(Exception):
    """This line cannot be split into cells; ``message`` says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


class UnreadableFile(BadLine):
    """Nothing of the file can be used, because of this ``line`` of it (from 1)."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def lines_of(data: bytes) -> Iterator[tuple[int, str | None]]:
    """Number (from 1) and text of each line, without its end; None: the line is far too long.

    UTF-8, or UTF-16 as Windows programs write it. Raises :class:`UnreadableFile`.
    """
    if data.startswith(_SPREADSHEETS):
        raise UnreadableFile(
            1,
            gettext(
                "This is a spreadsheet, whatever its name says. Open it and save it as CSV "
                "(UTF-8): renaming the file is not enough."
            ),
        )
    encoding = _encoding_of(data)
    stream = io.TextIOWrapper(io.BytesIO(data), encoding, newline=None)
    number = 0
    try:
        while text := stream.readline(MAX_LINE + 1):
            number += 1
            if number > MAX_LINES:
                raise UnreadableFile(
                    number,
                    gettext("Send at most {max_lines} lines at once.").format(
                        max_lines=local_formats.number(MAX_LINES)
                    ),
                )
            if len(text) <= MAX_LINE or text.endswith("\n"):
                yield number, text.removesuffix("\n")
                continue
            while (rest := stream.readline(MAX_LINE)) and not rest.endswith("\n"):
                pass
            yield number, None
    except UnicodeDecodeError:
        # With the line: the error holds the bytes, and they hold codes, so it ends here.
        unreadable = _where_unreadable(data, encoding)
    else:
        return
    raise unreadable


def is_blank(text: str | None) -> bool:
    """Whether there is nothing in the line but what may stand between cells."""
    return text is not None and not text.strip(" ,;\t")


def cells_of(text: str, delimiter: str) -> list[str]:
    """The cells of a line (RFC 4180), without spaces around. Raises :class:`BadLine`."""
    if '"' not in text:
        return [cell.strip() for cell in text.split(delimiter)]
    reader = csv.reader((text,), delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        return [as_it_was(cell.strip()) for cell in next(reader)]
    except csv.Error:
        message = _about_quotes(text, delimiter)
    raise BadLine(message)


def plain_heading(cell: str) -> str:
    """A heading as it is compared: account_code, Account  Code and ACCOUNT CODE are the same."""
    return re.sub(r"[\s_]+", " ", cell).strip().lower()


def without_empty_end(cells: list[str]) -> list[str]:
    """The cells up to the last one that holds something."""
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]


@value_class
class FirstLine:
    """The first line with anything in it, as cells by each separator that may be meant.

    ``bad``: what is wrong with it by the first of those that cannot split it.
    """

    number: int
    text: str
    splits: dict[str, list[str]]
    bad: BadLine | None


def first_line(lines: Iterator[tuple[int, str | None]], wanted: str) -> FirstLine:
    """The line that names the columns, or is the first row; a ``sep=`` before it counts.

    ``wanted`` says how a list begins, for a file that does not begin at all.
    """
    number, text = _next_filled(lines, wanted)
    delimiters: tuple[str, ...] = DELIMITERS
    if declared := _SEPARATOR_LINE.fullmatch(text.rstrip(" ")):
        if declared[1] not in DELIMITERS:
            raise UnreadableFile(
                number, gettext("Separate the columns with commas, semicolons or tabs.")
            )
        delimiters = (declared[1],)
        number, text = _next_filled(lines, wanted, after=number)
    splits: dict[str, list[str]] = {}
    bad = None
    for delimiter in delimiters:
        try:
            splits[delimiter] = without_empty_end(cells_of(text, delimiter))
        except BadLine as problem:
            bad = bad or problem
    return FirstLine(number, text, splits, bad)


def _next_filled(
    lines: Iterator[tuple[int, str | None]], wanted: str, after: int = 0
) -> tuple[int, str]:
    for number, text in lines:
        if text is None:
            raise UnreadableFile(number, wanted)
        if not is_blank(text):
            return number, text
    raise UnreadableFile(after + 1, gettext("The file has no rows. {wanted}").format(wanted=wanted))


def sampled_cells(data: bytes) -> list[tuple[str, ...]]:
    """The first lines as cells, by the separator that makes most of them; none: no cells at all."""
    try:
        texts = [
            text for _, text in islice(lines_of(data), _SAMPLED) if text and not is_blank(text)
        ]
    except UnreadableFile:
        return []
    best: list[tuple[str, ...]] = []
    for delimiter in DELIMITERS:
        try:
            split = [tuple(without_empty_end(cells_of(text, delimiter))) for text in texts]
        except BadLine:
            continue
        if max(map(len, split), default=0) > max(map(len, best), default=0):
            best = split
    return [cells for cells in best if cells and not _SEPARATOR_LINE.fullmatch(cells[0])]


def about_count(text: str, filled: int, wanted: int) -> str:
    """What to say of a line with another number of cells than its file's first line names."""
    said = [
        gettext("Write {wanted} columns, as in the first line; this one has {filled}.").format(
            wanted=wanted, filled=filled
        )
    ]
    if filled > wanted:
        said.append(str(_TEXT_WITH_QUOTES))
        if _TYPOGRAPHIC.search(text):
            said.append(gettext("Typographic quotes do not count."))
    return " ".join(said)


def _encoding_of(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Without its mark, UTF-16 shows by the empty half of its first letter.
    first, second = data[:1], data[1:2]
    if second == b"\x00" and first not in {b"", b"\x00"}:
        return "utf-16-le"
    if first == b"\x00" and second not in {b"", b"\x00"}:
        return "utf-16-be"
    return "utf-8-sig"


def _where_unreadable(data: bytes, encoding: str) -> UnreadableFile:
    before = ""
    try:
        data.decode(encoding)
    except UnicodeDecodeError as problem:
        before = data[: problem.start].decode(encoding, errors="replace")
    lines = re.split(r"\r\n|\r|\n", before)
    return UnreadableFile(
        len(lines),
        gettext(
            "Save the file as CSV in UTF-8 encoding: character {place} of this line cannot be read."
        ).format(place=len(lines[-1]) + 1),
    )


def _about_quotes(text: str, delimiter: str) -> str:
    """What is wrong with the quotes of a line that is no CSV."""
    opened = None  # where the quoted cell begins that the place is in
    place, at_start = 0, True
    while place < len(text):
        character = text[place]
        if opened is None:
            if at_start and character == '"':
                opened = place
            at_start = character == delimiter or (at_start and character == " ")
        elif character == '"':
            if text[place + 1 : place + 2] == '"':
                place += 1
            elif text[place + 1 : place + 2] in {"", delimiter}:
                opened = None
            else:
                more = gettext(
                    "There is more text after the quote at character {place} of this line."
                ).format(place=place + 1)
                return f"{more} {_TEXT_WITH_QUOTES}"
        place += 1
    opens = (opened or 0) + 1
    if closing := _TYPOGRAPHIC.search(text, opened or 0):
        return gettext(
            "The quote that opens at character {opens} is not closed in this line: character "
            '{closing} is a typographic quote. Write a straight one (").'
        ).format(opens=opens, closing=closing.start() + 1)
    return gettext(
        "The quote that opens at character {opens} is not closed in this line. Close it with a "
        'straight quote ("), without a line break in the text.'
    ).format(opens=opens)
