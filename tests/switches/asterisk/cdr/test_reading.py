"""A CDR file with anything in it: every good record is found, and the rest is named."""

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callmark.switches.asterisk.cdr.reading import (
    BAD_TIME,
    DAMAGED_BEFORE,
    EMPTY,
    LONGEST_RECORD,
    NO_RECORD,
    OLD_COLUMNS,
    whole_lines,
)
from callmark.switches.asterisk.cdr.rows import Mark
from tests.leaks import shows

from .lines import columns, line, read

GOOD = [line(number, seconds=number) for number in range(700)]


def ids(text: str | bytes) -> list[str]:
    rows, _ = read(text if isinstance(text, bytes) else text.encode())
    return [row.call_id.removeprefix("pbx-1.") for row in rows]


def skipped(text: str) -> list[tuple[int, str]]:
    _, rest = read(text.encode())
    return [(one.line, one.reason) for one in rest]


def test_one_record_a_line() -> None:
    rows, rest = read("".join(GOOD).encode())

    assert [(row.call_id, row.seconds) for row in rows] == [(f"pbx-1.{n}", n) for n in range(700)]
    assert rest == []


def test_what_a_record_says() -> None:
    mark = "callmark:connected_while_down:acme:%2B12125550100:acme-101"
    (row,), _ = read(line(7, field=mark, linked=5, sequence=12).encode())

    assert row.source == "101"
    assert (row.channel, row.far_channel) == ("PJSIP/acme-101-00000000", "PJSIP/carrier-00000001")
    assert str(row.answered_at) == "2026-11-23 06:57:12+00:00"
    assert (row.linked_id, row.sequence, row.answered) == ("pbx-1.5", 12, True)
    assert row.marks == (Mark("connected_while_down", "acme", "+12125550100", "acme-101"),)


def test_what_an_application_was_given_is_not_kept() -> None:
    (row,), _ = read(line(1, data="/etc/pins,1234").encode())

    assert not shows("1234", repr(row))
    assert row.dial == read(line(2, data="/etc/pins,1234").encode())[0][0].dial
    assert row.dial != read(line(2, data="/etc/pins,1235").encode())[0][0].dial


@pytest.mark.parametrize(
    ("damage", "reasons"),
    [
        ("\n", [EMPTY]),
        ("\0" * 5000 + "\n", [NO_RECORD]),
        (GOOD[0][:47], [DAMAGED_BEFORE]),
        (GOOD[0][:47] + "\n", [NO_RECORD]),
        (columns(GOOD[0], 16), [OLD_COLUMNS]),
        (columns(GOOD[0], 17), [OLD_COLUMNS]),
        ("\0\0\0", [DAMAGED_BEFORE]),
        (GOOD[0].replace("06:57:42", "06:61:42"), [BAD_TIME]),
        ("a,b,c\n", [NO_RECORD]),
    ],
)
def test_damage_loses_nothing_around_it_and_is_named(damage: str, reasons: list[str]) -> None:
    text = "".join(GOOD) + damage + "".join(GOOD)

    assert ids(text) == [str(number) for number in range(700)] * 2
    assert skipped(text) == [(701, reason) for reason in reasons]


def test_lines_of_18_columns_are_records_too() -> None:
    text = columns(GOOD[1], 16) + columns(GOOD[2], 18) + GOOD[3]

    assert ids(text) == ["2", "3"]
    (row, _), _ = read(text.encode())
    assert (row.linked_id, row.sequence) == ("pbx-1.2", -1)


def test_a_last_line_without_its_end_is_left_for_the_next_time() -> None:
    for length in range(len(GOOD[5])):
        assert ids(GOOD[4] + GOOD[5][:length]) == ["4"]


def test_a_reason_never_says_what_stood_there() -> None:
    _, rest = read(b'"5678","101\n')

    assert str(rest[0]) == f"line 1: {NO_RECORD}"
    assert not shows("5678", repr(rest[0]))


pieces = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"\0" * 300, b'"', b'""', b",", b"\n", b"\r\n", b'"\n', b'","', b"\xff\xfe"]),
    st.integers(0, len(GOOD[9]) - 2).map(lambda length: GOOD[9].encode()[:length]),
    st.integers(2, len(GOOD[9]) - 2).map(lambda start: GOOD[9].encode()[start:-1]),
)


@given(st.lists(st.lists(pieces, max_size=4).map(b"".join), min_size=1, max_size=8))
@example([b'"', b'"","101"', b'"","101",', b'"","101","1'])
@example([b"x" * (3 * LONGEST_RECORD), b'"' * (2 * LONGEST_RECORD + 1)])
def test_good_records_survive_any_damage_between_them(damages: list[bytes]) -> None:
    text = b"".join(
        damage + line(f"good{number}").encode() for number, damage in enumerate(damages)
    )

    rows, _ = read(text)

    assert [row.call_id for row in rows if "good" in row.call_id] == [
        f"pbx-1.good{number}" for number in range(len(damages))
    ]
    assert all(row.source == "101" and row.seconds == 30 for row in rows if "good" in row.call_id)


@given(st.binary(max_size=3000), st.integers(1, 20))
def test_lines_are_counted_as_an_editor_counts_them(text: bytes, first: int) -> None:
    found = list(whole_lines(io.BytesIO(text), first))

    assert [one.number for one in found] == list(range(first, first + text.count(b"\n")))
    assert b"".join(text[one.start : one.end] for one in found) == text[: text.rfind(b"\n") + 1]
