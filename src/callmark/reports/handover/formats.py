"""The formats that calls can be handed over in, and the choices in each. Pure.

A format is stored and sent as options (a JSON object); :func:`read_format` checks them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from callmark.policy.texts import Text
from callmark.policy.values import value_class
from callmark.reports.handover import csv_forms
from callmark.reports.handover.csv_forms import BadColumn, CsvForm, read_columns, written
from callmark.reports.handover.ledes import ACTIVITIES
from callmark.reports.handover.units import TimeUnit

LEDES, CSV = "ledes", "csv"
DESCRIPTION = "Telephone charges"

# Headers exactly as help.clio.com has them; a blank type is time, its quantity hours.
CLIO = """matter* = {matter_id}
date* = {date}
activity_description =
note = Telephone call with {number} at {time}, {minutes} min, {user} {adjustment}
price* = {cost}
quantity = 1
type = ExpenseEntry
activity_user = {timekeeper_name}
non_billable ="""
# juris.com: lengths in brackets; UserID, Date, Client and so on in any order.
JURIS = """UserID = {timekeeper_id}
Date* = {date}
Client[12]* = {client_id}
Matter[12]* = {matter_id}
ExpCd[4]* = TEL
Units = 1
Mult = {cost}
Amount* = {cost}
Summarize = N
AuthBy = {timekeeper_id}
Phase =
Code1[6] =
Code2[6] =
Code3[6] =
Note[60] = Call with {number}, {minutes} min {adjustment}
Narrative[7500]* = Telephone call with {number} at {time}, {minutes} min, {user} {adjustment}"""
OWN = """Date = {date}
Client = {client_id}
Matter = {matter_id}
Code = {code_name}
User = {user}
Calls = {calls}
Minutes = {minutes}
Cost = {cost}
Adjustment = {adjustment}"""


class BadFormat(ValueError):
    """Options that say nothing clear; ``message`` says what to do, ``field`` where."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.message, self.field = message, field


@value_class
class LedesFormat:
    """LEDES 1998B: an invoice for each matter, an expense line for each call's cost.

    ``fees``: lines for the time instead, at the hourly rate of who called.
    """

    fees: bool = False
    activity: str = "A106"
    unit: TimeUnit = TimeUnit.SIX_MINUTES
    description: str = DESCRIPTION

    def options(self) -> dict[str, Any]:
        """As they are stored."""
        return {
            "format": LEDES,
            "lines": "fees" if self.fees else "expenses",
            "activity": self.activity,
            "unit": int(self.unit),
            "description": self.description,
        }


@value_class
class CsvFormat:
    """A CSV of one's own."""

    form: CsvForm = field(default_factory=lambda: CsvForm(read_columns(OWN)))

    def options(self) -> dict[str, Any]:
        """As they are stored."""
        return {
            "format": CSV,
            "columns": written(self.form.columns),
            "date_format": self.form.date_format,
            "per": self.form.per,
            "unit": int(self.form.unit),
        }


Format = LedesFormat | CsvFormat

TEMPLATES: dict[str, tuple[str, Format]] = {
    "ledes": ("LEDES 1998B", LedesFormat()),
    "clio": (Text("Clio activities"), CsvFormat(CsvForm(read_columns(CLIO), "MM/DD/YYYY"))),
    "juris": (Text("Juris expenses"), CsvFormat(CsvForm(read_columns(JURIS), "MM/DD/YYYY"))),
    "csv": (Text("Custom CSV"), CsvFormat()),
}
"""What there is to begin with, by a short name: how it is called, and its choices."""


def read_format(options: Mapping[str, object]) -> Format:
    """The format that the options say. Raises :class:`BadFormat`."""
    kind = options.get("format")
    if kind not in {LEDES, CSV}:
        raise BadFormat(Text("Choose ledes or csv."), "format")
    unit = _unit(options.get("unit", int(TimeUnit.SIX_MINUTES)))
    if kind == LEDES:
        return _ledes(options, unit)
    date_format = options.get("date_format", "YYYY-MM-DD")
    if date_format not in csv_forms.DATES:
        raise BadFormat(_one_of(csv_forms.DATES), "date_format")
    try:
        columns = read_columns(str(options.get("columns", OWN))[:20_000])
    except BadColumn as bad:
        raise BadFormat(bad.message, "columns") from None
    per = options.get("per", "call")
    if per not in csv_forms.LINES:
        raise BadFormat(_one_of(csv_forms.LINES), "per")
    return CsvFormat(CsvForm(columns, str(date_format), str(per), unit))


def _ledes(options: Mapping[str, object], unit: TimeUnit) -> LedesFormat:
    which, activity = options.get("lines", "expenses"), options.get("activity", "A106")
    if which not in {"expenses", "fees"}:
        raise BadFormat(Text("Choose expenses or fees."), "lines")
    if activity not in ACTIVITIES:
        raise BadFormat(_one_of(ACTIVITIES), "activity")
    description = str(options.get("description", "")).strip() or DESCRIPTION
    return LedesFormat(which == "fees", str(activity), unit, description[:200])


def _one_of(words: Iterable[str]) -> Text:
    return Text("Choose one of {words}.", words=", ".join(words))


def _unit(value: object) -> TimeUnit:
    try:
        return TimeUnit(int(str(value)))
    except ValueError:
        units = ", ".join(str(int(one)) for one in TimeUnit)
        raise BadFormat(Text("Choose a unit in seconds: {units}.", units=units), "unit") from None
