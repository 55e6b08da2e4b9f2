"""A strict reader of LEDES 1998B, written from the specification and not from our writer.

No reader of it is on PyPI. It refuses whatever the specification does not allow.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

# fmt: off
NAMES = [
    "INVOICE_DATE", "INVOICE_NUMBER", "CLIENT_ID", "LAW_FIRM_MATTER_ID", "INVOICE_TOTAL",
    "BILLING_START_DATE", "BILLING_END_DATE", "INVOICE_DESCRIPTION", "LINE_ITEM_NUMBER",
    "EXP/FEE/INV_ADJ_TYPE", "LINE_ITEM_NUMBER_OF_UNITS", "LINE_ITEM_ADJUSTMENT_AMOUNT",
    "LINE_ITEM_TOTAL", "LINE_ITEM_DATE", "LINE_ITEM_TASK_CODE", "LINE_ITEM_EXPENSE_CODE",
    "LINE_ITEM_ACTIVITY_CODE", "TIMEKEEPER_ID", "LINE_ITEM_DESCRIPTION", "LAW_FIRM_ID",
    "LINE_ITEM_UNIT_COST", "TIMEKEEPER_NAME", "TIMEKEEPER_CLASSIFICATION", "CLIENT_MATTER_ID",
]
NEEDED = [
    "INVOICE_DATE", "INVOICE_NUMBER", "CLIENT_ID", "LAW_FIRM_MATTER_ID", "INVOICE_TOTAL",
    "BILLING_START_DATE", "BILLING_END_DATE", "LINE_ITEM_NUMBER", "EXP/FEE/INV_ADJ_TYPE",
    "LINE_ITEM_NUMBER_OF_UNITS", "LINE_ITEM_TOTAL", "LINE_ITEM_DATE", "LAW_FIRM_ID",
    "LINE_ITEM_UNIT_COST", "CLIENT_MATTER_ID",
]
OF_THE_INVOICE = [
    "INVOICE_DATE", "CLIENT_ID", "LAW_FIRM_MATTER_ID", "INVOICE_TOTAL", "BILLING_START_DATE",
    "BILLING_END_DATE", "INVOICE_DESCRIPTION", "LAW_FIRM_ID", "CLIENT_MATTER_ID",
]
# fmt: on
MONEY = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")


class NotLedes(Exception):
    pass


@dataclass
class ReadInvoice:
    number: str
    fields: dict[str, str]
    items: list[dict[str, str]]

    @property
    def total(self) -> Decimal:
        return Decimal(self.fields["INVOICE_TOTAL"])


def read_ledes(data: bytes) -> list[ReadInvoice]:
    """The file's invoices. Raises :class:`NotLedes` for whatever is not as specified."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as problem:
        raise NotLedes("not in ASCII") from problem
    lines = text.split("\r\n")
    expect(lines.pop() == "", "the last line must end")
    expect(all(line.endswith("[]") for line in lines), "a line without [] at its end")
    lines = [line[:-2] for line in lines]
    expect(not any("[" in line or "]" in line for line in lines), "[] within a line")
    expect(lines[:1] == ["LEDES1998B"], "the first line names the format")
    expect(lines[1].split("|") == NAMES, "the second line names the 24 fields")
    invoices: dict[str, ReadInvoice] = {}
    for line in lines[2:]:
        cells = line.split("|")
        expect(len(cells) == 24, f"{len(cells)} fields")
        row = dict(zip(NAMES, cells, strict=True))
        check_line(row)
        found = invoices.setdefault(
            row["INVOICE_NUMBER"], ReadInvoice(row["INVOICE_NUMBER"], row, [])
        )
        for name in OF_THE_INVOICE:
            expect(row[name] == found.fields[name], f"{name} differs within an invoice")
        found.items.append(row)
    for one in invoices.values():
        total = sum(Decimal(item["LINE_ITEM_TOTAL"]) for item in one.items)
        expect(total == one.total, f"the lines of {one.number} are {total}, not {one.total}")
        numbers = [item["LINE_ITEM_NUMBER"] for item in one.items]
        expect(len(set(numbers)) == len(numbers), "a line number twice")
    return list(invoices.values())


def check_line(row: dict[str, str]) -> None:
    for name in NEEDED:
        expect(row[name].strip() != "", f"{name} is blank")
    for name in ("INVOICE_NUMBER", "CLIENT_ID", "LAW_FIRM_MATTER_ID", "CLIENT_MATTER_ID"):
        expect(len(row[name]) <= 20, f"{name} is too long")
    expect(len(row["LINE_ITEM_DESCRIPTION"]) < 1024, "the description is too long")
    expect(all(32 <= ord(one) < 127 for one in "".join(row.values())), "a control character")
    begins, ends = day(row["BILLING_START_DATE"]), day(row["BILLING_END_DATE"])
    expect(begins <= ends, "the period ends before it begins")
    day(row["INVOICE_DATE"])
    day(row["LINE_ITEM_DATE"])
    units, cost = money(row["LINE_ITEM_NUMBER_OF_UNITS"]), money(row["LINE_ITEM_UNIT_COST"])
    adjustment = money(row["LINE_ITEM_ADJUSTMENT_AMOUNT"] or "0")
    expect(units >= 0, "negative units")
    total = (units * cost + adjustment).quantize(Decimal("0.01"), ROUND_HALF_UP)
    expect(total == money(row["LINE_ITEM_TOTAL"]), "the line's total is not units x cost + adj")
    kind = row["EXP/FEE/INV_ADJ_TYPE"]
    if kind == "F":
        for name in ("TIMEKEEPER_ID", "TIMEKEEPER_NAME", "TIMEKEEPER_CLASSIFICATION"):
            expect(row[name] != "", f"a fee without {name}")
        expect("," in row["TIMEKEEPER_NAME"], "a timekeeper is: surname, first name")
        expect(re.fullmatch(r"A1[01][0-9]", row["LINE_ITEM_ACTIVITY_CODE"]), "no activity")
        expect(row["LINE_ITEM_EXPENSE_CODE"] == "", "a fee is no expense")
    else:
        expect(kind == "E", f"no type {kind!r}")
        expect(re.fullmatch(r"E1[0-2][0-9]", row["LINE_ITEM_EXPENSE_CODE"]), "no expense code")


def day(text: str) -> date:
    expect(re.fullmatch("[0-9]{8}", text), f"{text!r} is no day")
    return datetime.strptime(text, "%Y%m%d").date()


def money(text: str) -> Decimal:
    expect(MONEY.fullmatch(text), f"{text!r} is no amount")
    return Decimal(text)


def expect(holds: object, otherwise: str) -> None:
    if not holds:
        raise NotLedes(otherwise)
