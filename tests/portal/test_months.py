"""Closing a month and opening it again; how the account counts its days."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from callmark.accounts.models import Account
from callmark.audit.models import AuditEntry
from callmark.calls.models import Call, ClosedMonth
from callmark.calls.periods import Month
from callmark.codes.models import AccountCode
from tests.cast import LawFirm, code, first_time
from tests.leaks import shows
from tests.portal.pages import url
from tests.portal.test_call_history import place
from tests.portal.test_calls_page import this_month
from tests.rows import every


@pytest.fixture
def last(cast: LawFirm) -> Month:
    """The month that is over, with a tagged call and one to assign."""
    first_time(cast)
    harper: AccountCode = code(cast, "0417", "Harper v. Castellan")
    at = this_month(cast) - timedelta(days=1)
    place(cast, cast.uma, "2125550142", "0417", code=harper, account_code_name=harper.name,
          started_at=at, seconds=3600)  # fmt: skip
    place(cast, cast.uma, "2125550143", outcome="let_through_unasked", started_at=at, seconds=60)
    first = every(Call).order_by("pk").first()
    assert first is not None
    assert first.billing_month is not None
    return Month(first.billing_month)


def test_the_page_warns_says_the_figures_and_closes(
    olivia: Client, cast: LawFirm, last: Month
) -> None:
    page = olivia.get(url(cast, f"months/{last.first}/")).text
    for said in ("It may be too early to close", "Harper v. Castellan", "1:01", "0417"):
        assert said in page
    assert "The month is still open" in page.partition("paper-only")[2], "on paper"
    dialog = olivia.get(url(cast, f"months/{last.first}/close/")).text
    assert "2 calls, 1:01:00 of talk, 1 without their code" in dialog
    answer = olivia.post(url(cast, f"months/{last.first}/close/"), follow=True)
    assert f"{last.first:%B %Y} is closed." in answer.text
    assert "Closed by <bdi>Olivia</bdi>" in answer.text
    assert every(ClosedMonth).get().seconds == 3660
    assert every(AuditEntry).filter(action="month.closed").exists()


def test_a_closed_months_codes_no_longer_change_until_it_is_opened_again(
    olivia: Client, cast: LawFirm, last: Month
) -> None:
    olivia.post(url(cast, f"months/{last.first}/close/"))
    call = every(Call).get(dialed="2125550143")
    sent = {"call": str(call.pk), "code": "0417"}
    answer = olivia.post(url(cast, "calls/correct/"), sent, follow=True)
    assert "is closed" in answer.text
    story = olivia.get(url(cast, f"calls/{call.pk}/")).text
    assert "The month of this call is closed" in story
    inbox = olivia.get(url(cast, "calls/to-assign/")).text
    assert "1 more is in closed months" in inbox
    olivia.post(url(cast, f"months/{last.first}/reopen/"))
    olivia.post(url(cast, "calls/correct/"), sent)
    assert every(Call).get(pk=call.pk).account_code_name == "Harper v. Castellan"
    assert every(AuditEntry).filter(action="month.reopened").exists()


def test_what_becomes_known_later_is_said_by_both_months_and_by_the_call(
    olivia: Client, cast: LawFirm, last: Month
) -> None:
    olivia.post(url(cast, f"months/{last.first}/close/"))
    at = this_month(cast) - timedelta(days=1)
    late = place(cast, cast.uma, "2125550199", started_at=at, seconds=75)
    call = every(Call).get(dialed="2125550142")
    call.seconds = 3900
    call.save()
    now = late.billing_month
    assert now == last.next.first
    here = olivia.get(url(cast, f"months/{now}/")).text
    assert f"1 call of {last.first:%B %Y}</a> (0:01:15 of talk) became known when" in here
    there = olivia.get(url(cast, f"months/{last.first}/")).text
    assert "1 more call of this month</a> (0:01:15 of talk) became known after" in there
    assert "What was learned of 1 call after this month was closed" in there
    assert "0:05:00 more of talk" in there
    # The list of calls of a figure holds no adjustment: the figure says that it has one.
    assert re.findall(r"with (\d) adjustments? below", here) == ["1", "1"]
    assert "below" not in there
    for page in (here, there):
        link = re.search(r'href="([^"]*billed=[^"]*since=[^"]*)"', page)
        assert link
        listed = olivia.get(unescape(link[1])).text
        assert (str(late.pk) in listed, str(call.pk) in listed) == (True, False)
        assert f"Billed in: <bdi>{now:%B %Y}</bdi>" in listed
    story = olivia.get(url(cast, f"calls/{late.pk}/")).text
    assert f"{last.first:%B %Y} was closed when this call became known" in story
    assert "0:05:00 more of talk" in olivia.get(url(cast, f"calls/{call.pk}/")).text


def test_the_figures_of_a_month_lead_to_its_own_calls(
    olivia: Client, cast: LawFirm, last: Month
) -> None:
    other = place(cast, cast.uma, "2125550199", outcome="let_through_unasked")
    page = olivia.get(url(cast, f"months/{last.first}/")).text
    for path in ("calls/to-assign/", "calls/"):
        link = url(cast, f"{path}?billed={last.first}")
        assert f'href="{link}"' in page
        listed = olivia.get(link).text
        assert str(every(Call).get(dialed="2125550143").pk) in listed
        assert f"calls/{other.pk}/" not in listed
        assert f"Billed in: <bdi>{last.first:%B %Y}</bdi>" in listed


def test_each_line_of_a_month_leads_to_its_calls_open_or_closed(
    olivia: Client, cast: LawFirm, last: Month
) -> None:
    """That each finds what it is made of: tests/reports/test_reports_add_up.py."""
    tagged, waiting = (str(one.pk) for one in every(Call).order_by("-seconds"))
    for does in ("", "close/"):
        if does:
            olivia.post(url(cast, f"months/{last.first}/{does}"))
        page = olivia.get(url(cast, f"months/{last.first}/")).text
        lines = re.findall(r'<a class="row-link" href="([^"]*)">(.*?)</a>', page)
        found = {}
        for link, words in lines:
            listed = olivia.get(unescape(link)).text
            found[words] = (f"calls/{tagged}/" in listed, f"calls/{waiting}/" in listed)
            assert "Harper" not in link, "no name in an address"
        assert found == {
            "<bdi>Harper v. Castellan</bdi>": (True, False),
            "To assign": (False, True),
            "<bdi>Uma</bdi>": (True, True),
        }


def test_a_month_that_is_not_over_is_not_closed(olivia: Client, cast: LawFirm, last: Month) -> None:
    answer = olivia.post(url(cast, f"months/{last.next.first}/close/"), follow=True)
    assert "This month is not over yet." in answer.text
    for nonsense in ("2026-13-45", "nothing", "1999-01-01"):
        assert olivia.get(url(cast, f"months/{nonsense}/")).status_code == 404


def test_the_list_says_what_is_open_closed_and_under_way(
    olivia: Client, cast: LawFirm, last: Month
) -> None:
    page = olivia.get(url(cast, "months/")).text
    assert page.index("Under way") < page.index("To close")
    olivia.post(url(cast, f"months/{last.first}/close/"))
    assert "Closed" in olivia.get(url(cast, "months/")).text


def test_a_reporter_reads_months_without_digits_and_closes_none(
    client: Client, cast: LawFirm, last: Month
) -> None:
    client.force_login(cast.rick)
    page = client.get(url(cast, f"months/{last.first}/")).text
    assert "Harper v. Castellan" in page
    assert not shows("0417", page)
    assert "Close the month" not in page
    assert client.post(url(cast, f"months/{last.first}/close/")).status_code == 403


def test_time_zone_billing_day_and_who_corrects_are_set_by_the_administrator(
    olivia: Client, cast: LawFirm
) -> None:
    page = url(cast, "months/calendar/")
    assert "America/New York" in olivia.get(page).text
    sent = {"time_zone": "Europe/Paris", "billing_day": "5", "users_may_correct": "on"}
    olivia.post(page, sent)
    firm = Account.objects.get(pk=cast.account.pk)
    assert (firm.zone.key, firm.billing_day, firm.users_may_correct) == ("Europe/Paris", 5, True)
    for wrong, said in (
        ({**sent, "billing_day": "29"}, "Use a day from 1 to 28."),
        ({**sent, "time_zone": "Mars/Base"}, "Select a valid choice"),
    ):
        assert said in olivia.post(page, wrong).text
