"""Reports as an office manager sees them: asked, run, followed to their calls, kept, saved."""

import csv
import io
import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs

import openpyxl
import pytest
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone

from callmark.audit.models import AuditEntry
from callmark.calls.calendars import calendar_of
from callmark.calls.models import Call, Direction
from callmark.calls.months import close_month
from callmark.codes.models import AccountCode
from callmark.reports.models import SavedReport
from tests.cast import LawFirm, code, first_time
from tests.leaks import shows
from tests.portal.pages import url
from tests.rows import every

pytestmark = pytest.mark.django_db


@pytest.fixture
def olivia(client: Client, cast: LawFirm) -> Client:
    first_time(cast)
    client.force_login(cast.olivia)
    return client


def a_call(cast: LawFirm, *, name: str = "", seconds: int = 60, **more: object) -> Call:
    """A call of last month, with the code of that name."""
    calendar = calendar_of(cast.account)
    last = calendar.month_of(calendar.day_of(timezone.now())).before
    call = Call(
        account=cast.account,
        user=cast.uma,
        user_name="Uma",
        direction=Direction.OUTBOUND,
        dialed="2125550143",
        outcome="connected" if name else "let_through_unasked",
        started_at=calendar.begins(last.first) + timedelta(hours=30),
        seconds=seconds,
        disposition="ANSWERED",
    )
    call.call_type, call.e164 = "international", "+442079460000"
    if name:
        found = every(AccountCode).get(name=name)
        call.account_code, call.account_code_name, call.code = found.code, name, found
    for field, value in more.items():
        setattr(call, field, value)
    call.ended_at = call.started_at + timedelta(seconds=seconds)
    call.save()
    return call


@pytest.fixture
def calls(olivia: Client, cast: LawFirm) -> None:
    code(cast, "0417")
    code(cast, "2086", "Smith, Jones & Co")
    a_call(cast, name="Harper v. Castellan", seconds=3600)
    a_call(cast, name="Harper v. Castellan", seconds=60)
    a_call(cast, name="Smith, Jones & Co", seconds=120)
    a_call(cast, seconds=30)


def ask(client: Client, cast: LawFirm, **asked: str) -> HttpResponseBase:
    whole = {"what": "code", "period": "last_month", "compare": "on", **asked}
    return client.post(url(cast, "reports/run/"), whole, follow=True)


def body(text: str) -> list[list[str]]:
    """The cells of the report's table, head and all, as they are read."""
    table = re.search(r"<table class=\"table card-table report-lines.*?</table>", text, re.S)
    assert table, text
    rows = re.findall(r"<tr.*?</tr>", table[0], re.S)
    cells = [re.findall(r"<t[hd].*?</t[hd]>", row, re.S) for row in rows]
    return [
        [" ".join(unescape(re.sub("<[^>]+>", " ", one)).split()) for one in row] for row in cells
    ]


def sent_by(client: Client, address: str) -> bytes:
    answer = client.get(address)
    assert isinstance(answer, StreamingHttpResponse)
    return b"".join(answer)


def test_a_page_says_with_what_it_compares(olivia: Client, cast: LawFirm, calls: None) -> None:
    """Where a column says so, and nowhere else: reports over time have none."""
    assert "compared with" in ask(olivia, cast).text  # type: ignore[attr-defined]
    assert "compared with" not in ask(olivia, cast, what="day").text  # type: ignore[attr-defined]


def test_the_first_page_is_the_bill_of_last_month(
    olivia: Client, cast: LawFirm, calls: None
) -> None:
    page = olivia.get(url(cast, "reports/")).text
    assert [row[:3] for row in body(page)] == [
        ["Account code", "Calls", "Talk"],
        ["Harper v. Castellan 0417", "2", "1:01:00"],
        ["Smith, Jones & Co 2086", "1", "0:02:00"],
        ["To assign Assign", "1", "0:00:30"],
        ["Total", "4", "1:03:30"],
    ]
    assert "Harper v. Castellan has the most talk (1:01:00, 96% of all)" in page
    assert every(AuditEntry).filter(action="account_codes.read").exists()
    # What is closed takes no codes any more.
    (month,) = {one.billing_month for one in every(Call) if one.billing_month}
    close_month(cast.account, month, actor=cast.olivia)
    assert body(olivia.get(url(cast, "reports/")).text)[3][0] == "To assign"


def test_a_day_without_calls_is_a_gap_in_the_chart(
    olivia: Client, cast: LawFirm, calls: None
) -> None:
    """Every day of the month has its place in it; the table has days with calls alone."""
    calendar = calendar_of(cast.account)
    month = calendar.month_of(calendar.day_of(timezone.now())).before
    a_call(cast, seconds=60, started_at=calendar.begins(month.first) + timedelta(days=9, hours=9))
    page: str = ask(olivia, cast, what="day").text  # type: ignore[attr-defined]
    bars = re.findall(r"<g><title>(.*?)</title>.*?height=\"([\d.]+)\"/></g>", page, re.S)
    assert len(bars) == (month.last - month.first).days + 1
    high = [place for place, (_, height) in enumerate(bars) if float(height)]
    assert high == [1, 9]
    assert bars[2][0].endswith(": 0:00:00 of talk")
    assert len(body(page)) == len(["head", "day 2", "day 10", "total"])


