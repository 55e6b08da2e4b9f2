"""Files for billing systems, made of plain values and read back by readers that are not ours."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callmark.reports.handover import ledes
from callmark.reports.handover.cents import in_cents
from callmark.reports.handover.contents import LeftOuts, csv_lines, drafts, invoice
from callmark.reports.handover.csv_forms import BadColumn, read_columns, written
from callmark.reports.handover.formats import (
    TEMPLATES,
    BadFormat,
    CsvFormat,
    LedesFormat,
    read_format,
)
from callmark.reports.handover.texts import masked_number
from callmark.reports.handover.units import TimeUnit, hours, rounded, rounded_up
from callmark.reports.handover.values import BilledCall, Keeper, Matter, WhyNot
from tests.reports.ledes_reader import NAMES, NotLedes, ReadInvoice, read_ledes

HARPER = Matter("Harper v. Castellan", "10234", "0007", "HC-1", uuid4())
BEN = Keeper("Ben Attorney", uuid4(), "BA", "Attorney, Ben", "AS", Decimal("333.33"))
CALL = BilledCall(
    call_id=uuid4(),
    started=datetime(2026, 10, 3, 9, 41, tzinfo=UTC),
    number="+442079460000",
    who=BEN,
    matter=HARPER,
    seconds=421,
    cost=Decimal("1.24"),
)
TEXTS = st.text(max_size=60) | st.sampled_from(
    ["|[]", "a|b\r\nc", "=1+1", "Ünal & Šafařík", "日本"]
)


def ledes_of(
    calls: list[BilledCall], how: LedesFormat | None = None, firm: str = "98-7654321"
) -> tuple[list[ReadInvoice], LeftOuts]:
    left_out = LeftOuts()
    made = drafts([calls], how or LedesFormat(), firm, left_out)
    days = (date(2026, 10, 1), date(2026, 10, 31))
    invoices = [
        invoice(one, f"2026-{number:04}", date(2026, 11, 2), days, (firm, "Telephone | charges"))
        for number, one in enumerate(made, start=1)
    ]
    return read_ledes("".join(ledes.lines(invoices)).encode()), left_out


def csv_of(calls: list[BilledCall], how: CsvFormat) -> tuple[list[dict[str, str]], LeftOuts]:
    left_out = LeftOuts()
    text = "".join(csv_lines([calls], how, left_out))
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True)), left_out


def template(name: str) -> CsvFormat:
    found = TEMPLATES[name][1]
    assert isinstance(found, CsvFormat)
    return found


def reasons(left_out: LeftOuts) -> set[WhyNot]:
    return {one.why for one in left_out.all}


# --- LEDES 1998B -------------------------------------------------------------------------------


def test_a_call_is_an_expense_line_of_its_matters_invoice() -> None:
    (found,), left_out = ledes_of([CALL])
    assert not left_out.all
    assert found.number == "2026-0001"
    item = found.items[0]
    assert {name: item[name] for name in NAMES if item[name]} == {
        "INVOICE_DATE": "20261102",
        "INVOICE_NUMBER": "2026-0001",
        "CLIENT_ID": "10234",
        "LAW_FIRM_MATTER_ID": "0007",
        "INVOICE_TOTAL": "1.24",
        "BILLING_START_DATE": "20261001",
        "BILLING_END_DATE": "20261031",
        "INVOICE_DESCRIPTION": "Telephone / charges",
        "LINE_ITEM_NUMBER": "1",
        "EXP/FEE/INV_ADJ_TYPE": "E",
        "LINE_ITEM_NUMBER_OF_UNITS": "1.00",
        "LINE_ITEM_ADJUSTMENT_AMOUNT": "0.00",
        "LINE_ITEM_TOTAL": "1.24",
        "LINE_ITEM_DATE": "20261003",
        "LINE_ITEM_EXPENSE_CODE": "E105",
        "LINE_ITEM_DESCRIPTION": "Telephone call with +442079460000 at 09:41+00:00, 8 min, "
        "Ben Attorney",
        "LAW_FIRM_ID": "98-7654321",
        "LINE_ITEM_UNIT_COST": "1.24",
        "CLIENT_MATTER_ID": "HC-1",
    }


def test_the_time_of_a_call_is_a_fee_line_in_tenths_of_an_hour() -> None:
    inside = replace(CALL, is_internal=True, seconds=360)
    (found,), left_out = ledes_of([CALL, inside], LedesFormat(fees=True, activity="A107"))
    assert not left_out.all
    first, second = found.items
    assert (first["LINE_ITEM_NUMBER_OF_UNITS"], first["LINE_ITEM_UNIT_COST"]) == ("0.20", "333.33")
    assert (first["LINE_ITEM_TOTAL"], second["LINE_ITEM_TOTAL"]) == ("66.67", "33.33")
    activities = [one["LINE_ITEM_ACTIVITY_CODE"] for one in found.items]
    assert activities == ["A107", "A105"]
    assert first["TIMEKEEPER_NAME"] == "Attorney, Ben"


def test_the_firms_id_of_a_matter_stands_in_for_the_clients() -> None:
    (found,), _ = ledes_of([replace(CALL, matter=replace(HARPER, external_id=""))])
    assert found.fields["CLIENT_MATTER_ID"] == "0007"


@pytest.mark.parametrize(
    ("changed", "how", "why"),
    [
        ({"matter": replace(HARPER, client_id="")}, LedesFormat(), WhyNot.NO_CLIENT),
        ({"matter": replace(HARPER, matter_id=" ")}, LedesFormat(), WhyNot.NO_MATTER),
        ({"matter": replace(HARPER, client_id="日本")}, LedesFormat(), WhyNot.NOT_IN_ASCII),
        ({"matter": replace(HARPER, matter_id="x" * 21)}, LedesFormat(), WhyNot.TOO_LONG),
        ({"cost": None}, LedesFormat(), WhyNot.NO_COST),
        ({"cost": Decimal(0)}, LedesFormat(), WhyNot.FREE),
        ({"seconds": 0}, LedesFormat(fees=True), WhyNot.NO_TALK),
        ({"who": replace(BEN, hourly_rate=None)}, LedesFormat(fees=True), WhyNot.NO_HOURLY_RATE),
        ({"who": replace(BEN, timekeeper_id="")}, LedesFormat(fees=True), WhyNot.NO_TIMEKEEPER),
    ],
)
def test_what_cannot_be_handed_over_is_listed(
    changed: dict[str, object], how: LedesFormat, why: WhyNot
) -> None:
    found, left_out = ledes_of([replace(CALL, **changed)], how)  # type: ignore[arg-type]
    assert found == []
    (told,) = left_out.all
    assert (told.why, told.calls) == (why, 1)
    mended_at = (
        told.user_id if why in {WhyNot.NO_HOURLY_RATE, WhyNot.NO_TIMEKEEPER} else told.code_id
    )
    assert mended_at is not None


def test_without_a_law_firm_id_there_is_no_invoice() -> None:
    found, left_out = ledes_of([CALL], firm="")
    assert (found, reasons(left_out)) == ([], {WhyNot.NO_FIRM_ID})


costs = st.decimals("-500", "500", places=2) | st.none()
any_call = st.builds(
    replace,
    st.just(CALL),
    number=TEXTS,
    seconds=st.integers(0, 90_000),
    cost=costs,
    who=st.builds(
        Keeper,
        TEXTS,
        timekeeper_id=TEXTS,
        timekeeper_name=st.just("Attorney, Ben") | st.just(""),
        hourly_rate=st.decimals("0", "2000", places=2) | st.none(),
    ),
)
any_matter = st.builds(
    Matter, TEXTS, client_id=TEXTS, matter_id=TEXTS, external_id=TEXTS | st.just("")
)


@given(st.lists(any_call, min_size=1, max_size=3), any_matter, st.booleans(), TEXTS)
def test_whatever_calls_are_called_the_file_can_be_read_and_nothing_is_lost(
    calls: list[BilledCall], matter: Matter, fees: bool, description: str
) -> None:
    calls = [replace(one, matter=matter) for one in calls]
    how = LedesFormat(fees=fees, description=description)
    found, left_out = ledes_of(calls, how)
    lines = sum(len(one.items) for one in found)
    assert lines + sum(one.calls for one in left_out.all) == len(calls)
    if found and not fees:
        kept = [one.cost for one in calls if one.cost is not None]
        assert sum(one.total for one in found) == sum(kept, Decimal(0))


def test_less_time_than_was_billed_before_is_an_adjustment_of_the_fee() -> None:
    march = date(2026, 3, 1)
    less = replace(CALL, seconds=-420, before=421, calls=0, of_month=march)
    more = replace(CALL, seconds=300, before=421, calls=0, of_month=march)
    (found,), _ = ledes_of([less, more], LedesFormat(fees=True))
    first, second = found.items
    assert (first["LINE_ITEM_NUMBER_OF_UNITS"], first["LINE_ITEM_TOTAL"]) == ("0.00", "-33.33")
    # 421 s were two tenths of an hour, 721 s are three.
    assert (second["LINE_ITEM_NUMBER_OF_UNITS"], second["LINE_ITEM_TOTAL"]) == ("0.10", "33.33")
    assert second["LINE_ITEM_DATE"] == "20261003"
    assert second["LINE_ITEM_DESCRIPTION"].startswith("Adjustment of March 2026: telephone call")


@given(
    st.lists(st.decimals("-50", "500", places=6), max_size=12),
    # Dollars, yen, dinars.
    st.sampled_from([2, 0, 3]),
)
@example([Decimal("0.0004"), Decimal("-0.0005")], 2)  # neither costs a cent
def test_lines_add_up_to_the_exact_total_rounded_once_and_none_is_a_cent_off(
    exact: list[Decimal], decimals: int
) -> None:
    lines = list(in_cents(replace(CALL, cost=one, decimals=decimals) for one in exact))
    total = rounded(sum(exact, Decimal(0)), decimals)
    assert sum((one.cost or 0 for one in lines), Decimal(0)) == total
    for line, cost in zip(lines, exact, strict=True):
        assert line.cost is not None
        assert line.cost == rounded(line.cost, decimals)
        assert abs(line.cost - cost) <= Decimal(1).scaleb(-decimals)
        assert line.cost * cost >= 0, "a line never has the other sign"
        assert line.cost or not line.cost.is_signed(), "nobody is billed -0.00"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("[]", "", 1),
        lambda text: text.replace("|E|", "|X|"),
        lambda text: text.replace("|1.24|", "|1.25|", 1),
        lambda text: text.replace("HC-1", ""),
        lambda text: text.replace("Ben", "Bén"),
        lambda text: text.replace("|1.00|", "|-1.00|"),
    ],
)
def test_the_reader_of_these_tests_is_strict(spoil: Callable[[str], str]) -> None:
    (made,) = drafts([[CALL]], LedesFormat(), "98", LeftOuts())
    days = (date(2026, 10, 1), date(2026, 10, 31))
    text = "".join(ledes.lines([invoice(made, "1", days[1], days, ("98", "Calls"))]))
    assert read_ledes(text.encode())
    with pytest.raises(NotLedes):
        read_ledes(spoil(text).encode())


# --- CSV ---------------------------------------------------------------------------------------


def test_clio_gets_an_expense_for_each_call() -> None:
    (row,), _ = csv_of([CALL], template("clio"))
    assert row == {
        "matter": "0007",
        "date": "10/03/2026",
        "activity_description": "",
        "note": "Telephone call with +442079460000 at 09:41+00:00, 12 min, Ben Attorney",
        "price": "1.24",
        "quantity": "1",
        "type": "ExpenseEntry",
        "activity_user": "Attorney, Ben",
        "non_billable": "",
    }


def test_juris_gets_what_it_needs_in_the_lengths_it_takes() -> None:
    (row,), _ = csv_of([replace(CALL, number="9" * 80)], template("juris"))
    assert (row["Client"], row["Matter"], row["ExpCd"], row["Amount"]) == (
        "10234",
        "0007",
        "TEL",
        "1.24",
    )
    assert len(row["Note"]) == 60
    rows, left_out = csv_of(
        [replace(CALL, matter=replace(HARPER, client_id="1" * 13))], template("juris")
    )
    assert (rows, reasons(left_out)) == ([], {WhyNot.TOO_LONG})
    rows, left_out = csv_of([replace(CALL, matter=Matter("New"))], template("juris"))
    assert (rows, reasons(left_out)) == ([], {WhyNot.NO_CLIENT})


def test_a_line_can_be_about_all_calls_of_a_code_and_a_user() -> None:
    options = {
        "format": "csv",
        "columns": "Who={user}\nHow many={calls}\nCost={cost}\nMinutes={minutes}\nDay={date}",
        "per": "code_user",
        "unit": 60,
    }
    how = read_format(options)
    assert isinstance(how, CsvFormat)
    carla = replace(CALL, who=replace(BEN, user_name="Carla"))
    later = replace(CALL, started=datetime(2026, 10, 9, tzinfo=UTC))
    rows, _ = csv_of([CALL, carla, later], how)
    assert rows == [
        {"Who": "Ben Attorney", "How many": "2", "Cost": "2.48", "Minutes": "16"}
        | {"Day": "2026-10-09"},
        {"Who": "Carla", "How many": "1", "Cost": "1.24", "Minutes": "8", "Day": "2026-10-03"},
    ]


@given(st.lists(any_call, min_size=1, max_size=3), any_matter)
def test_whatever_stands_in_a_cell_the_csv_can_be_read_and_runs_nothing(
    calls: list[BilledCall], matter: Matter
) -> None:
    calls = [replace(one, matter=matter) for one in calls]
    for name in ("clio", "juris", "csv"):
        rows, left_out = csv_of(calls, template(name))
        assert len(rows) + sum(one.calls for one in left_out.all) == len(calls)
        for cell in (cell for row in rows for cell in row.values()):
            is_number = cell.lstrip("-+").replace(".", "", 1).isdigit()
            assert is_number or not cell.startswith(("=", "+", "-", "@")), cell


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_format_is_read_as_it_was_stored(name: str) -> None:
    how = TEMPLATES[name][1]
    assert read_format(how.options()) == how
    if isinstance(how, CsvFormat):
        assert read_columns(written(how.form.columns)) == how.form.columns


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ("", "at least one column"),
        ("Client", "as: Header = text"),
        ("Client = {client}", "is no field"),
        ("Client = {client_id", "Close each"),
        ("A = 1\na = 2", "Two columns"),
        ("Client[0] = x", "at least 1 character"),
    ],
)
def test_columns_that_say_nothing_clear_are_refused_with_what_to_do(
    columns: str, says: str
) -> None:
    with pytest.raises(BadColumn, match=says):
        read_columns(columns)
    with pytest.raises(BadFormat) as refused:
        read_format({"format": "csv", "columns": columns or "\n"})
    assert refused.value.field == "columns"


# --- time --------------------------------------------------------------------------------------


@given(st.integers(0, 10**7), st.sampled_from(TimeUnit))
def test_time_is_rounded_up_to_whole_units(seconds: int, unit: TimeUnit) -> None:
    billed = rounded_up(seconds, unit)
    assert billed % unit == 0
    assert seconds <= billed < seconds + unit


def test_six_minutes_are_a_tenth_of_an_hour_and_fifteen_a_quarter() -> None:
    assert hours(rounded_up(1, TimeUnit.SIX_MINUTES)) == Decimal("0.1")
    assert hours(rounded_up(901, TimeUnit.QUARTER_HOUR)) == Decimal("0.5")


def test_a_masked_number_keeps_its_beginning_and_an_extension_stays_whole() -> None:
    assert masked_number("+442079460123") == "+44207946XXXX"
    assert masked_number("101") == "101"
