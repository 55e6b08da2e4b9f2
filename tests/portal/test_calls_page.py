"""The list of calls: its sum, filters as chips, saved filters, columns, and a code that finds."""

import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from callmark.accounts.deletion import delete_person
from callmark.accounts.models import Account, Role, User
from callmark.calls import listing
from callmark.calls.calendars import calendar_of
from callmark.calls.models import Call, SavedFilter
from callmark.calls.saved_filters import save_filter
from callmark.codes.models import AccountCode
from callmark.portal.history.columns import COLUMNS
from tests.cast import LawFirm, code, first_time
from tests.portal.pages import url
from tests.portal.test_call_history import place
from tests.rows import every


def this_month(cast: LawFirm) -> datetime:
    """A moment of the account's month of now, and in the past."""
    calendar = calendar_of(cast.account)
    return calendar.begins(calendar.month_of(calendar.day_of(timezone.now())).first)


def listed(client: Client, cast: LawFirm, query: str = "") -> str:
    """The page of calls."""
    answer = client.get(url(cast, f"calls/{query}"))
    assert answer.status_code == 200
    return answer.text


def has(page: str, call: Call) -> bool:
    """Whether the page lists the call."""
    return f"calls/{call.pk}/" in page


@pytest.fixture
def harper(cast: LawFirm) -> AccountCode:
    first_time(cast)
    return code(cast, "0417", "Harper v. Castellan")


def tagged(cast: LawFirm, harper: AccountCode, **more: object) -> Call:
    """A call with Harper's code."""
    return place(
        cast, cast.uma, "011442079460138", "0417", code=harper, account_code_name=harper.name,
        e164="+442079460138", disposition="ANSWERED", **more,
    )  # fmt: skip


def test_the_head_says_how_many_calls_are_shown_and_how_long_they_talked(
    olivia: Client, cast: LawFirm, harper: AccountCode
) -> None:
    for seconds in (3600, 60 * 41):
        tagged(cast, harper, seconds=seconds)
    place(cast, cast.ben, "2125550142", call_type="domestic", outcome="not_gated", seconds=59)
    page = listed(olivia, cast)
    assert "<strong>3 calls</strong> · <strong>1:41:59</strong> of talk" in page
    assert 'data-found="3 calls, 1 hour 41 minutes"' in page
    assert "New York time" in page
    one = listed(olivia, cast, "?call_type=domestic")
    assert "<strong>1 call</strong> · <strong>0:00:59</strong> of talk" in one


def test_each_filter_is_a_chip_that_can_be_removed_by_itself(
    olivia: Client, cast: LawFirm, harper: AccountCode
) -> None:
    tagged(cast, harper)
    query = f"?period=custom&since=2026-03-01&code={harper.pk}&call_type=international"
    page = listed(olivia, cast, query)
    chips = dict(re.findall(r'<a class="chip" href="([^"]*)"><span>(.*?)</span>', page))
    told = {re.sub("<.*?>", "", label): link for link, label in chips.items()}
    assert set(told) == {"From Mar 1, 2026", "Code: Harper v. Castellan", "International"}
    rest = parse_qs(urlsplit(told["Code: Harper v. Castellan"].replace("&amp;", "&")).query)
    assert rest == {
        "period": ["custom"], "since": ["2026-03-01"], "call_type": ["international"],
    }  # fmt: skip


def test_periods_are_those_of_the_accounts_own_zone(
    olivia: Client, cast: LawFirm, harper: AccountCode
) -> None:
    begins = this_month(cast)
    inside = tagged(cast, harper, started_at=begins)
    before = tagged(cast, harper, started_at=begins - timedelta(seconds=1))
    page = listed(olivia, cast, "?period=this_month")
    assert (has(page, inside), has(page, before)) == (True, False)
    page = listed(olivia, cast, "?period=last_month")
    assert (has(page, inside), has(page, before)) == (False, True)


