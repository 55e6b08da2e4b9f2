"""CSV that Excel opens right: the separator of its country, and no code or number that it spoils.

Excel is not here: :func:`as_excel_reads` does what it does to a cell of a CSV file.
"""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.accounts.csv_forms import csv_form
from callmark.accounts.services import change_account
from callmark.calls.export import csv_lines
from callmark.calls.models import Call
from callmark.calls.reratings import set_currency
from callmark.calls.store import store
from callmark.codes.files import read_csv, write_csv
from callmark.codes.services import add_code
from callmark.csv_files import COMMAS, FOR_PROGRAMS, SEMICOLONS, CsvForm
from callmark.policy.rating import Rate
from callmark.reports.definitions import definition_from
from callmark.reports.files import csv_text
from callmark.reports.making import make_report
from callmark.tariffs import files as rate_files
from callmark.tariffs.services import NewVersion, make_version
from tests.cast import LawFirm
from tests.factories import ended_call
from tests.rows import every


def as_excel_reads(text: str, form: CsvForm) -> list[list[str | Decimal]]:
    """The cells as Excel has them where this separator and this decimal mark are usual."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=form.separator)
    return [[_cell(cell, form.decimal_mark) for cell in row] for row in rows]


def _cell(cell: str, mark: str) -> str | Decimal:
    if cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1]
    assert not cell.startswith("="), f"{cell} is a formula"
    try:
        number = Decimal(cell.replace(mark, "."))
    except ArithmeticError:
        return cell
    # Fifteen figures are all that a number has, and no zeros before them.
    return +number.normalize() if len(number.as_tuple().digits) <= 15 else Decimal(0)


@pytest.mark.parametrize(
    ("country", "chosen", "form"),
    [
        ("US", "", COMMAS),
        ("GB", "", COMMAS),
        ("CH", "", COMMAS),
        ("DE", "", SEMICOLONS),
        ("FR", "", SEMICOLONS),
        ("BR", "", SEMICOLONS),
        ("US", "semicolon", SEMICOLONS),
        ("DE", "comma", COMMAS),
    ],
)
def test_cells_are_parted_as_the_country_has_it_unless_the_account_chooses(
    country: str, chosen: str, form: CsvForm
) -> None:
    assert csv_form(chosen, country) == form


@given(
    st.sampled_from([COMMAS, SEMICOLONS]),
    st.one_of(
        st.from_regex(r"\A\+?[0-9]{1,20}\Z"),
        st.from_regex(r"\A[0-9]{1,12}[.,][0-9]{1,9}\Z"),
        st.from_regex(r"\A[0-9]{1,3}[eE][0-9]{1,3}\Z"),
    ),
)
def test_what_looks_like_a_number_is_shown_as_it_is(form: CsvForm, text: str) -> None:
    ((cell,),) = as_excel_reads(form.line([text]), form)
    assert str(cell) == text or Decimal(str(cell)) == Decimal(text)
    assert isinstance(cell, str) or str(int(cell)) == text


@given(
    st.sampled_from([FOR_PROGRAMS, COMMAS, SEMICOLONS]),
    st.lists(st.lists(st.text(st.sampled_from('a;,"\r\n é'), max_size=4), min_size=2, max_size=3)),
)
def test_cells_that_are_joined_are_the_cells_that_are_read(
    form: CsvForm, rows: list[list[str]]
) -> None:
    text = form.joined(map(form.cell, row) for row in rows)
    assert list(csv.reader(io.StringIO(text, newline=""), delimiter=form.separator)) == rows


def rows_of_calls(firm: LawFirm, form: CsvForm) -> list[dict[str, str | Decimal]]:
    calls = Call.objects.of(firm.account)
    text = "".join(csv_lines(calls, zone=firm.account.zone, with_codes=True, form=form))
    head, *rows = as_excel_reads(text, form)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def test_codes_and_numbers_of_calls_are_texts_and_the_repeated_hour_is_told(firm: LawFirm) -> None:
    # Clocks are turned back at 06:00 UTC: answered at 01:58, ended at 01:03.
    before_two = datetime(2026, 11, 1, 5, 57, 30, tzinfo=UTC)
    store(ended_call(firm, at=before_two, seconds=300))
    (call,) = every(Call)
    call.account_code, call.dialed, call.e164 = "0042", "011442079460000", "+442079460000"
    call.answered_at, call.ended_at = (
        before_two + timedelta(seconds=30),
        before_two + timedelta(seconds=330),
    )
    call.save()
    for form in (COMMAS, SEMICOLONS):
        (row,) = rows_of_calls(firm, form)
        assert (row["account code"], row["dialed"]) == ("0042", "011442079460000")
        assert row["number"] == "+442079460000"
        assert row["answered (America/New_York)"] == "2026-11-01 01:58:00"
        assert row["ended (America/New_York)"] == "2026-11-01 01:03:00"
        assert row["answered, with UTC offset"] == "2026-11-01 01:58:00-04:00"
        assert row["ended, with UTC offset"] == "2026-11-01 01:03:00-05:00"


@pytest.mark.parametrize(("currency", "decimals"), [("USD", 2), ("JPY", 0), ("KWD", 3)])
def test_a_report_has_its_codes_as_texts_and_its_costs_as_numbers(
    firm: LawFirm, currency: str, decimals: int
) -> None:
    set_currency(firm.account, currency, actor=firm.olivia)
    rates = (Rate("All", price=Decimal(3)),)
    new = NewVersion("First", currency, rates, decimals=decimals)
    make_version(firm.account, new, actor=firm.olivia)
    store(ended_call(firm, at=datetime(2026, 10, 5, 14, tzinfo=UTC), seconds=61))
    asked = definition_from({"since": "2026-10-01", "until": "2026-10-31"})
    report = make_report(firm.account, asked, person=firm.olivia, most=None)
    for form in (COMMAS, SEMICOLONS):
        text = "".join(csv_text(report, with_codes=True, form=form))
        head, first, *_ = as_excel_reads(text, form)
        told = dict(zip(head, first, strict=True))
        assert told["Digits"] == firm.code.code
        assert isinstance(told[f"Cost, {currency}"], Decimal)
        assert told[f"Cost, {currency}"] == report.total.cost == 6
        # What is not a text is written with the mark of the country, and the currency's decimals.
        written = f"{report.total.cost:.{decimals}f}".replace(".", form.decimal_mark)
        assert written in text.splitlines()[1].replace('"', "").split(form.separator)
        (row,) = rows_of_calls(firm, form)
        assert (row["cost"], row["currency"]) == (Decimal(6), currency)


@pytest.mark.parametrize("form", [FOR_PROGRAMS, COMMAS, SEMICOLONS])
def test_lists_for_excel_can_be_imported_again(firm: LawFirm, form: CsvForm) -> None:
    for name, digits in (("0042", "0042"), ("=1+1", "0007"), ('Semi;colon, "quoted"', "0100")):
        add_code(firm.account, name=name, code=digits, actor=firm.olivia)
    codes = list(every(type(firm.code)).filter(account=firm.account))
    read = [row.code for row in read_csv(form.mark + write_csv(codes, form=form).encode())]
    assert {(one.name, one.code) for one in read if one} == {(one.name, one.code) for one in codes}
    rates = (Rate("0800", prefix="+4420", price=Decimal("0.125")), Rate("All", price=Decimal(2)))
    found = rate_files.read_csv(form.mark + "".join(rate_files.write_csv(rates, form)).encode())
    assert (tuple(found.rates), found.problems) == (rates, [])


def test_the_account_chooses_and_its_next_files_follow(firm: LawFirm) -> None:
    assert firm.account.csv == COMMAS
    change_account(firm.account, {"country": "DE"})
    assert firm.account.csv == SEMICOLONS
    change_account(firm.account, {"csv_choice": "comma"})
    assert firm.account.csv == COMMAS
