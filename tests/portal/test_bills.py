"""Bills in the portal: the firm, timekeepers, statements, and handing a month over."""

import csv
import io
import re
import zipfile
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from callmark.calls.months import close_month
from callmark.calls.reratings import set_currency
from callmark.calls.store import store
from callmark.codes.services import change_code
from callmark.policy.rating import Rate
from callmark.reports.handover.models import FirmDetails, Invoice, SavedFormat, Timekeeper
from callmark.reports.handover.services import save_firm, save_timekeeper
from callmark.reports.paper import pdf_is_possible
from callmark.tariffs.services import NewVersion, make_version
from tests.beginnings import begun_with
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call, ended_call
from tests.leaks import shows
from tests.reports.ledes_reader import read_ledes
from tests.rows import every

pytestmark = pytest.mark.django_db

OCTOBER = "2026-10-01"
NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
TIMES = (datetime(2026, 10, 5, 14, tzinfo=UTC), datetime(2026, 10, 30, 23, tzinfo=UTC))


@begun_with
def firm() -> LawFirm:
    firm = make_law_firm()
    for at in TIMES:
        store(ended_call(firm, at=at, seconds=421))
    return firm


@pytest.fixture
def olivia(firm: LawFirm, client: Client) -> Client:
    client.force_login(firm.olivia)
    return client


def at(name: str, *rest: object) -> str:
    return reverse(f"portal:{name}", args=["firm", *rest])


def ready_for_fees(firm: LawFirm) -> None:
    save_firm(firm.account, {"law_firm_id": "98-1", "invoice_prefix": "T-"}, actor=firm.olivia)
    ids = {"client_id": "10234", "matter_id": "0007"}
    change_code(firm.code, name=firm.code.name, ids=ids, actor=firm.olivia)
    keeper = {"timekeeper_id": "BA", "timekeeper_name": "Attorney, Ben"}
    rate = {"hourly_rate": Decimal(300)}
    save_timekeeper(firm.ben, {**keeper, **rate}, actor=firm.olivia)


def hand_over(client: Client, do: str, begin: str = "ledes", **more: object) -> object:
    page = client.get(at("hand_over", OCTOBER) + f"?begin={begin}")
    form = page.context["form"]
    sent = {name: form[name].value() for name in form.fields} | {"begin": begin, "do": do} | more
    return client.post(at("hand_over", OCTOBER), sent)


def text_of(answer: object) -> str:
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def test_the_firms_details_and_a_timekeeper_are_saved(firm: LawFirm, olivia: Client) -> None:
    form = olivia.get(at("firm")).context["form"]
    sent = {"firm_name": "Harper & Partners", "address": "1 Main St\nNew York", "law_firm_id": "98"}
    sent |= {"next_invoice": "12", "time_unit": "360", "version": form.initial["version"]}
    assert olivia.post(at("firm"), sent).status_code == 302
    stored = every(FirmDetails).get()
    assert (stored.firm_name, stored.next_invoice, stored.time_unit) == (
        "Harper & Partners",
        12,
        360,
    )
    url = at("timekeeper", firm.ben.pk)
    answer = olivia.post(url, {"timekeeper_name": "Ben Attorney"})
    assert "Write surname, first name" in answer.content.decode()
    olivia.post(url, {"timekeeper_name": "Attorney, Ben", "hourly_rate": "300"})
    assert every(Timekeeper).get().hourly_rate == 300


def test_what_is_missing_is_told_before_a_file_is_made_and_leads_to_where_it_is_mended(
    firm: LawFirm, olivia: Client
) -> None:
    page = olivia.get(at("hand_over", OCTOBER)).content.decode()
    assert "have a code without a client id" in page
    assert reverse("portal:code_rename", args=["firm", firm.code.pk]) in page
    ready_for_fees(firm)
    save_timekeeper(firm.ben, {"hourly_rate": None}, actor=firm.olivia)
    page = hand_over(olivia, "preview", lines="fees").content.decode()  # type: ignore[attr-defined]
    assert "without an hourly rate" in page
    assert at("timekeeper", firm.ben.pk) in page


def test_invoices_of_a_closed_month_take_the_next_numbers_and_keep_them(
    firm: LawFirm, olivia: Client
) -> None:
    ready_for_fees(firm)
    store([decided_call(firm, "let_through_unasked", at=TIMES[0])])
    page = olivia.get(at("hand_over", OCTOBER)).content.decode()
    assert 'value="file"' not in page
    assert f"{at('to_assign')}?billed={OCTOBER}" in page
    refused = hand_over(olivia, "file", lines="fees")
    assert "Close the month first" in refused.content.decode()  # type: ignore[attr-defined]
    assert not every(Invoice).exists()
    with time_machine.travel(NOW, tick=False):
        close_month(firm.account, datetime(2026, 10, 1).date(), actor=firm.olivia)
        page = hand_over(olivia, "preview", lines="fees").content.decode()  # type: ignore[attr-defined]
        assert 'value="file"' in page
        assert at("to_assign") not in page
        assert every(FirmDetails).get().next_invoice == 1
        (first,) = read_ledes(text_of(hand_over(olivia, "file", lines="fees")).encode())
        (again,) = read_ledes(text_of(hand_over(olivia, "file", lines="fees")).encode())
    assert (first.number, first.total, len(first.items)) == ("T-0001", Decimal(120), 2)
    assert (again.number, again.fields) == (first.number, first.fields)
    assert every(FirmDetails).get().next_invoice == 2


