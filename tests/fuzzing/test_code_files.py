"""Files of account codes with anything at all in them: refused line by line, or taken whole."""

import csv
import io

import pytest
from django.db import transaction
from hypothesis import example, given
from hypothesis import strategies as st

from callmark.codes import bulk
from callmark.codes.files import write_csv
from callmark.codes.models import NAME_LENGTH, AccountCode
from tests.api.programs import Program, body_of, program_of
from tests.factories import LawFirm, make_law_firm
from tests.fuzzing.bounds import BOUNDS
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
    ["name,code", "code;name", "Name , CODE,active", "name,code,x", "", "\ufeff"]
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


@pytest.fixture
def firm(db: None) -> LawFirm:
    return make_law_firm()


def stored(firm: LawFirm) -> set[tuple[str, str, bool]]:
    """The account's codes."""
    codes = every(AccountCode).filter(account=firm.account)
    return {(one.name, one.code, one.active) for one in codes}


@given(data=ANYTHING)
@example(data=b"name,code\n" + b"x" * 140_000 + b",5521\n")
@example(data=b'name,code\n"open,5521\n')
@BOUNDS
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
@BOUNDS
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
STORABLE = (NAMES | GUARDED).map(str.strip).filter(lambda name: 0 < len(name) <= NAME_LENGTH)


@given(names=st.lists(st.tuples(STORABLE, st.booleans()), min_size=1, max_size=5))
@example(names=[("'=1+1", True), ("''=1", False), ("'\t=1", True)])
@BOUNDS
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