def test_a_whole_code_finds_its_calls_and_never_stands_in_an_address(
    olivia: Client, cast: LawFirm, harper: AccountCode
) -> None:
    hit = tagged(cast, harper)
    other = place(cast, cast.ben, "2125550142")
    answer = olivia.post(
        url(cast, "calls/search/"), {"q": "0417", "question": "direction=outbound"}
    )
    assert answer["Location"].endswith(f"?direction=outbound&code={harper.pk}")
    page = olivia.get(answer["Location"]).text
    assert (has(page, hit), has(page, other)) == (True, False)


@pytest.mark.parametrize("text", ["0142", "1234", "9999999"])
def test_digits_that_may_be_a_code_are_sealed(
    olivia: Client, client: Client, cast: LawFirm, harper: AccountCode, text: str
) -> None:
    unlisted = place(cast, cast.uma, "011442079460000", "1234")
    number = place(cast, cast.ben, "2125550142")
    answer = olivia.post(url(cast, "calls/search/"), {"q": text})
    assert text not in answer["Location"]
    page = olivia.get(answer["Location"]).text
    assert has(page, number) is (text == "0142")
    assert has(page, unlisted) is (text == "1234")
    # Rick sees no codes: to him they are parts of numbers.
    client.force_login(cast.rick)
    sealed = client.post(url(cast, "calls/search/"), {"q": text})["Location"]
    assert text not in sealed
    assert has(client.get(sealed).text, unlisted) is False


def test_a_name_or_a_number_is_searched_for_as_it_is(
    olivia: Client, cast: LawFirm, harper: AccountCode
) -> None:
    answer = olivia.post(url(cast, "calls/search/"), {"q": "harper", "question": "tests=on&q=x"})
    assert parse_qs(urlsplit(answer["Location"]).query) == {"tests": ["on"], "q": ["harper"]}


@pytest.mark.parametrize(
    "written",
    ["+44 20 7946 0138", "+44 (0)20 7946-0138", "011 44 20 7946 0138", "7946 0138", "7946.01"],
)
def test_a_number_is_found_however_it_is_written(
    olivia: Client, cast: LawFirm, harper: AccountCode, written: str
) -> None:
    hit = tagged(cast, harper)
    other = place(cast, cast.ben, "2125550142", e164="+12125550142")
    page = olivia.post(url(cast, "calls/search/"), {"q": written, "question": ""}, follow=True).text
    assert (has(page, hit), has(page, other)) == (True, False)


def test_a_whole_number_is_found_however_far_back(
    olivia: Client, cast: LawFirm, harper: AccountCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "LOOKED_AT", 2)
    start = this_month(cast)
    old = tagged(cast, harper, seconds=3600, started_at=start)
    came = place(
        cast, cast.ben, "101", direction="inbound", caller="442079460138", started_at=start
    )
    for one in range(1, 4):
        place(cast, cast.ben, "2125550142", started_at=start + timedelta(seconds=one))
    page = listed(olivia, cast, "?q=%2B44+20+7946+0138")
    assert (has(page, old), has(page, came)) == (True, True), "both ways, as each switch tells it"
    assert "<strong>2 calls</strong>" in page
    part = listed(olivia, cast, "?q=7946")
    assert not has(part, old)
    assert "Look further back" in part


def test_a_filter_is_saved_under_a_name_and_shared(
    olivia: Client, client: Client, cast: LawFirm, harper: AccountCode
) -> None:
    tagged(cast, harper)
    saved = {"name": "Abroad", "question": "call_type=international", "shared": "on"}
    answer = olivia.post(url(cast, "calls/filters/"), saved, follow=True)
    assert answer.redirect_chain[-1][0].endswith("?call_type=international")
    assert "<bdi>Abroad</bdi>" in answer.text
    client.force_login(cast.rick)
    page = listed(client, cast)
    assert "<bdi>Abroad</bdi>" in page
    assert f"filters/{every(SavedFilter).get().pk}/delete/" not in page, "it is not Rick's"
    client.post(url(cast, "calls/filters/"), {**saved, "name": "Mine"})
    assert not every(SavedFilter).filter(name="Mine").exists(), "a reporter shares nothing"
    client.force_login(cast.olivia)
    mine = every(SavedFilter).get()
    client.post(url(cast, f"calls/filters/{mine.pk}/delete/"))
    assert not every(SavedFilter).exists()


