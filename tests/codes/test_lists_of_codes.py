"""Files of codes as spreadsheets and other telephone systems write them."""

import csv
import resource
import time
import tracemalloc
from datetime import date

import pytest

from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.codes import bulk
from callmark.codes.lines import MAX_LINE
from callmark.codes.models import AccountCode, AccountCodeSettings
from callmark.codes.row_problems import KEPT, problems_csv
from callmark.codes.services import add_code, change_code
from callmark.codes.stored_settings import settings_of
from callmark.codes.use import StoredUse
from callmark.csv_files import COMMAS
from tests.cast import LawFirm
from tests.rows import every

pytestmark = pytest.mark.django_db


def imported(firm: LawFirm, data: bytes | str) -> set[tuple[str, str, bool]]:
    """The codes that a file added."""
    data = data if isinstance(data, bytes) else data.encode()
    every(AccountCode).filter(account=firm.account).delete()
    try:
        bulk.import_csv(firm.account, data, dry_run=False, actor=firm.olivia)
    except bulk.RowsRefused as refused:
        pytest.fail(str([(one.row, one.message) for one in refused.problems]))
    codes = every(AccountCode).filter(account=firm.account)
    return {(one.name, one.code, one.active) for one in codes}


def told(firm: LawFirm, data: bytes | str) -> bulk.Imported:
    """What a dry run says."""
    data = data if isinstance(data, bytes) else data.encode()
    return bulk.import_csv(firm.account, data, dry_run=True, actor=firm.olivia)


def problems(firm: LawFirm, data: bytes | str) -> list[tuple[int, str, str]]:
    """Line, column and words of every problem."""
    return [(one.row, one.column, one.message) for one in told(firm, data).problems]


SMITH_AND_JONES = {("Smith", "6446", True), ("Jones", "6447", True)}


@pytest.mark.parametrize(
    "data",
    [
        "name,code\nSmith,6446\nJones,6447\n",
        "name;code\rSmith;6446\rJones;6447",
        "name\tcode\r\nSmith\t6446\r\nJones\t6447\r\n",
        "\r\n\r\nname,code\r\n\r\nSmith,6446\r\n,\r\nJones,6447\r\n\r\n",
        ",,\nname,code\nSmith,6446\nJones,6447",
        "sep=;\r\nname;code\r\nSmith;6446\r\nJones;6447\r\n",
        '"sep=\t"\nCODE\tName\n6446\tSmith\n6447\tJones\n',
        "name,code,,,\r\nSmith,6446,,,\r\nJones,6447,,,\r\n",
        "name,code,active,,\r\nSmith,6446\r\nJones,6447,,,\r\n",
        "name,,code\nSmith,,6446\nJones,,6447\n",
        '"name","code"\n"Smith", "6446"\n"Jones","6447"\n"",""\n',
        "\ufeffname,code\nSmith,6446\nJones,6447\n",
        "name,code\nSmith,6446\nJones,6447\n".encode("utf-16"),
        "code\tdescription\r\n6446\tSmith\r\n6447\tJones\r\n".encode("utf-16-le"),
        "name;code\nSmith;6446\nJones;6447\n".encode("utf-16-be"),
        b"\xff\xfe" + "Code\tDescription\r\n6446\tSmith\r\n6447\tJones\r\n".encode("utf-16-le"),
    ],
)
def test_however_a_spreadsheet_writes_it(data: bytes | str, firm: LawFirm) -> None:
    assert imported(firm, data) == SMITH_AND_JONES


def test_fusionpbx_with_the_columns_that_somebody_chose(firm: LawFirm) -> None:
    everything = (
        '"pin_number_uuid","domain_uuid","pin_number","accountcode","enabled","description"\n'
        '"0d9f","77aa","6446","C-100","true","Smith"\n"0d9e","77aa","6447","C-101","false",""\n'
        '"0d9d","77aa","6448","6448","true","Jones"\n'
    )
    assert imported(firm, everything) == {
        ("Smith (C-100)", "6446", True),
        ("C-101", "6447", False),
        ("Jones", "6448", True),
    }
    assert imported(firm, "pin_number,accountcode\n6446,Smith\n6447,Jones\n") == SMITH_AND_JONES
    assert imported(firm, "description,pin_number\nSmith,6446\nJones,6447\n") == SMITH_AND_JONES
    assert problems(firm, "pin_number,enabled\n6446,true\n")[0][:2] == (1, "")