def test_every_figure_leads_to_its_calls(olivia: Client, cast: LawFirm, calls: None) -> None:
    for what in ("code", "user", "call_type", "number", "day", "untagged"):
        page = ask(olivia, cast, what=what).text  # type: ignore[attr-defined]
        links = re.findall(r'href="([^"]*/calls/\?[^"]*)">([\d,]+)</a></td><td[^>]*><a', page)
        assert links
        for link, count in links:
            found = olivia.get(unescape(link)).text
            assert f"<strong>{count} call" in found, (what, unescape(link))


def test_codes_are_asked_for_by_name_and_never_stand_in_an_address(
    olivia: Client, cast: LawFirm, calls: None
) -> None:
    answer = ask(olivia, cast, codes='"Smith, Jones & Co", 0417')
    address = answer.redirect_chain[-1][0]  # type: ignore[attr-defined]
    assert not shows("0417", address)
    text = answer.text  # type: ignore[attr-defined]
    assert [row[1] for row in body(text)][1:] == ["2", "1", "3"]
    assert "Smith, Jones &amp; Co, Harper v. Castellan" in text
    left_out = ask(olivia, cast, codes="!harper v. castellan").text  # type: ignore[attr-defined]
    assert [row[1] for row in body(left_out)][1:] == ["1", "1", "2"]
    wrong = ask(olivia, cast, codes="Nobody").text  # type: ignore[attr-defined]
    assert "There is no account code “Nobody”." in wrong


def test_headers_sort(olivia: Client, cast: LawFirm, calls: None) -> None:
    page = olivia.get(url(cast, "reports/")).text
    by_name = re.search(r'href="(\?[^"]*sort=label)"', page)
    assert by_name
    up = olivia.get(url(cast, "reports/") + unescape(by_name[1])).text
    assert [row[0][:6] for row in body(up)[1:3]] == ["Harper", "Smith,"]
    assert 'aria-sort="ascending"' in up
    down = olivia.get(url(cast, "reports/?sort=-label")).text
    assert [row[0][:6] for row in body(down)[1:3]] == ["Smith,", "Harper"]


def test_files_are_read_by_other_programs(olivia: Client, cast: LawFirm, calls: None) -> None:
    sent = sent_by(olivia, url(cast, "reports/export/?format=csv"))
    rows = list(csv.reader(io.StringIO(sent.decode("utf-8-sig"))))
    assert rows[0][:4] == ["Account code", "Digits", "Calls", "Talk, seconds"]
    assert rows[1][:4] == ["Harper v. Castellan", '="0417"', "2", "3660"]
    assert rows[-1][:4] == ["Total", "", "4", "3810"]
    sent = sent_by(olivia, url(cast, "reports/export/?format=xlsx"))
    sheet = openpyxl.load_workbook(io.BytesIO(sent)).active
    assert sheet is not None
    lines = list(sheet.iter_rows(values_only=True))
    assert lines[1][:3] == ("Harper v. Castellan", "0417", 2)
    assert lines[1][3] == timedelta(seconds=3660)
    assert every(AuditEntry).filter(action="account_codes.exported").exists()


def test_a_reporter_gets_names_only_and_a_user_their_own_calls(
    client: Client, olivia: Client, cast: LawFirm, calls: None
) -> None:
    a_call(cast, seconds=5, user=cast.ben, user_name="Ben")
    client.force_login(cast.rick)
    page = client.get(url(cast, "reports/")).text
    assert "Harper v. Castellan" in page
    assert not shows("0417", page)
    sent = sent_by(client, url(cast, "reports/export/"))
    assert not shows("0417", sent)
    client.force_login(cast.uma)
    assert body(client.get(url(cast, "reports/")).text)[-1][1:3] == ["4", "1:03:30"]
    client.force_login(cast.fay)
    assert client.get(url(cast, "reports/")).status_code == 404


def test_a_report_is_kept_under_a_name(olivia: Client, cast: LawFirm, calls: None) -> None:
    sent = {"name": "Abroad", "query": "what=user&call_type=international", "shared": "on"}
    page = olivia.post(url(cast, "reports/save/"), sent, follow=True).text
    assert "Saved as “<bdi>Abroad</bdi>”." in page
    kept = every(SavedReport).get()
    assert kept.asked == {"what": "user", "period": "last_month", "call_type": "international"}
    opened = olivia.get(url(cast, f"reports/saved/{kept.pk}/"), follow=True).text
    assert "By user: " in opened
    olivia.post(url(cast, f"reports/saved/{kept.pk}/delete/"))
    assert not every(SavedReport).exists()


def test_what_cannot_be_asked_is_said(olivia: Client, cast: LawFirm) -> None:
    assert "Choose the first and the last day" in ask(olivia, cast, period="custom").text  # type: ignore[attr-defined]
    answer = olivia.get(url(cast, "reports/?what=weather"))
    assert answer.status_code == 400
    assert "This report cannot be made." in answer.text
    assert "No calls in this report" in olivia.get(url(cast, "reports/")).text


def test_a_report_whose_filters_find_nothing_leads_to_the_same_without_them(
    olivia: Client, cast: LawFirm, calls: None
) -> None:
    page = olivia.get(url(cast, "reports/?what=user&period=last_month&sort=-calls&number=%2B3512"))
    assert "matches its filters" in page.text
    (address,) = re.findall(r'href="(\?[^"]*)">Clear filters<', page.text)
    found = olivia.get(url(cast, "reports/") + unescape(address)).text
    assert parse_qs(unescape(address)[1:]) == {
        "what": ["user"],
        "period": ["last_month"],
        "sort": ["-calls"],
    }
    assert body(found)[-1][:3] == ["Total", "4", "1:03:30"]