def test_columns_are_chosen_and_kept(olivia: Client, cast: LawFirm, harper: AccountCode) -> None:
    tagged(cast, harper, switch="main")
    assert 'class="col-switch"' not in listed(olivia, cast)
    chosen = {"column": ["switch", "user"], "back": url(cast, "calls/?period=this_month")}
    answer = olivia.post(url(cast, "lists/calls/"), chosen)
    assert answer["Location"] == chosen["back"]
    page = listed(olivia, cast)
    assert 'class="col-switch"' in page
    assert 'class="col-code"' not in page
    assert 'class="table card-table rows calls is-compact"' in page
    olivia.post(url(cast, "lists/calls/"), {"column": "<script>", "density": "comfortable"})
    page = listed(olivia, cast)
    assert 'class="col-code"' in page
    assert 'class="table card-table rows calls is-comfortable"' in page
    rick = Client()
    rick.force_login(cast.rick)
    assert "rows calls is-compact" in listed(rick, cast), "each person's own"


def test_more_calls_ask_the_database_no_more_whatever_the_columns(
    olivia: Client, cast: LawFirm, harper: AccountCode
) -> None:
    Account.objects.filter(pk=cast.account.pk).update(currency="USD")
    olivia.post(url(cast, "lists/calls/"), {"column": [*COLUMNS]})
    tagged(cast, harper)
    asked = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            page = listed(olivia, cast, "?tests=on")
        asked.append(len(queries))
        place(cast, None, "2125550142", payer="unknown", outcome="let_through_unasked")
        place(cast, cast.ben, "101", direction="inbound", caller="+12125550142", call_type="")
        tagged(cast, harper, not_billable=True, ended_at=timezone.now(), entered_by="prompt")
        tagged(cast, harper, simulated=True, seconds=5)
    assert page.count("row-link") == 5
    assert asked[1] <= asked[0]


def test_older_and_newer_pages_miss_nothing(
    olivia: Client, cast: LawFirm, harper: AccountCode
) -> None:
    calls = [
        tagged(cast, harper, started_at=this_month(cast) + timedelta(seconds=one))
        for one in range(53)
    ]
    first = listed(olivia, cast, "?period=this_month")
    older = re.search(r'href="(\?[^"]*older=[^"]*)"', first)
    assert older
    second = listed(olivia, cast, older[1].replace("&amp;", "&"))
    assert [has(first, one) for one in calls] == [False] * 3 + [True] * 50
    assert [has(second, one) for one in calls] == [True] * 3 + [False] * 50
    assert "newer=" in second


def test_no_list_of_calls_counts_all_of_them_or_skips_any(
    olivia: Client, cast: LawFirm, harper: AccountCode
) -> None:
    call = tagged(cast, harper, seconds=60)
    place(cast, cast.ben, "2125550142", outcome="let_through_unasked")
    mark = f"{int(call.started_at.timestamp() * 1e6) + 1}-{'f' * 32}"
    asked = (
        "", "?period=last_month", f"?user={cast.uma.pk}", f"?code={harper.pk}", "?tag=to_assign",
        "?tag=untagged", "?tag=not_billable", "?call_type=premium", "?direction=internal",
        "?outcome=connected", "?at_least=1:00", "?q=5550", "?tests=on", f"?older={mark}",
        f"?q=1&newer={mark}", "to-assign/", f"to-assign/?older={mark}",
    )  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        for query in asked:
            listed(olivia, cast, query)
    of_calls = [one["sql"] for one in queries if '"calls_call"' in one["sql"]]
    assert len(of_calls) > len(asked)
    for sql in of_calls:
        assert " OFFSET " not in sql
        assert "COUNT(" not in sql or " LIMIT " in sql


def test_what_is_looked_for_in_too_many_calls_is_looked_for_further_back_when_asked(
    olivia: Client, cast: LawFirm, harper: AccountCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "LOOKED_AT", 2)
    start = this_month(cast)
    long = tagged(cast, harper, seconds=3600, started_at=start)
    for one in range(1, 4):
        tagged(cast, harper, seconds=1, started_at=start + timedelta(seconds=one))
    first = listed(olivia, cast, "?at_least=30:00")
    assert "No call found so far" in first
    assert '<p class="calls-sum"><strong>No call found so far</strong>' in first
    assert 'data-found="No call found so far"' in first
    further = re.search(r'href="(\?[^"]*older=[^"]*)"[^>]*>Look further back', first)
    assert further
    assert has(listed(olivia, cast, further[1].replace("&amp;", "&")), long)


