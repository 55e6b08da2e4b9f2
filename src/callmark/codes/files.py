"""Codes from and to a file: what is in each row, and what is wrong with it."""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType

from django.utils.translation import gettext

from callmark import local_formats
from callmark.codes import list_shapes as shapes
from callmark.codes.lines import (
    MAX_LINE,
    BadLine,
    Sample,
    UnreadableFile,
    about_count,
    cells_of,
    first_line,
    is_blank,
    lines_of,
    sampled_cells,
    without_empty_end,
)
from callmark.codes.models import CODE_IDS, USE_COLUMNS, AccountCode
from callmark.codes.row_problems import RowProblem
from callmark.csv_files import FOR_PROGRAMS, FORMULA_STARTS, CsvForm
from callmark.policy.values import value_class

COLUMNS = (shapes.NAME, shapes.CODE, shapes.ACTIVE)
ID_COLUMNS = tuple(name.replace("_", " ") for name in CODE_IDS)
MAX_ROWS = 100_000
STATES = {
    **dict.fromkeys(("active", "yes", "true", "1", "on", "enabled"), True),
    **dict.fromkeys(("inactive", "no", "false", "0", "off", "disabled"), False),
}
"""What stands for yes and no in a column."""
_MOST_COLUMNS = 40
_SPACES = " "
"""Between a code and its name, in a list that somebody has typed."""
_NONE: Mapping[str, str] = MappingProxyType({})  # shared: a list has 100,000 rows
_Lines = Iterator[tuple[int, str | None]]


@value_class
class NewCode:
    """A code to add; ``row`` is its line in the file, or its place in the list.

    ``active``, ``label`` None: the row does not say; a new code is active then, without a label.
    ``ids``, ``use``: those of :data:`~callmark.codes.models.CODE_IDS` and of ``USE_COLUMNS`` that
    the row tells.
    """

    row: int
    name: str
    code: str = field(repr=False)
    active: bool | None = None
    ids: Mapping[str, str] = field(default_factory=lambda: _NONE)
    use: Mapping[str, str] = field(default_factory=lambda: _NONE)
    label: str | None = None


@value_class
class Row:
    """A line of the file that is not blank: its code, or what is wrong with it, or both."""

    code: NewCode | None
    problems: tuple[RowProblem, ...] = ()


@dataclass(slots=True)
class _Form:
    """How the rows of one file are written."""

    columns: shapes.Columns
    delimiter: str
    level: str | None = None


