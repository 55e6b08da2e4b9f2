"""Reading Asterisk's CDR file, without a database."""

from pathlib import Path

import pytest

from callmark.switches.asterisk.cdr_import import UnreadableCdr, read_rows

LINE = (
    '"","101","12125550100","from-acme","""Ada, A."" <101>","PJSIP/acme-101-00000000",'
    '"PJSIP/carrier-00000001","Dial","PJSIP/x@carrier,30","2026-11-23 06:57:10",'
    '"2026-11-23 06:57:12","2026-11-23 06:57:42",32,{seconds},"ANSWERED","DOCUMENTATION",'
    '"pbx-1.{call}","{field}","","pbx-1.{call}",0\n'
)


def rows_of(tmp_path: Path, text: str) -> list[tuple[str, int, str]]:
    path = tmp_path / "Master.csv"
    path.write_text(text)
    return [(row.unique_id, row.seconds, row.user_field) for row in read_rows(path)]


def test_one_line_a_call(tmp_path: Path) -> None:
    lines = "".join(LINE.format(seconds=n, call=n, field="") for n in range(1500))
    assert rows_of(tmp_path, lines) == [(f"pbx-1.{n}", n, "") for n in range(1500)]


def test_legs_of_one_call_are_put_together(tmp_path: Path) -> None:
    mark = "callmark:connected_while_down:acme:12125550100:"
    lines = LINE.format(seconds=0, call=1, field=mark) + LINE.format(seconds=30, call=1, field="")
    assert rows_of(tmp_path, lines) == [("pbx-1.1", 30, mark)]


def test_an_empty_file_is_none(tmp_path: Path) -> None:
    assert rows_of(tmp_path, "") == []


@pytest.mark.parametrize("text", ["a,b,c\n", LINE.replace("{seconds}", "soon"), LINE[:200]])
def test_another_kind_of_file_is_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableCdr, match="line 1"):
        rows_of(tmp_path, text.format(seconds=1, call=1, field=""))
