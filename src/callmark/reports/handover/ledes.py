"""LEDES 1998B: invoices as lines of text. Pure; Unicode is made ASCII here.

Source: the LEDES Oversight Committee's LEDES 1998B format, 24 fields between pipes; every line ends
with ``[]``; amounts are plain decimals, dates YYYYMMDD. A fee line's units are hours, an expense
line's are items; a line's total is units x unit cost + adjustment, and the invoice's is their sum.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from callmark.policy.texts import Text
from callmark.policy.values import value_class
from callmark.reports.handover.texts import ascii_text
from callmark.reports.handover.units import plain, rounded

FIELDS = (
    "INVOICE_DATE|INVOICE_NUMBER|CLIENT_ID|LAW_FIRM_MATTER_ID|INVOICE_TOTAL|BILLING_START_DATE|"
    "BILLING_END_DATE|INVOICE_DESCRIPTION|LINE_ITEM_NUMBER|EXP/FEE/INV_ADJ_TYPE|"
    "LINE_ITEM_NUMBER_OF_UNITS|LINE_ITEM_ADJUSTMENT_AMOUNT|LINE_ITEM_TOTAL|LINE_ITEM_DATE|"
    "LINE_ITEM_TASK_CODE|LINE_ITEM_EXPENSE_CODE|LINE_ITEM_ACTIVITY_CODE|TIMEKEEPER_ID|"
    "LINE_ITEM_DESCRIPTION|LAW_FIRM_ID|LINE_ITEM_UNIT_COST|TIMEKEEPER_NAME|"
    "TIMEKEEPER_CLASSIFICATION|CLIENT_MATTER_ID"
)
ID_LENGTH = 20
"""Characters of an id."""
MOST_OF_A_TEXT = 1023
TELEPHONE = "E105"
"""UTBMS: the cost of telephone calls."""
ACTIVITIES = {
    "A105": Text("Communicate (in firm)"),
    "A106": Text("Communicate (with client)"),
    "A107": Text("Communicate (other outside counsel)"),
    "A108": Text("Communicate (other external)"),
}
"""UTBMS: what the time of a call was spent on."""
_END = "[]\r\n"


@value_class
class Item:
    """A line of an invoice: with an activity it is a fee, else an expense.

    ``units`` are hours of a fee, else items, and never negative.
    """

    day: date
    description: str
    units: Decimal
    unit_cost: Decimal
    adjustment: Decimal = Decimal(0)
    activity: str = ""
    expense: str = TELEPHONE
    timekeeper_id: str = ""
    timekeeper_name: str = ""
    classification: str = ""
    decimals: int = 2

    def __post_init__(self) -> None:
        if self.units < 0 or self.unit_cost < 0:
            raise ValueError("units and unit costs are never negative: use the adjustment")

    @property
    def total(self) -> Decimal:
        """Units x unit cost + adjustment, to the decimals of its currency."""
        return rounded(self.units * self.unit_cost + self.adjustment, self.decimals)


@value_class
class Invoice:
    """What one matter is billed for a period; ``ends`` is its last day."""

    number: str
    made_on: date
    begins: date
    ends: date
    client_id: str
    law_firm_matter_id: str
    client_matter_id: str
    law_firm_id: str
    description: str
    items: Sequence[Item]

    @property
    def total(self) -> Decimal:
        """The sum of the lines."""
        return sum((item.total for item in self.items), Decimal("0.00"))


def id_text(text: str) -> str:
    """An id as it stands in the file: whole, whatever its length."""
    return ascii_text(text, len(text) * 4)


def lines(invoices: Iterable[Invoice]) -> Iterator[str]:
    """The file's lines. Raises :class:`ValueError` for an id that is blank or too long."""
    yield f"LEDES1998B{_END}"
    yield f"{FIELDS}{_END}"
    for invoice in invoices:
        for number, item in enumerate(invoice.items, start=1):
            yield "|".join(_cells(invoice, number, item)) + _END


def _cells(invoice: Invoice, number: int, item: Item) -> list[str]:
    is_fee = bool(item.activity)
    return [
        _day(invoice.made_on),
        _id("invoice number", invoice.number),
        _id("client id", invoice.client_id),
        _id("matter id", invoice.law_firm_matter_id),
        plain(invoice.total),
        _day(invoice.begins),
        _day(invoice.ends),
        ascii_text(invoice.description, MOST_OF_A_TEXT),
        str(number),
        "F" if is_fee else "E",
        plain(item.units),
        plain(item.adjustment),
        plain(item.total),
        _day(item.day),
        "",
        "" if is_fee else item.expense,
        item.activity,
        ascii_text(item.timekeeper_id, ID_LENGTH),
        ascii_text(item.description, MOST_OF_A_TEXT),
        _id("law firm id", invoice.law_firm_id),
        plain(item.unit_cost),
        ascii_text(item.timekeeper_name, 30),
        item.classification,
        _id("client's matter id", invoice.client_matter_id),
    ]


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _id(what: str, text: str) -> str:
    cleaned = id_text(text)
    if not cleaned or len(cleaned) > ID_LENGTH:
        raise ValueError(f"the {what} of an invoice needs 1 to {ID_LENGTH} characters in ASCII")
    return cleaned
