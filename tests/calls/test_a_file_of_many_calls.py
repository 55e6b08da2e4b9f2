"""The file of an account's calls: sent part by part, each call once, honest if it breaks off."""

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from callmark.accounts.row_security import seeing
from callmark.calls import export
from callmark.calls.models import Call
from callmark.codes.models import AccountCode
from callmark.web.csv import BROKEN_OFF, ExportBrokeOff, csv_stream, xlsx_stream
from tests.cast import LawFirm, make_law_firm
from tests.rows import every

MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)


def place(firm: LawFirm, at: datetime, digits: str = "", **more: object) -> Call:
    call = Call(account=firm.account, user=firm.ben, user_name="Ben", direction="outbound", **more)
    call.dialed, call.call_type, call.outcome, call.started_at = "101", "domestic", "connected", at
    call.account_code = digits
    call.save()
    return call


def lines_of(firm: LawFirm, zone: str = "UTC", *, with_codes: bool = True) -> list[dict[str, str]]:
    calls = Call.objects.of(firm.account)
    text = "".join(export.csv_lines(calls, zone=ZoneInfo(zone), with_codes=with_codes))
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture
def parts_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "READ_AT_ONCE", 3)


@pytest.mark.usefixtures("parts_of_three")
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 11])
def test_each_call_is_in_it_once_the_newest_first(firm: LawFirm, count: int) -> None:
    # Four at a time begin in the same microsecond: a part may end among them.
    placed = [place(firm, MORNING + timedelta(microseconds=n // 4)) for n in range(count)]
    placed.sort(key=lambda call: (call.started_at, call.pk), reverse=True)
    assert [UUID(row["id"]) for row in lines_of(firm)] == [call.pk for call in placed]


def test_what_the_database_has_is_written_as_people_read_it(firm: LawFirm) -> None:
    call = place(
        firm,
        MORNING.replace(microsecond=999_999),
        "1234",
        answered_at=MORNING + timedelta(seconds=5),
        seconds=0,
        simulated=True,
    )
    place(firm, MORNING - timedelta(days=1), not_billable=True)
    first, second = lines_of(firm, "Asia/Kathmandu")
    assert first["started (Asia/Kathmandu)"] == "2026-11-23 14:45:00"
    assert first["answered (Asia/Kathmandu)"] == "2026-11-23 14:45:05"
    assert first["ended (Asia/Kathmandu)"] == ""
    assert (first["seconds"], second["seconds"]) == ("0", "")
    assert (first["test call"], second["test call"]) == ("yes", "no")
    assert (first["not billable"], second["not billable"]) == ("no", "yes")
    assert (first["account code"], second["account code"]) == ("1234", "")
    assert first["id"] == str(call.pk)
    assert second["billed in the month from"] == "2026-11-01"
    assert {row["account code"] for row in lines_of(firm, with_codes=False)} == {"••••", ""}


def test_codes_encrypted_each_in_their_own_way_are_all_told(firm: LawFirm) -> None:
    digits = ["1234", "5678", "1234", "0000", "5678"]
    for n, one in enumerate(digits):
        place(firm, MORNING - timedelta(minutes=n), one)
    assert [row["account code"] for row in lines_of(firm)] == digits


ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe")


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2060, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
    st.sampled_from(ZONES),
)
def test_times_are_the_zones_own(at: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    cells = export._Cells(
        zone, made_safe=str, code=str, amount=lambda cost, _: str(cost), whole=int
    )
    local = at.astimezone(zone).replace(microsecond=0)
    assert cells._local(f"{at:%Y-%m-%d %H:%M:%S.%f}") == local.isoformat(" ")


def test_the_first_line_is_sent_before_any_call_is_read(firm: LawFirm, client: Client) -> None:
    place(firm, MORNING)
    client.force_login(firm.olivia)
    answer = client.get(reverse("portal:calls_export", args=[firm.account.slug]))
    assert answer.streaming
    assert "attachment" in answer["Content-Disposition"]
    sent = iter(answer)
    every(Call).filter(account=firm.account).update(dialed="the first part was not read yet")
    assert next(sent).startswith("\ufeffstarted (".encode())
    assert b"the first part was not read yet" in b"".join(sent)


@pytest.mark.usefixtures("parts_of_three")
def test_a_file_that_breaks_off_says_so(
    firm: LawFirm, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(7):
        place(firm, MORNING - timedelta(minutes=n), "1234")
    calls = Call.objects.of(firm.account)
    answer = csv_stream(export.csv_lines(calls, zone=UTC, with_codes=True), "calls.csv")
    sent, parts = iter(answer), []
    parts += [next(sent), next(sent)]

    def fail(*_: object, **__: object) -> None:
        raise OperationalError("with 1234 in its text")

    monkeypatch.setattr(export, "beyond", fail)
    with pytest.raises(ExportBrokeOff) as raised:
        parts += iter(lambda: next(sent), b"")
    lines = b"".join(parts).decode().splitlines()
    assert len(lines) == 1 + 3 + 1
    assert lines[-1] == BROKEN_OFF
    assert raised.value.__context__ is None, "what went wrong may quote what is stored"
    assert "an export broke off: OperationalError" in caplog.text
    # A workbook still opens then.
    rows = export.xlsx_rows(calls, zone=UTC, with_codes=True)
    answer = xlsx_stream(export.xlsx_columns(UTC), rows, "calls.xlsx", sheet="Calls")
    sent, parts = iter(answer), []
    with pytest.raises(ExportBrokeOff):
        parts.extend(iter(lambda: next(sent), None))
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(parts))).active
    assert [cell.value for cell in sheet["A"]][4:] == [BROKEN_OFF]
    assert "with 1234" not in caplog.text


@pytest.mark.postgres
@pytest.mark.usefixtures("parts_of_three")
def test_what_is_sent_after_the_request_is_still_of_the_own_account_only(
    firm: LawFirm,
) -> None:
    other_firm = make_law_firm("theirs")
    for n in range(7):
        place(firm, MORNING - timedelta(minutes=n))
        place(other_firm, MORNING - timedelta(minutes=n))
    # As if the account had not been named.
    with seeing(str(firm.account.pk)):
        lines = export.csv_lines(every(Call), zone=UTC, with_codes=True)
        answer = csv_stream(lines, "calls.csv")
    assert len(b"".join(answer).decode().splitlines()) == 1 + 7
    assert every(AccountCode).values("account").distinct().count() == 2
