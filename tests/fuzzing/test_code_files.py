"""Files of account codes with anything at all in them: refused line by line, or taken whole."""

import csv
import io
import re
import time
import tracemalloc
from contextlib import suppress

import pytest
from django.db import transaction
from hypothesis import example, given
from hypothesis import strategies as st

from callmark.codes import bulk
from callmark.codes.files import read_csv, write_csv
from callmark.codes.models import AccountCode
from callmark.codes.names import digits_problem, name_problem
from tests.api.programs import Program, body_of, program_of
from tests.cast import LawFirm
from tests.examples import ANY_INPUT
from tests.rows import every

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

CELLS = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"[0-9]{3,5}", fullmatch=True),
    st.sampled_from(
        ["=1+1", "'=x", "@x", "\x00", '"', "''", "٣٤٥٦", "active", "no", "\u2028", " "]
    ),
    st.builds(str.__mul__, st.sampled_from('a0"'), st.sampled_from([101, 140_000])),
)
HEADERS = st.sampled_from(
    [
        "name,code",
        "code;name",
        "Name , CODE,active",
        "name,code,x",
        "",
        "\ufeff",
        "\nsep=;\nname;code",
        "name\tcode\t\t",
        "pin_number,accountcode,enabled",
        "Code,Description",
        "5521,Smith",
        "5521,Smith,3",
    ]
)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Something like a CSV file: any header, cells, delimiter, line ends, quoting, encoding."""
    header = draw(HEADERS)
    delimiter = draw(st.sampled_from([",", ";", "\t"]))
    lines = draw(st.lists(st.lists(CELLS, max_size=4), max_size=6))
    if draw(st.booleans()):
        out = io.StringIO(newline="")
        # An empty row and a lone empty cell look alike in a file: that is the file's own matter.
        csv.writer(out, delimiter=delimiter).writerows(lines)
        body = out.getvalue()
    else:
        body = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(map(delimiter.join, lines))
    return (header + "\n" + body).encode(draw(ENCODINGS), errors="replace")


ANYTHING = files() | st.binary(max_size=400)


def stored(firm: LawFirm) -> set[tuple[str, str, bool]]:
    """The account's codes."""
    codes = every(AccountCode).filter(account=firm.account)
    return {(one.name, one.code, one.active) for one in codes}


@given(data=ANYTHING)
@example(data=b"name,code\n" + b"x" * 140_000 + b",5521\n")
@example(data=b'name,code\n"open,5521\n')
@ANY_INPUT
def test_all_or_nothing_and_every_error_says_where_and_what(data: bytes, firm: LawFirm) -> None:
    with transaction.atomic():
        before = stored(firm)
        told = bulk.import_csv(firm.account, data, dry_run=True, actor=firm.olivia)
        assert stored(firm) == before
        for problem in told.problems:
            assert 1 <= problem.row <= 1 + len(data)
            assert problem.column in {"name", "code", "active", ""}  # '': the whole line
            assert problem.message.endswith((".", "!"))
        if told.problems:
            with pytest.raises(bulk.RowsRefused) as refused:
                bulk.import_csv(firm.account, data, dry_run=False, actor=firm.olivia)
            assert refused.value.problems == told.problems
            assert stored(firm) == before
        else:
            done = bulk.import_csv(firm.account, data, dry_run=False, actor=firm.olivia)
            assert done.rows == told.rows
            assert len(stored(firm)) == len(before) + done.rows
        transaction.set_rollback(True)


@given(data=ANYTHING, dry_run=st.booleans())
@ANY_INPUT
def test_uploads_end_in_an_answer_that_helps(data: bytes, dry_run: bool, firm: LawFirm) -> None:
    with transaction.atomic():
        program: Program = program_of(firm.olivia)
        before = stored(firm)
        path = f"/accounts/{firm.account.pk}/codes/import"
        answer = program.upload(path, data, dry_run=str(dry_run).lower())
        body = body_of(answer)
        assert answer.status_code in {200, 422}, body
        if answer.status_code == 422:
            assert stored(firm) == before
            assert body["detail"]
            for one in body.get("errors", []):
                assert one["detail"]
        elif dry_run:
            assert stored(firm) == before
        else:
            assert len(stored(firm)) == len(before) + body["added"]
        transaction.set_rollback(True)


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
GUARDED = st.builds(str.__add__, st.sampled_from(["=", "'=", "''+", "'", "-", "@", "' ="]), NAMES)
CUT = st.builds("{}{}{}".format, NAMES, st.sampled_from([",", ";", '"', '",', "\t", ", "]), NAMES)
STORABLE = (NAMES | GUARDED | CUT).map(str.strip).filter(lambda name: name_problem(name, 4) is None)


