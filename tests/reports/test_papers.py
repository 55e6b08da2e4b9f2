"""Reports and statements on paper, read by a program that is not ours (pdftotext)."""

import re
import subprocess
import unicodedata
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from callmark.accounts.refused import Refused
from callmark.calls.models import Call
from callmark.calls.store import store
from callmark.reports import paper
from callmark.reports.handover.gathering import billing
from callmark.reports.paper import MOST_LINES, Column, Paper, pdf, pdf_is_possible
from callmark.reports.statement_files import statement_pdf
from callmark.reports.statements import statement
from tests.cast import make_law_firm
from tests.factories import ended_call
from tests.rows import every

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not pdf_is_possible(), reason="callmark[pdf] is not installed"),
]


def pages_of(data: bytes) -> list[str]:
    read = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=data, capture_output=True, check=True
    )
    return read.stdout.decode().split("\f")[:-1]


def test_a_statement_of_several_pages_has_its_head_on_each_and_its_total_once() -> None:
    firm = make_law_firm()
    first = datetime(2026, 10, 5, 14, tzinfo=UTC)
    for n in range(80):
        store(ended_call(firm, at=first + timedelta(minutes=n), seconds=61))
    # Names in any script, and one without a space that is wider than its column.
    every(Call).update(user_name="כהן " + "W" * 50)
    october = billing(firm.account, date(2026, 10, 1))
    pages = pages_of(statement_pdf(statement(october, firm.code)))
    assert len(pages) > 1
    assert all("Number" in page and "Talk" in page for page in pages)
    assert [page.count("Total: 80 calls") for page in pages] == [0] * (len(pages) - 1) + [1]
    assert "1:21:20" in pages[-1]
    assert "כהן" in "".join(pages)[::-1] or "כהן" in "".join(pages)
    assert f"Page 1 of {len(pages)}" in pages[0]


def test_a_report_on_paper_tells_what_its_page_tells(client: Client) -> None:
    firm = make_law_firm()
    store(ended_call(firm, at=datetime(2026, 10, 5, 14, tzinfo=UTC), seconds=3661))
    client.force_login(firm.olivia)
    words = {"since": "2026-10-01", "until": "2026-10-31", "format": "pdf"}
    answer = client.get(reverse("portal:reports_export", args=["firm"]), words)
    assert answer["Content-Type"] == "application/pdf"
    (page,) = pages_of(answer.content)
    for text in ("By code (the bill)", "October 2026", firm.code.name, "1:01:01", "Total"):
        assert text in page


def test_what_is_copied_from_a_paper_is_what_was_written() -> None:
    """A long word may be broken, but no character says where, not even one without width."""
    said = [
        "+49 40 66969117",
        "+4940669691170",
        "212-555-0142",
        "Wiedervorlagenverwaltung",
        "7:39:21",
    ]
    columns = [Column("Number", 0, figures=False), Column("Talk")]
    rows = [[text, "1,234,567.89"] for text in said]
    (page,) = pages_of(pdf(Paper("a4", "Bill", ["Firm"], [], columns, rows, [], [])))
    lines = [" ".join(line.split()) for line in page.splitlines()]
    assert [text for text in said if f"{text} 1,234,567.89" not in lines] == []
    assert [one for one in page if unicodedata.category(one) == "Cf"] == []


def test_a_word_wider_than_its_column_goes_on_below() -> None:
    columns = [Column("Number", 10, figures=False), Column("Talk", figures=False)]
    (page,) = pages_of(pdf(Paper("a4", "B", ["F"], [], columns, [["W" * 40, "7:39:21"]], [], [])))
    parts = [line.strip() for line in page.splitlines() if "WWW" in line]
    assert len(parts) > 1
    assert "".join(parts) == "W" * 40


def test_what_days_are_compared_with_stands_below_their_total(client: Client) -> None:
    firm = make_law_firm()
    for month in (9, 10):
        store(ended_call(firm, at=datetime(2026, month, 5, 14, tzinfo=UTC), seconds=60 * month))
    client.force_login(firm.olivia)
    words = {"what": "day", "since": "2026-10-01", "until": "2026-10-31", "format": "pdf"}
    (page,) = pages_of(client.get(reverse("portal:reports_export", args=["firm"]), words).content)
    assert "before" not in page
    assert [line.split() for line in page.splitlines() if line.startswith(("Total", "September"))][
        :2
    ] == [["Total", "1", "0:10:00"], ["September", "2026", "1", "0:09:00"]]


def test_no_heading_of_a_wide_paper_runs_into_the_next_one() -> None:
    """The longest there are: a report by code that compares, in French and Spanish."""
    heads = ["Appels", "Conversación", "Facturado", "Coût, USD"]
    titles = ["Chiffres", *heads, *(f"{one}, avant" for one in heads)]
    columns = [Column("Code", 26, figures=False), *(Column(one, 0) for one in titles)]
    rows = [["Harper", *("0" for _ in titles)]]
    data = pdf(Paper("a4", "Bill", ["Firm"], [], columns, rows, [], [], is_wide=True))
    read = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=data, capture_output=True, check=True
    )
    word = re.compile(r'xMin="([\d.]+)".*? xMax="([\d.]+)".*?>([^<]*)</word>')
    found = [(float(x), float(to), said) for x, to, said in word.findall(read.stdout.decode())]
    calls = [to for _, to, said in found if said.startswith("Appels")]
    talk = [x for x, _, said in found if said.startswith("Conversación")]
    assert [x - to > 2 for to, x in zip(calls, talk, strict=True)] == [True, True]


def test_a_paper_is_refused_before_it_takes_all_memory() -> None:
    rows = [["one"]] * (MOST_LINES + 1)
    paper = Paper("a4", "Report", ["Firm"], [], [Column("Code")], rows, [], [])
    with pytest.raises(Refused, match="Excel or CSV"):
        pdf(paper)


def test_nothing_on_a_paper_is_read_as_markup() -> None:
    text = '#panic("x") $y$ *bold* <label> @ref \\ #import "a.typ"'
    paper = Paper("a4", text, [text], [text], [Column("Code")], [[text]], [[text]], [text])
    (page,) = pages_of(pdf(paper))
    assert page.count("#panic") >= 5


def test_more_papers_than_there_is_room_for_are_refused_not_drawn_all_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paper, "_WAIT_SECONDS", 0)
    one = Paper("a4", "Bill", ["Firm"], [], [Column("Name", 0)], [["Harper"]], [], [])
    for _ in range(paper.AT_ONCE):
        assert paper._room.acquire(blocking=False)
    try:
        with pytest.raises(Refused, match="Other PDF files are being made"):
            pdf(one)
    finally:
        paper._room.release(paper.AT_ONCE)
    assert pdf(one).startswith(b"%PDF-")