def read_csv(data: bytes, columns: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of a list of codes, one by one.

    Columns as in :mod:`callmark.codes.list_shapes`, between commas, semicolons or tabs; or
    ``columns``: what each of them is, as a person says. Raises :class:`UnreadableFile`, also after
    some rows, and then none of them counts.
    """
    lines = lines_of(data)
    form, first = _form_of(lines, columns)
    count = 0
    for number, text in chain(first, lines):
        if is_blank(text):
            continue
        if count == MAX_ROWS:
            yield _refused(
                number,
                gettext("Send at most {max_rows} codes at once.").format(
                    max_rows=local_formats.number(MAX_ROWS)
                ),
            )
            return
        if (row := _row(number, text, form)) is not None:
            count += 1
            yield row


def shape_of(data: bytes, columns: Sequence[str] = ()) -> str:
    """What kind of list this is, in words. Raises :class:`UnreadableFile` if it is none."""
    return _form_of(lines_of(data), columns)[0].columns.shape


def sample_of(data: bytes) -> Sample | None:
    """How a list begins; None: not even cells can be made out in it."""
    best = sampled_cells(data)
    width = max(map(len, best), default=0)
    if not 1 < width <= _MOST_COLUMNS:
        return None
    recognized = shapes.headed(best[0]) or shapes.unheaded(best[0])
    known = [one if one in shapes.ROLES else "" for one in recognized.roles] if recognized else ()
    roles = (*known, *[""] * (width - len(known))) if recognized else shapes.guessed(best)
    return Sample(roles, tuple(best))


def _form_of(
    lines: _Lines, chosen: Sequence[str] = ()
) -> tuple[_Form, list[tuple[int, str | None]]]:
    """How the file is written, by its first line, and that line if it is a row itself."""
    first = first_line(lines, shapes.unknown_heading([]))
    number, text, splits, bad = first.number, first.text, first.splits, first.bad
    if chosen:
        return _chosen_form(number, text, splits, chosen)
    for delimiter, cells in splits.items():
        if columns := shapes.headed(cells):
            return _Form(columns, delimiter), []
    unheaded = [(one, key) for key in splits if (one := shapes.unheaded(splits[key]))]
    # One cell is the same one, whatever would have separated it from others.
    if len(unheaded) == 1 or (unheaded and unheaded[0][0].roles == (shapes.CODE,)):
        return _Form(*unheaded[0]), [(number, text)]
    if columns := shapes.spaced(text):
        return _Form(columns, _SPACES), [(number, text)]
    raise UnreadableFile(number, _about_first_line(splits.values(), bad))


def _chosen_form(
    number: int, text: str, splits: Mapping[str, list[str]], chosen: Sequence[str]
) -> tuple[_Form, list[tuple[int, str | None]]]:
    delimiter = max(splits, key=lambda one: len(splits[one]), default=",")
    columns = shapes.chosen(chosen, splits.get(delimiter, []))
    if columns is None:
        raise UnreadableFile(
            number, gettext("Say which column is the code and which the name, each once.")
        )
    return _Form(columns, delimiter), [] if columns.heading else [(number, text)]


def _about_first_line(splits: Collection[Sequence[str]], bad: BadLine | None) -> str:
    """What is wrong with a first line that names no columns, by the most likely split of it."""
    cells = max(splits, key=lambda cells: (shapes.known_headings(cells), len(cells)), default=())
    if bad is not None and not shapes.known_headings(cells):
        return bad.message
    return shapes.unknown_heading(cells)


def _row(number: int, text: str | None, form: _Form) -> Row | None:
    """The row in a line; None: all its cells are empty."""
    if text is None:
        return _refused(
            number,
            gettext("This line has more than {max_line} characters: no row has.").format(
                max_line=MAX_LINE
            ),
        )
    try:
        spaced = form.delimiter == _SPACES
        cells = text.split(None, 1) if spaced else cells_of(text, form.delimiter)
    except BadLine as bad:
        return _refused(number, bad.message)
    roles = form.columns.roles
    filled = len(without_empty_end(cells))
    if filled == 0:
        return None
    if filled > len(roles) or len(cells) < form.columns.needed:
        return _refused(number, about_count(text, filled, len(roles)))
    values = {}
    for place, (role, cell) in enumerate(zip(roles, cells, strict=False), start=1):
        if role is None and cell:
            return _refused(
                number,
                gettext("Column {place} has no heading: name it, or leave it empty.").format(
                    place=place
                ),
            )
        values[role] = cell
    return _row_of(number, values, form)


def _row_of(number: int, values: dict[str | None, str], form: _Form) -> Row:
    problems = []
    digits = values[shapes.CODE]
    if form.columns.separated:
        digits = re.sub("[-/]", "", digits)
        if re.search("[?*#xX]", digits):
            return _refused(
                number,
                gettext(
                    "Wildcards cannot be imported: a code is exactly its digits. Add each code."
                ),
                shapes.CODE,
            )
    level = values.get(shapes.LEVEL)
    form.level = form.level or level
    if level != form.level:
        return _refused(
            number,
            gettext(
                "The levels in column 3 differ, and nothing here says which calls each of "
                "them opens: all would open every call. Write types of calls instead, or "
                "leave the column out."
            ),
        )
    said = values.get(shapes.ACTIVE, "").lower()
    active = STATES.get(said)
    if said and active is None:
        problems.append(RowProblem(number, shapes.ACTIVE, gettext("Write active or inactive.")))
    ids = {name: without_formula_guard(values[name]) for name in CODE_IDS if name in values}
    use = {name: without_formula_guard(values[name]) for name in USE_COLUMNS if name in values}
    named = {shapes.NAME, shapes.TAG} & values.keys()
    name = _name_in(values) if named else f"Code {number}"
    label = without_formula_guard(values[shapes.LABEL]) if shapes.LABEL in values else None
    code = NewCode(number, name, digits, active, ids or _NONE, use or _NONE, label)
    return Row(code, tuple(problems))


def _name_in(values: dict[str | None, str]) -> str:
    """The name; with a tag as well, both: it stands on the calls that are on record elsewhere."""
    name = without_formula_guard(values.get(shapes.NAME, ""))
    tag = without_formula_guard(values.get(shapes.TAG, ""))
    if tag in {"", name, values[shapes.CODE]}:
        return name
    return f"{name} ({tag})" if name else tag


def _refused(number: int, message: str, column: str = "") -> Row:
    return Row(None, (RowProblem(number, column, message),))


def write_csv(
    codes: Iterable[AccountCode],
    *,
    with_ids: bool = False,
    with_labels: bool = False,
    written_use: Callable[[AccountCode], Mapping[str, str]] | None = None,
    form: CsvForm = FOR_PROGRAMS,
) -> str:
    """The codes as :func:`read_csv` reads them; ``written_use`` adds the columns of their rules."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=form.separator, lineterminator="\r\n")

    def text(cell: str) -> str:
        return form.text(_with_formula_guard(cell))

    use_columns = tuple(shapes.USE) if written_use else ()
    label_columns = (shapes.LABEL,) if with_labels else ()
    writer.writerow((*COLUMNS, *label_columns, *(ID_COLUMNS if with_ids else ()), *use_columns))
    for code in codes:
        ids = [text(getattr(code, one)) for one in CODE_IDS] if with_ids else ()
        told = written_use(code) if written_use else {}
        use = [text(told[shapes.USE[one]]) for one in use_columns]
        state = "active" if code.active else "inactive"
        labels = [text(code.label)] if with_labels else ()
        writer.writerow((text(code.name), form.code(code.code), state, *labels, *ids, *use))
    return out.getvalue()


def _with_formula_guard(name: str) -> str:
    return f"'{name}" if _needs_guard(name) else name


def without_formula_guard(name: str) -> str:
    """The text as it was before :func:`write_csv` guarded it."""
    return name[1:] if name.startswith("'") and _needs_guard(name) else name


def _needs_guard(name: str) -> bool:
    """Formulas, and names that already begin as a guarded one: each way exactly one is added."""
    return name.lstrip("'").startswith(FORMULA_STARTS)