def test_a_format_of_ones_own_is_kept_and_deleted(firm: LawFirm, olivia: Client) -> None:
    columns = "Who = {user}\nMinutes = {minutes}"
    assert (
        "is no field"
        in hand_over(  # type: ignore[attr-defined]
            olivia, "keep", "csv", name="Books", columns="Who = {nobody}"
        ).content.decode()
    )
    hand_over(olivia, "keep", "csv", name="Books", columns=columns, per="code_user", unit="60")
    kept = every(SavedFormat).get()
    rows = csv.DictReader(io.StringIO(text_of(hand_over(olivia, "file", str(kept.pk)))))
    assert list(rows) == [{"Who": "Ben", "Minutes": "16"}]
    olivia.post(at("format_delete", kept.pk))
    assert not every(SavedFormat).exists()


def test_a_statement_tells_calls_sums_and_basis_but_not_the_digits(
    firm: LawFirm, olivia: Client
) -> None:
    page = olivia.get(at("statement", OCTOBER, firm.code.pk)).content.decode()
    for told in ("Preliminary", "+44 20 7946 0000", "7:01", "8 min", "14:02", "16 min", "-04:00"):
        assert told in page, told
    assert not shows("1234", page)
    save_firm(firm.account, {"mask_numbers": True, "show_codes": True}, actor=firm.olivia)
    page = olivia.get(at("statement", OCTOBER, firm.code.pk)).content.decode()
    assert "+44207946XXXX" in page
    assert "<bdi>1234</bdi>" in page


def test_the_list_of_statements_has_the_cost_that_each_of_them_tells(
    firm: LawFirm, olivia: Client
) -> None:
    assert "Cost, USD" not in olivia.get(at("statements", OCTOBER)).text
    set_currency(firm.account, "USD", actor=firm.olivia)
    rate = Rate("Britain", prefix="+44", price=Decimal("0.10"), block_seconds=60)
    make_version(firm.account, NewVersion("Carrier", "USD", [rate]), actor=None)
    store(ended_call(firm, at=TIMES[0], seconds=421))
    page = olivia.get(at("statements", OCTOBER)).text
    assert "Cost, USD" in page
    # Eight minutes; the calls from before there were rates have none.
    assert re.findall(r"<td[^>]*>(\d\.\d\d)</td>", page) == ["0.80"]
    assert ">0.80<" in olivia.get(at("statement", OCTOBER, firm.code.pk)).text


def test_a_long_statement_is_looked_at_by_pages_and_printed_whole(
    firm: LawFirm, olivia: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("callmark.reports.statements", "callmark.portal.views.bills"):
        monkeypatch.setattr(f"{module}.LINES_ON_A_PAGE", 1)
    url = at("statement", OCTOBER, firm.code.pk)
    told = ("Preliminary", "Total of all pages: 2 calls", "16 min", "Billed time: minutes")
    for query, here, other in (
        ("", "Oct 5, 2026", "Oct 30, 2026"),
        ("?page=nonsense", "Oct 5, 2026", "Oct 30, 2026"),
        ("?page=2", "Oct 30, 2026", "Oct 5, 2026"),
        ("?page=77", "Oct 30, 2026", "Oct 5, 2026"),
    ):
        page = olivia.get(url + query).content.decode()
        assert [text for text in (*told, here) if text not in page] == []
        assert f"<td>{other}</td>" not in page
        assert 'rel="prev"' in page or 'rel="next"' in page
    whole = olivia.get(url + "?print=1").content.decode()
    assert "data-print-now" in whole
    assert "Total: 2 calls" in whole
    assert all(f"<td>{day}</td>" in whole for day in ("Oct 5, 2026", "Oct 30, 2026"))


def test_a_reporter_sees_statements_without_digits_and_hands_nothing_over(
    firm: LawFirm, client: Client
) -> None:
    save_firm(firm.account, {"show_codes": True}, actor=firm.olivia)
    client.force_login(firm.rick)
    page = client.get(at("statement", OCTOBER, firm.code.pk))
    assert not shows("1234", page.content)
    assert client.get(at("hand_over", OCTOBER)).status_code == 403


@pytest.mark.skipif(not pdf_is_possible(), reason="callmark[pdf] is not installed")
def test_statements_are_pdf_files_and_all_of_them_one_zip(firm: LawFirm, olivia: Client) -> None:
    one = olivia.get(at("statement_pdf", OCTOBER, firm.code.pk))
    assert one.content.startswith(b"%PDF-")
    answer = olivia.get(at("statements_zip", OCTOBER))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert archive.testzip() is None
    assert archive.namelist() == ["2026-10-Harper-v.-Castellan.pdf"]
