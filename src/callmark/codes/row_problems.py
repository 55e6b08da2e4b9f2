"""What is wrong with the rows of a list of codes: the first of it in words, the rest as a count."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils.translation import ngettext

from callmark.accounts.refused import Refused
from callmark.csv_files import CsvForm
from callmark.local_formats import number
from callmark.policy.values import value_class

KEPT = 1000
"""Problems kept in words: a file of a million bad lines must not fill the memory."""


@value_class
class RowProblem:
    """What is wrong in one cell, and what to do. Never with the digits themselves.

    ``row`` is the line of the file from 1, or the place in the list; ``column`` is ``name``,
    ``code``, ``active`` or '' for the whole line. ``reason`` is one word for programs.
    """

    row: int
    column: str
    message: str
    reason: str = "refused"


def problems_csv(problems: Iterable[RowProblem], form: CsvForm) -> Iterator[str]:
    """The lines of a file to correct a list by, beside it: line, column, what to do."""
    yield form.line(("line", "column", "what to do"))
    for one in problems:
        yield form.line((str(one.row), one.column, one.message))


@dataclass(slots=True)
class RowProblems:
    """Problems in the order of their rows: the first :data:`KEPT`, and how many there are."""

    first: list[RowProblem] = field(default_factory=list)
    count: int = 0
    rows: int = 0
    _last_row: int = 0

    def add(self, found: Iterable[RowProblem]) -> None:
        """Add what is wrong with the next row."""
        for problem in found:
            self.count += 1
            self.rows += problem.row != self._last_row
            self._last_row = problem.row
            if len(self.first) < KEPT:
                self.first.append(problem)


class RowsRefused(Refused):
    """Nothing was added; ``problems`` tells why, row by row: the first of ``problem_count``."""

    def __init__(self, problems: RowProblems) -> None:
        super().__init__(
            ngettext(
                "Nothing was added: {rows} row has a problem. "
                "Correct what is listed, then send all again.",
                "Nothing was added: {rows} rows have a problem. "
                "Correct what is listed, then send all again.",
                problems.rows,
            ).format(rows=number(problems.rows)),
            code="rows_refused",
        )
        self.problems = tuple(problems.first)
        self.problem_count = problems.count
