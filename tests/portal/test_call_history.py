"""Who was called, with which code, and why: the call history."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import openpyxl
import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils.timezone import override

from callmark.accounts.models import User
from callmark.audit.models import AuditEntry
from callmark.calls.models import Call, CallAttempt
from callmark.reports.models import Run
from tests.cast import LawFirm, code, first_time
from tests.leaks import shows
from tests.portal.pages import url
from tests.rows import every

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def place(cast: LawFirm, user: User | None, dialed: str, digits: str = "", **more: object) -> Call:
    """A call on record."""
    values: dict[str, object] = {
        "direction": "outbound",
        "call_type": "international",
        "outcome": "connected",
        "started_at": NOON,
        **more,
    }
    name = user.name if user else ""
    call = Call(account=cast.account, user=user, user_name=name, dialed=dialed, **values)
    call.account_code = digits
    call.save()
    return call


@pytest.fixture
def tagged(cast: LawFirm) -> Call:
    return place(
        cast, cast.uma, "011442079460000", "1234", account_code_name="Harper", seconds=3723
    )


@pytest.fixture
def untagged(cast: LawFirm) -> Call:
    return place(
        cast,
        cast.ben,
        "19005550123",
        call_type="premium",
        outcome="ended_after_max_retries",
        started_at=NOON + timedelta(days=1),
        simulated=True,
    )


def test_newest_first_with_everything_at_a_glance(
    olivia: Client, cast: LawFirm, tagged: Call, untagged: Call
) -> None:
    page = olivia.get(url(cast, "calls/"), {"tests": "on"}).content.decode()
    assert page.index(str(untagged.pk)) < page.index(str(tagged.pk))
    for seen in ("Harper", "1234", "1:02:03", "Ended after max retries", "Test"):
        assert seen in page


def test_test_calls_are_shown_only_where_asked_for(
    olivia: Client, cast: LawFirm, tagged: Call, untagged: Call
) -> None:
    assert f"calls/{untagged.pk}/" not in olivia.get(url(cast, "calls/")).text
    assert len(rows_of(olivia.get(url(cast, "calls/export/")))) == 1


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"q": "harper"}, "tagged"),
        ({"q": "uma"}, "tagged"),
        ({"q": "1900555"}, "untagged"),
        ({"since": "2026-03-03"}, "untagged"),
        ({"until": "2026-03-02"}, "tagged"),
        ({"outcome": "connected"}, "tagged"),
        ({"call_type": "premium"}, "untagged"),
        ({"tag": "untagged"}, "untagged"),
        ({"tag": "tagged"}, "tagged"),
        ({"at_least": "1:00:00"}, "tagged"),
        ({"direction": "outbound", "tag": "untagged"}, "untagged"),
    ],
)
def test_filters(
    olivia: Client, cast: LawFirm, tagged: Call, untagged: Call, query: dict[str, str], shown: str
) -> None:
    page = olivia.get(url(cast, "calls/"), {"tests": "on", **query}).content.decode()
    assert (f"calls/{tagged.pk}/" in page) is (shown == "tagged")
    assert (f"calls/{untagged.pk}/" in page) is (shown == "untagged")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"since": "2026-03-05", "until": "2026-03-01"}, "This day is before the first one."),
        ({"since": "2026-13-45"}, "Write the day as 2026-11-23."),
        ({"outcome": "nonsense"}, "Outcome"),
        ({"user": "00000000-0000-0000-0000-000000000001"}, "There is no such user."),
        ({"code": "nonsense"}, "Code"),
        ({"at_least": "long"}, "Write a length as 1:30"),
        ({"find": "nonsense"}, "search again"),
        ({"older": "nonsense"}, "There is no such page of calls"),
    ],
)
def test_a_question_that_cannot_be_is_said_and_nothing_is_shown(
    olivia: Client, cast: LawFirm, tagged: Call, query: dict[str, str], said: str
) -> None:
    page = olivia.get(url(cast, "calls/"), query).content.decode()
    assert said in page
    assert f"calls/{tagged.pk}/" not in page
    if "older" in query:
        return
    for file in ("calls/export/", "calls/export/xlsx/"):
        refused = olivia.get(url(cast, file), query)
        assert refused.status_code == 400
        assert said in refused.content.decode()
        assert tagged.dialed not in refused.content.decode()
    asked = {"about": "calls", "question": urlencode(query), "format": "csv"}
    assert said in olivia.post(url(cast, "exports/"), asked, follow=True).text
    assert not every(Run).exists()


def test_one_call_with_its_attempts_and_reasons(
    olivia: Client, cast: LawFirm, tagged: Call
) -> None:
    tagged.why = ["code required because 'International' is on"]
    tagged.save()
    for position, result in ((1, "wrong_length"), (2, "accepted")):
        CallAttempt.objects.create(
            call=tagged, position=position, result=result, entered_by="prompt", at=NOON
        )
    page = olivia.get(url(cast, f"calls/{tagged.pk}/")).content.decode()
    assert page.index("Wrong length") < page.index("Accepted")
    assert "is on" in page
    assert "1234" in page


def test_rick_reads_all_calls_but_no_codes(client: Client, cast: LawFirm, tagged: Call) -> None:
    client.force_login(cast.rick)
    for page in ("calls/", f"calls/{tagged.pk}/"):
        text = client.get(url(cast, page)).content.decode()
        assert "Harper" in text
        assert "••••" in text
        assert not shows("1234", text)


def test_uma_reads_her_own_calls_only(
    client: Client, cast: LawFirm, tagged: Call, untagged: Call
) -> None:
    client.force_login(cast.uma)
    page = client.get(url(cast, "calls/")).content.decode()
    assert tagged.dialed in page
    assert untagged.dialed not in page
    assert client.get(url(cast, f"calls/{tagged.pk}/")).status_code == 200
    assert client.get(url(cast, f"calls/{untagged.pk}/")).status_code == 404


def test_an_empty_history_leads_to_a_test_call(olivia: Client, cast: LawFirm) -> None:
    page = olivia.get(url(cast, "calls/")).content.decode()
    assert "No calls yet" in page
    assert "test-call/" in page


def test_the_month_as_a_file_for_the_bill(
    olivia: Client, cast: LawFirm, tagged: Call, untagged: Call
) -> None:
    page = olivia.get(url(cast, "calls/"), {"since": "2026-03-01", "q": "harper"}).content.decode()
    assert "calls/export/?since=2026-03-01&amp;q=harper" in page
    with override("America/New_York"):
        answer = olivia.get(url(cast, "calls/export/"), {"since": "2026-03-01", "q": "harper"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f"calls-{cast.account.slug}-" in answer["Content-Disposition"]
    (row,) = rows_of(answer)
    assert row["started (America/New_York)"] == "2026-03-02 07:00:00"
    seen = [row[name] for name in ("user", "dialed", "account code", "account code name")]
    assert seen == ["Uma", "011442079460000", "1234", "Harper"]
    assert (row["seconds"], row["test call"]) == ("3723", "no")
    assert row["started, with UTC offset"] == "2026-03-02 07:00:00-05:00"


def test_the_month_as_a_workbook(
    olivia: Client, client: Client, cast: LawFirm, tagged: Call, untagged: Call
) -> None:
    untagged.account_code = "0012"
    untagged.save()
    answer = olivia.get(url(cast, "calls/export/xlsx/"), {"tests": "on"})
    assert f"calls-{cast.account.slug}-" in answer["Content-Disposition"]
    assert answer["Content-Disposition"].endswith('.xlsx"')
    first, second = workbook_of(answer)
    assert (first["account code"], second["account code"]) == ("0012", "1234")
    assert second["started (America/New_York)"] == datetime(2026, 3, 2, 7)
    assert (second["dialed"], second["seconds"]) == ("011442079460000", 3723)
    assert second["billed in the month from"] == datetime(2026, 3, 1)
    client.force_login(cast.rick)
    masked = workbook_of(client.get(url(cast, "calls/export/xlsx/")))
    assert [row["account code"] for row in masked] == ["••••"]


def test_the_hour_that_comes_twice_is_told_apart(olivia: Client, cast: LawFirm) -> None:
    for hour in (5, 6):
        place(cast, cast.uma, "2125550142", started_at=datetime(2026, 11, 1, hour, 30, tzinfo=UTC))
    rows = rows_of(olivia.get(url(cast, "calls/export/")))
    assert {row["started (America/New_York)"] for row in rows} == {"2026-11-01 01:30:00"}
    assert [row["started, with UTC offset"][-6:] for row in rows] == ["-05:00", "-04:00"]


def test_each_person_exports_what_the_page_shows(
    client: Client, cast: LawFirm, tagged: Call, untagged: Call
) -> None:
    client.force_login(cast.rick)
    answer = client.get(url(cast, "calls/export/"), {"tests": "on"})
    assert [row["account code"] for row in rows_of(answer)] == ["", "••••"]
    client.force_login(cast.uma)
    numbers = [row["dialed"] for row in rows_of(client.get(url(cast, "calls/export/")))]
    assert numbers == [tagged.dialed]


def test_what_a_phone_dialed_is_no_formula_in_a_spreadsheet(olivia: Client, cast: LawFirm) -> None:
    place(cast, cast.uma, '=HYPERLINK("//example")', e164="+442079460000")
    (row,) = rows_of(olivia.get(url(cast, "calls/export/")))
    assert row["dialed"] == '\'=HYPERLINK("//example")'
    assert row["number"] == "+442079460000"


def test_an_inbound_call_shows_who_called(olivia: Client, cast: LawFirm) -> None:
    call = place(
        cast, cast.uma, "101", "1234", direction="inbound", caller="+442079460000", call_type=""
    )
    for page in ("calls/", f"calls/{call.pk}/"):
        text = olivia.get(url(cast, page), {"direction": "inbound"}).content.decode()
        assert "+44 20 7946 0000" in text
        assert "Inbound" in text
    assert "No call found" in olivia.get(url(cast, "calls/"), {"direction": "internal"}).text


def test_the_activity_says_who_has_read_codes_and_who_has_taken_them_away(
    olivia: Client, cast: LawFirm, tagged: Call
) -> None:
    first_time(cast)
    code(cast, "4321")
    for page in ("account-codes/codes/", "account-codes/codes/", "calls/", "calls/export/"):
        olivia.get(url(cast, page))
    told = every(AuditEntry).filter(action__in=("account_codes.read", "account_codes.exported"))
    assert [(one.action, one.after, one.actor_name) for one in told.order_by("at")] == [
        ("account_codes.read", {"where": "codes"}, cast.olivia.name),
        ("account_codes.read", {"where": "calls"}, cast.olivia.name),
        ("account_codes.exported", {"where": "calls"}, cast.olivia.name),
    ]
    shown = olivia.get(url(cast, "activity/")).content.decode()
    assert "read account codes in clear" in shown
    assert "exported account codes in clear" in shown


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("let_through_unasked", "Let through: nobody could be asked"),
        ("refused_unasked", "Refused: nobody could be asked"),
        ("refused_number", "Refused: no number can be made of it"),
    ],
)
def test_a_call_on_which_nobody_could_be_asked_says_so(
    olivia: Client, cast: LawFirm, outcome: str, words: str
) -> None:
    call = place(cast, cast.uma, "011442079460000", outcome=outcome)
    place(cast, cast.ben, "2125550142", outcome="not_gated")
    assert words in olivia.get(url(cast, f"calls/{call.pk}/")).text
    page = olivia.get(url(cast, "calls/"), {"outcome": outcome}).text
    assert call.dialed in page
    assert "2125550142" not in page
    (row,) = rows_of(olivia.get(url(cast, "calls/export/"), {"outcome": outcome}))
    assert row["outcome"] == words


def test_caller_unknown_is_its_own_word(olivia: Client, cast: LawFirm, tagged: Call) -> None:
    stranger = place(
        cast, None, "2125550142", payer="unknown", outcome="let_through_unasked", caller="4711"
    )
    page = olivia.get(url(cast, "calls/"), {"payer": "unknown"}).text
    assert stranger.dialed in page
    assert '<td class="col-user"><bdi>Caller unknown</bdi></td>' in page
    assert f"calls/{tagged.pk}/" not in page
    assert stranger.dialed not in olivia.get(url(cast, "calls/"), {"payer": "user"}).text
    detail = olivia.get(url(cast, f"calls/{stranger.pk}/")).text
    assert "Caller unknown" in detail
    assert "was down" not in detail
    rows = rows_of(olivia.get(url(cast, "calls/export/")))
    assert sorted((row["user"], row["payer"]) for row in rows) == [
        ("Caller unknown", "Caller unknown"),
        ("Uma", "A user"),
    ]


def test_a_call_leads_to_the_other_legs_of_its_conversation(client: Client, cast: LawFirm) -> None:
    talk = {"switch": "main", "linked_id": "main-17.1"}
    first = place(cast, cast.uma, "102", direction="internal", call_type="internal", **talk)
    second = place(
        cast, cast.ben, "011442079460000", leg=2, started_at=NOON + timedelta(minutes=1), **talk
    )
    elsewhere = place(cast, cast.uma, "2125550142", switch="other", linked_id="main-17.1")
    alone = place(cast, cast.uma, "2125550143", switch="main")
    client.force_login(cast.olivia)
    page = client.get(url(cast, f"calls/{first.pk}/")).text
    assert "Other legs of this conversation" in page
    assert f"calls/{second.pk}/" in page
    assert f"calls/{elsewhere.pk}/" not in page
    assert "<dt>Leg</dt>" in page
    assert "Other legs" not in client.get(url(cast, f"calls/{alone.pk}/")).text
    client.force_login(cast.uma)
    assert f"calls/{second.pk}/" not in client.get(url(cast, f"calls/{first.pk}/")).text, (
        "a leg that Ben pays for is his"
    )


def test_the_number_that_the_switch_dials_is_shown_where_it_is_another(
    olivia: Client, cast: LawFirm
) -> None:
    letters = place(cast, cast.uma, "1-800-FLOWERS", number="18003569377")
    page = olivia.get(url(cast, f"calls/{letters.pk}/")).text
    assert "Dialed by the switch" in page
    assert "18003569377" in page
    assert str(letters.pk) in olivia.get(url(cast, "calls/"), {"q": "3569377"}).text
    plain = place(cast, cast.uma, "2125550142", number="2125550142")
    assert "Dialed by the switch" not in olivia.get(url(cast, f"calls/{plain.pk}/")).text


def test_a_colleagues_entries_are_shown_as_theirs(
    olivia: Client, cast: LawFirm, tagged: Call
) -> None:
    for position, typed_by in ((1, cast.ben), (2, None)):
        CallAttempt.objects.create(
            call=tagged,
            position=position,
            result="accepted",
            entered_by="prompt",
            at=NOON,
            user=typed_by,
        )
    assert olivia.get(url(cast, f"calls/{tagged.pk}/")).text.count("by <bdi>Ben</bdi>") == 1


def workbook_of(answer: HttpResponseBase) -> list[dict[str, object]]:
    """The rows of a workbook, by column."""
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer))).active
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def rows_of(answer: HttpResponseBase) -> list[dict[str, str]]:
    """The lines of a CSV file, by column, as Excel shows them: ="0042" is the text 0042."""
    text = io.StringIO(b"".join(answer).decode("utf-8-sig"), newline="")
    return [
        {name: re.sub(r'\A="(.*)"\Z', r"\1", cell) for name, cell in row.items()}
        for row in csv.DictReader(text)
    ]
