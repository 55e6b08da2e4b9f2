"""FreePBX's table of calls in a real MariaDB, as another source."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callmark.calls.models import Call
from callmark.switches.alone.records import ImportCounts
from callmark.switches.asterisk.cdr.follower import TableFollower
from callmark.switches.asterisk.cdr.freepbx import PAGE, BadUrl, CdrDatabase
from callmark.switches.asterisk.cdr.importing import import_pending
from callmark.switches.asterisk.cdr.reading import Source
from callmark.switches.asterisk.cdr.rows import CdrRow
from tests.cast import make_law_firm

from .conftest import FreepbxDatabase

pytestmark = pytest.mark.mariadb

NEW_YORK = ZoneInfo("America/New_York")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def rows(database: FreepbxDatabase, since: datetime = LONG_AGO) -> list[CdrRow]:
    return list(CdrDatabase.parse(database.url).rows_since(since, Source(NEW_YORK)))


def add(database: FreepbxDatabase, call: object, at: datetime, **values: object) -> None:
    local = at.astimezone(NEW_YORK).replace(tzinfo=None)
    usual = {
        "calldate": local,
        "src": "2125550101",
        "cnum": "101",
        "dst": "12125550100",
        "channel": "PJSIP/firm-101-0000001a",
        "dstchannel": "PJSIP/carrier-0000001b",
        "lastapp": "Dial",
        "lastdata": "PJSIP/12125550100@carrier",
        "duration": 42,
        "billsec": 30,
        "disposition": "ANSWERED",
        "uniqueid": f"pbx-{call}",
        "linkedid": f"pbx-{call}",
    }
    database.insert(**usual | values)


def follower(database: FreepbxDatabase, folder: Path) -> TableFollower:
    return TableFollower(CdrDatabase.parse(database.url), folder / "cdr.sqlite3", NEW_YORK)


def test_a_row_has_its_answer_and_its_end_though_no_columns_say_them(
    freepbx: FreepbxDatabase,
) -> None:
    at = datetime(2026, 7, 1, 14, 0, tzinfo=UTC)
    add(freepbx, 1, at, userfield="callmark:emergency:firm:911:firm-101")

    (row,) = rows(freepbx)

    assert row.started_at == at
    assert row.answered_at == at + timedelta(seconds=12)
    assert row.ended_at == at + timedelta(seconds=42)
    assert (row.call_id, row.seconds, row.channel) == ("pbx-1", 30, "PJSIP/firm-101-0000001a")
    assert [mark.outcome for mark in row.marks] == ["emergency"]


def test_more_than_a_page_each_once(freepbx: FreepbxDatabase) -> None:
    at = datetime(2026, 7, 1, 14, 0, tzinfo=UTC)
    count = 2 * PAGE + 7
    freepbx.run("start transaction")
    for number in range(count):
        # Many in one second, and two rows for some calls.
        add(freepbx, number // 2, at + timedelta(seconds=number // 900), sequence=number)
    freepbx.run("commit")

    found = rows(freepbx)

    assert sorted(row.sequence for row in found) == list(range(count))
    assert len(rows(freepbx, at + timedelta(seconds=2))) == count - 1800


def test_a_call_that_ends_late_stands_among_old_rows_and_is_found(
    freepbx: FreepbxDatabase, tmp_path: Path
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    add(freepbx, "old", now - timedelta(hours=3))
    add(freepbx, "new", now - timedelta(minutes=5))
    source = follower(freepbx, tmp_path)
    assert source.read_new().rows == 2
    assert source.read_new().rows == 0

    add(freepbx, "late", now - timedelta(minutes=50))
    assert source.read_new().rows == 1
    add(freepbx, "very late", now - timedelta(hours=20))
    source.close()
    again = follower(freepbx, tmp_path)
    assert again.read_new().rows == 1
    again.close()


@pytest.mark.django_db
def test_its_calls_come_into_the_history_once(freepbx: FreepbxDatabase, tmp_path: Path) -> None:
    firm = make_law_firm()
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=9)
    field = "callmark:connected_while_down:firm:12125550100:firm-101"
    add(freepbx, 1, at, userfield=field)
    # The trunk went on with a colleague after a blind transfer.
    add(
        freepbx,
        2,
        at + timedelta(seconds=42),
        linkedid="pbx-1",
        channel="PJSIP/carrier-0000001b",
        dstchannel="PJSIP/firm-102-0000001c",
        duration=20,
        billsec=18,
        sequence=2,
    )
    source = follower(freepbx, tmp_path)

    source.read_new()
    assert import_pending(source.journal, "main") == ImportCounts(added=1)
    source.read_new()
    assert import_pending(source.journal, "main") == ImportCounts()
    source.close()

    call = Call.objects.of(firm.account).get()
    assert (call.user, call.started_at, call.seconds) == (firm.ben, at, 50)


def test_a_server_that_is_away_or_refuses_says_so_without_the_password(
    freepbx: FreepbxDatabase,
) -> None:
    for url in (freepbx.url.replace("s%40fe", "w0rd-7"), "mysql://x:w0rd-7@127.0.0.1:1/y"):
        with pytest.raises(OSError, match="cannot be asked") as caught:
            next(CdrDatabase.parse(url).rows_since(LONG_AGO, Source()))
        assert "w0rd-7" not in repr(caught.value) + repr(CdrDatabase.parse(url))


def test_no_server_of_another_worker_removes_its_temporary_tables(
    freepbx: FreepbxDatabase, mariadb: Path
) -> None:
    assert freepbx.run("select @@tmpdir") == (str(mariadb.parent / "tmp"),)


@pytest.mark.parametrize(
    "url", ["", "postgresql://a/b", "mysql://host", "mysql://h:port/x", "mysql://h/x?tsl=1"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadUrl):
        CdrDatabase.parse(url)