def test_cucm_client_matter_codes_begin_with_a_code(firm: LawFirm) -> None:
    assert imported(firm, '6446,Smith\n"6447","Jones"\n') == SMITH_AND_JONES


def test_cucm_forced_authorization_codes_have_levels_that_must_not_get_lost(firm: LawFirm) -> None:
    assert imported(firm, "6446,Smith,0\n6447,Jones,0\n") == SMITH_AND_JONES
    (found,) = problems(firm, "5551,Smith,10\n5552,Jones,200\n")
    assert found[0] == 2
    assert "levels" in found[2]


def test_a_code_and_its_name_with_nothing_but_spaces_between_them(firm: LawFirm) -> None:
    assert imported(firm, "6446  Smith\n6447\tJones, Esq.\n") == {
        ("Smith", "6446", True),
        ("Jones, Esq.", "6447", True),
    }
    assert problems(firm, "6448 Smith\nJones 6449\n") == [
        (2, "code", "Enter exactly 4 digits (0-9).")
    ]


def test_freepbx_pins_have_no_names_and_get_some(firm: LawFirm) -> None:
    assert imported(firm, "6446\n\n6447\n") == {("Code 1", "6446", True), ("Code 3", "6447", True)}
    assert problems(firm, "6448\n12*4\n")[0][:2] == (2, "code")


def test_an_update_changes_what_the_list_has_columns_for_and_nothing_else(firm: LawFirm) -> None:
    other = add_code(firm.account, name="Other", code="6446", actor=None)
    change_code(other, name="Other", ids={"client_id": "7"}, actor=None)
    data = (
        b"name,code,active,only for,opens only,last day\n"
        b"Harper,1234,,101;Carla,,2031-12-31\nOther,6446,no,,Premium toll; international,\n"
    )
    done = bulk.import_csv(firm.account, data, dry_run=False, actor=None, update_names=True)
    assert (done.new, done.renamed) == (0, 2)
    firm.code.refresh_from_db()
    other.refresh_from_db()
    people = (str(firm.ben.pk), str(firm.carla.pk))
    assert StoredUse.of(firm.code) == StoredUse(None, date(2031, 12, 31), people)
    assert StoredUse.of(other) == StoredUse(call_types=("international", "premium"))
    assert (firm.code.active, other.active, other.client_id) == (True, False, "7")


def test_an_update_leaves_a_code_that_can_be_used(firm: LawFirm) -> None:
    data = b"name,code,active\nHarper,1234,no\n"
    with pytest.raises(Refused, match="nobody could place a call"):
        bulk.import_csv(firm.account, data, dry_run=False, actor=None, update_names=True)
    firm.code.refresh_from_db()
    assert firm.code.active


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("31/12/2031,,,", "first day"),
        ("2031-12-31,2031-12-30,,", "last day"),
        (",,Nobody,", "only for"),
        (",,,emergency", "opens only"),
    ],
)
def test_rules_that_cannot_be_read_are_told_by_column(
    cells: str, column: str, firm: LawFirm
) -> None:
    (found,) = problems(firm, f"name,code,first day,last day,only for,opens only\nA,0001,{cells}\n")
    assert found[:2] == (2, column)