def test_a_user_sees_and_sums_only_their_own_calls(
    client: Client, cast: LawFirm, harper: AccountCode
) -> None:
    mine = tagged(cast, harper, seconds=60)
    other = place(cast, cast.ben, "2125550142", seconds=3600)
    client.force_login(cast.uma)
    page = listed(client, cast)
    assert (has(page, mine), has(page, other)) == (True, False)
    assert "<strong>1 call</strong> · <strong>0:01:00</strong> of talk" in page
    assert "data-bulk" in page
    assert 'name="call"' not in page, "nothing to choose where nothing may be corrected"


def test_a_shared_filter_stays_when_its_owner_is_deleted(
    client: Client, cast: LawFirm, harper: AccountCode
) -> None:
    second = User.objects.create(account=cast.account, name="Nina", role=Role.ADMINISTRATOR)
    save_filter(cast.account, name="Abroad", query="direction=outbound", shared=True, actor=second)
    save_filter(cast.account, name="Nina's own", query="direction=inbound", actor=second)
    tagged(cast, harper)
    delete_person(second, actor=cast.olivia)
    assert [one.name for one in every(SavedFilter)] == ["Abroad"]
    client.force_login(cast.rick)
    page = listed(client, cast)
    assert "<bdi>Abroad</bdi>" in page
    assert "/delete/" not in page, "it is not Rick's"
    client.force_login(cast.olivia)
    client.post(url(cast, f"calls/filters/{every(SavedFilter).get().pk}/delete/"))
    assert not every(SavedFilter).exists()


@pytest.fixture
def too_many_for_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callmark.portal.forms.calls.IN_A_LIST", 1)


@pytest.mark.usefixtures("too_many_for_a_list")
def test_of_many_users_and_codes_one_searches(
    client: Client, cast: LawFirm, harper: AccountCode
) -> None:
    nordby = code(cast, "5521", "Nordby Shipping")
    tagged(cast, harper)

    def told(kind: str, text: str) -> list[str]:
        answer = client.post(url(cast, f"calls/choose/{kind}/"), {"q": text})
        return re.findall(r"<bdi>(.*?)</bdi>", answer.text)

    client.force_login(cast.olivia)
    page = listed(client, cast)
    assert page.count('role="combobox"') == 2
    assert '<option value="">Every user' not in page
    assert told("users", "U") == ["Uma"]
    assert told("codes", "") == [harper.name, nordby.name]
    assert told("codes", "shipp") == told("codes", "5521") == [nordby.name]
    assert 'value="Nordby Shipping"' in listed(client, cast, f"?code={nordby.pk}")
    client.force_login(cast.rick)
    assert told("codes", "5521") == [], "Rick sees no digits"
    assert told("codes", "nordby") == [nordby.name]
    client.force_login(cast.uma)
    assert told("codes", "") == [harper.name], "the codes of her own calls"
    assert client.post(url(cast, "calls/choose/users/"), {"q": "U"}).status_code == 404


@pytest.mark.usefixtures("too_many_for_a_list")
def test_without_our_script_one_names_the_user_and_the_code(
    olivia: Client, cast: LawFirm, harper: AccountCode
) -> None:
    code(cast, "5521", "Harper II")

    def asked(**typed: str) -> str:
        sent = {"question": "direction=outbound", **typed}
        return olivia.post(url(cast, "calls/search/"), sent)["Location"].partition("?")[2]

    assert asked(user_called="uma") == f"direction=outbound&user={cast.uma.pk}"
    assert asked(code_called="harper v. castellan").endswith(f"&code={harper.pk}")
    assert asked(code_called="0417").endswith(f"&code={harper.pk}")
    for wrong in ("Harper", "Nobody", "9999"):
        assert asked(code_called=wrong) == "direction=outbound"
    assert "write the whole name" in listed(olivia, cast)