@given(names=st.lists(st.tuples(STORABLE, st.booleans()), min_size=1, max_size=5))
@example(names=[("'=1+1", True), ("''=1", False), ("'@=1", True)])
@example(names=[('"', True), ('""', False), ('a","b', True), ("sep=;", True), ("name,code", True)])
@ANY_INPUT
def test_what_is_exported_is_imported_unchanged(
    names: list[tuple[str, bool]], firm: LawFirm
) -> None:
    with transaction.atomic():
        rows = [
            bulk.NewCode(row, name, f"{row:04}", active)
            for row, (name, active) in enumerate(names, start=1)
        ]
        bulk.add_codes(firm.account, rows, actor=firm.olivia)
        before = stored(firm)
        text = write_csv(every(AccountCode).filter(account=firm.account))
        every(AccountCode).filter(account=firm.account).delete()
        bulk.import_csv(firm.account, text.encode(), dry_run=False, actor=firm.olivia)
        assert stored(firm) == before
        transaction.set_rollback(True)


@st.composite
def badly_quoted(draw: st.DrawFn) -> str:
    """A list of codes whose names have no digits, with quotes lost, added or made typographic."""
    names = draw(st.lists(st.text("aé ,;\t\"\n'“”", min_size=1, max_size=8), max_size=5))
    rows = [[name, f"{6446 + row}", "active"] for row, name in enumerate(names)]
    order = draw(st.permutations(range(draw(st.sampled_from([2, 3])))))
    header = ["name", "code", "active"]
    out = io.StringIO(newline="")
    delimiter = draw(st.sampled_from([",", ";", "\t"]))
    writer = csv.writer(out, delimiter=delimiter)
    if draw(st.booleans()):
        writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([row[at] for at in order] for row in [header, *rows])
    text = out.getvalue()
    body = text.index("\n") + 1
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(body, len(text)))
        lost = text[at : at + 1] == '"'
        text = text[:at] + draw(st.sampled_from(["", '"', "”"])) + text[at + lost :]
    return text


@given(text=badly_quoted())
@example(text='name,code\r\n"Smith,6446\r\nJones",6447')
@example(text='name,code,active\r\n"Smith,6446",active\r\n')
@example(text='name;code\r\n"Smith"";6446\r\nJones;6447"\r\n')
@ANY_INPUT
def test_no_digits_of_a_code_end_up_in_a_name(text: str, firm: LawFirm) -> None:
    with transaction.atomic():
        before = stored(firm)
        with suppress(bulk.RowsRefused):
            bulk.import_csv(firm.account, text.encode(), dry_run=False, actor=firm.olivia)
        for name, _, _ in stored(firm) - before:
            assert not re.search("[0-9]", name)
        for row in read_csv(text.encode()):
            if row.code is not None and digits_problem(row.code.code, 4) is None:
                assert name_problem(row.code.name, 4) or not re.search("[0-9]", row.code.name)
        transaction.set_rollback(True)


IN_ONE_LINE = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=8
)
RECORD = st.builds(
    "{}{}{}{}".format, st.sampled_from("aZß"), IN_ONE_LINE, st.sampled_from(",;\t"), IN_ONE_LINE
)
BLANK = st.sampled_from(["", " ", ",", ",,,", "\t", '"",""', "; ;"])


@given(
    lines=st.lists(RECORD | BLANK | st.builds("a,{:04}".format, st.integers(0, 9999)), max_size=9),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
)
@ANY_INPUT
def test_every_record_is_a_row_or_has_a_problem(
    lines: list[str], end: str, encoding: str, firm: LawFirm
) -> None:
    data = end.join(["", "name,code,active", *lines]).encode(encoding)
    rows, problems = set(), set()
    for row in read_csv(data):
        if row.code is not None:
            rows.add(row.code.row)
        else:
            assert len(row.problems) == 1
            problems.add(row.problems[0].row)
    records = {number for number, line in enumerate(lines, start=3) if line.strip(' ,;\t"')}
    assert rows | problems == records
    assert not rows & problems
    told = bulk.import_csv(firm.account, data, dry_run=True, actor=firm.olivia)
    assert told.rows == len(rows)
    assert told.problem_count >= len(problems)
    assert records - rows <= {problem.row for problem in told.problems} <= records


@given(data=ANYTHING, times=st.sampled_from([1, 400]))
@ANY_INPUT
def test_no_file_takes_long_or_much_memory(data: bytes, times: int, firm: LawFirm) -> None:
    data = data[:2000] * times
    tracemalloc.start()
    began = time.process_time()
    bulk.import_csv(firm.account, data, dry_run=True, actor=firm.olivia)
    spent = time.process_time() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert spent < 30
    assert peak < 4 * 1024 * 1024 + 12 * len(data)