def test_what_changes_while_a_list_is_read_is_seen_before_it_is_stored(
    firm: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def somebody_is_faster(account: Account, *, lock: bool = False) -> AccountCodeSettings:
        if lock and not every(AccountCode).filter(name="Faster").exists():
            add_code(account, name="Faster", code="6446", actor=None)
        return settings_of(account, lock=lock)

    monkeypatch.setattr(bulk, "settings_of", somebody_is_faster)
    with pytest.raises(bulk.RowsRefused):
        bulk.import_csv(firm.account, b"name,code\nSlow,6446\n", dry_run=False, actor=None)


def test_shoretel_separates_digits_and_has_wildcards(firm: LawFirm) -> None:
    assert imported(firm, "Code,Description\n64-46,Smith\n6/447,Jones\n") == SMITH_AND_JONES
    (found,) = problems(firm, "Code,Description\n64??,Smith\n5552,Jones\n")
    assert found[:2] == (2, "code")
    assert "Wildcards" in found[2]


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        ("", 1, "no rows"),
        ("\n \n", 1, "no rows"),
        ("name|code\nA|1111", 1, "Begin the file with the line: name,code"),
        ("code\n6446\n", 1, "Begin the file"),
        ("\n\nname,code,phone\nA,1111,2", 3, "column 3 is not known"),
        ("name,code,name\n", 1, "Column 3 has the same heading"),
        ("Smith,6446\n", 1, "Begin the file"),
        ("6446,6447\n", 1, "Begin the file"),
        ("sep=|\nname|code\n", 1, "commas, semicolons or tabs"),
        ("sep=;\n", 2, "no rows"),
        ("sep=;\nname,code\n", 2, "Begin the file"),
        ('name,"code\nA,1111', 1, "character 6 is not closed"),
        (b"name,code\nA,1111\nZo\xeb,2222\n", 3, "character 3 of this line cannot be read"),
        (b"\xff\xfen\x00a", 1, "cannot be read"),
        ("x" * (MAX_LINE + 1), 1, "Begin the file"),
    ],
)
def test_a_file_of_which_nothing_can_be_used_says_where_and_why(
    data: bytes | str, line: int, words: str, firm: LawFirm
) -> None:
    result = told(firm, data)
    assert (result.rows, result.problem_count) == (0, 1)
    assert result.problems[0].row == line
    assert words in result.problems[0].message


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('"Smith”,6446', "opens at character 1 is not closed in this line: character 7 is a typo"),
        ('"Smith,6446', "opens at character 1 is not closed in this line. Close it"),
        ('6446,"Smith', "opens at character 6"),
        ('"Smith" Jr,6446', "more text after the quote at character 7"),
        ("“Smith, John”,6446", "Typographic quotes do not count"),
        ("Smith, John,6446", "Write 2 columns, as in the first line; this one has 3"),
        ("Smith", "Write 2 columns"),
        ("x" * (MAX_LINE + 1), "more than 10000 characters"),
    ],
)
def test_a_bad_line_is_reported_where_it_is_and_no_other_with_it(
    row: str, words: str, firm: LawFirm
) -> None:
    good = [f"Matter {number},{number}" for number in range(2000, 2400)]
    text = "\r\n".join(["name,code", row, *good, '"Last, but good",9999'])
    (found,) = problems(firm, text)
    assert found[:2] == (2, "")
    assert words in found[2]
    assert told(firm, text).rows == 401


def test_digits_of_a_code_never_end_up_in_a_name(firm: LawFirm) -> None:
    result = told(firm, 'name,code\r\n"Smith,6446\r\nJones",6447')
    assert [(one.row, one.column) for one in result.problems] == [(2, "")]
    with pytest.raises(bulk.RowsRefused) as refused:
        bulk.import_csv(
            firm.account,
            b'name,code\r\n"Smith,6446\r\nJones",6447',
            dry_run=False,
            actor=firm.olivia,
        )
    assert "6446" not in str(refused.value) + str(refused.value.problems)
    assert not every(AccountCode).filter(name__contains="6446").exists()


def test_the_problems_are_a_file_to_correct_the_list_by(firm: LawFirm) -> None:
    result = told(firm, "name,code\nA,1\nB,5552\n,5553,maybe\n=C;5554,12345\n")
    lines = list(csv.reader("".join(problems_csv(result.problems, COMMAS)).splitlines()))
    assert [line[:2] for line in lines] == [
        ["line", "column"],
        ["2", "code"],
        ["4", ""],
        ["5", "name"],
        ["5", "code"],
    ]
    assert not any("5554" in cell for line in lines for cell in line)


@pytest.mark.sqlite  # nothing of it comes to the database
def test_half_a_megabyte_of_bad_lines_costs_little_and_is_counted(firm: LawFirm) -> None:
    lines = 512 * 1024 // 22
    data = b"name,code\n" + b'"Smith, number,644612\n' * lines
    tracemalloc.start()
    began = time.process_time()
    result = told(firm, data)
    spent = time.process_time() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.problem_count == lines
    assert len(result.problems) == KEPT
    assert peak < len(data), "not even one copy of it"
    assert spent < 5  # under tracemalloc, on a slow machine


@pytest.mark.sqlite
@pytest.mark.parametrize("line", [b"x\n", b"\n", b'"\n', b"a,1\n", "“,\n".encode()])
def test_sixteen_megabytes_of_anything_stay_in_bounds(line: bytes, firm: LawFirm) -> None:
    data = b"name,code\n" + line * (16 * 1024 * 1024 // len(line))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    result = told(firm, data)
    assert time.process_time() - began < 30
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 150 * 1024  # kB
    if line == b"\n":
        assert (result.rows, result.problem_count) == (0, 1)
        assert "1,000,000 lines" in result.problems[0].message
    else:
        assert result.problem_count > 100_000
        assert result.problems[0].row == 2
