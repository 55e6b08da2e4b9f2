"""Home: the month so far and what is to do; before the first call, the way there."""

import re
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from callmark.accounts.services import add_extension
from callmark.calls.models import Call
from callmark.codes.models import AccountCode, AccountCodeSettings
from callmark.reports.models import Run, RunState
from callmark.reports.saved import save_report
from callmark.reports.schedules import add_schedule
from callmark.switches.alone.findings import Finding
from callmark.switches.alone.installation import load_dialplans
from callmark.switches.alone.reports import record_checked, record_written
from tests.cast import LawFirm, code, first_time, turn_on_quietly
from tests.portal.pages import url
from tests.portal.test_a_users_settings import lock_out
from tests.portal.test_call_history import place
from tests.portal.test_calls_page import this_month
from tests.rows import every


@pytest.fixture
def calls(cast: LawFirm) -> list[Call]:
    """Three of this month, one of them to assign, and one of last month."""
    first_time(cast)
    harper, begins = code(cast), this_month(cast)
    tag = {"code": harper, "account_code_name": harper.name, "seconds": 3600}
    return [
        place(cast, cast.uma, "2125550142", "1234", started_at=begins, **tag),
        place(cast, cast.uma, "2125550142", "1234", started_at=begins, **tag),
        place(cast, cast.ben, "2125550143", outcome="let_through_unasked", started_at=begins),
        place(cast, cast.ben, "2125550144", started_at=begins - timedelta(days=1), seconds=60),
    ]


def text(html: str) -> str:
    """What is to be read, with single spaces."""
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def test_the_month_so_far(olivia: Client, cast: LawFirm, calls: list[Call]) -> None:
    page = text(olivia.get(url(cast, "")).text)
    for said in (
        "so far", "3 calls", "2:00:00 of talk", "1 to assign",
        "Harper v. Castellan 2 calls · 2:00:00", "is not closed", "Calls on 1 day",
    ):  # fmt: skip
        assert said in page
    last = text(olivia.get(url(cast, "?month=last")).text)
    assert "1 call " in last
    assert "No call has a code in this month." in last
    assert "1 to assign" in last, "of that month"
    assert "2 calls without the code they should have" in last, "to do in all"


def test_a_scheduled_report_that_nobody_got_is_to_be_done(
    olivia: Client, cast: LawFirm, calls: list[Call]
) -> None:
    report = save_report(cast.account, name="The bill", asked={}, actor=cast.olivia)
    told = {"every": "month", "day": 2, "hour": 6, "way": "link", "format": "csv"}
    schedule = add_schedule(
        cast.account, report, {**told, "recipients": "olivia@firm.example"}, actor=cast.olivia
    )
    at = timezone.now() - timedelta(days=2)
    run = partial(Run.objects.create, account=cast.account, schedule=schedule)
    run(due_at=at, state=RunState.GIVEN_UP)
    assert "1 scheduled report could not be sent" in text(olivia.get(url(cast, "")).text)
    listed = text(olivia.get(url(cast, "reports/schedules/")).text)
    assert "By mail, with a link for people who can sign in: olivia@firm.example" in listed
    run(due_at=at + timedelta(days=1), state=RunState.DONE)
    assert "could not be sent" not in olivia.get(url(cast, "")).text


def test_the_chart_says_in_words_and_in_a_table_what_it_shows(
    olivia: Client, cast: LawFirm, calls: list[Call]
) -> None:
    page = olivia.get(url(cast, "")).text
    svg = page[page.index("<svg viewBox") : page.index("</svg>", page.index("<svg viewBox"))]
    assert "3 calls, 1 to assign" in svg
    assert "<desc" in svg
    assert "style=" not in svg
    assert "As a table" in page


def test_a_lockout_is_to_do(olivia: Client, cast: LawFirm, calls: list[Call]) -> None:
    turn_on_quietly(cast)
    lock_out(cast)
    assert "is locked out until" in text(olivia.get(url(cast, "")).text)


def test_codes_unused_for_a_year_are_to_do(
    olivia: Client, cast: LawFirm, calls: list[Call]
) -> None:
    old = code(cast, "5521", "Nordby Shipping")
    code(cast, "5522", "Added today")
    assert "unused for a year" not in text(olivia.get(url(cast, "")).text)
    long_ago = timezone.now() - timedelta(days=400)
    every(AccountCode).exclude(name="Added today").update(created_at=long_ago)
    assert "1 code is unused for a year" in text(olivia.get(url(cast, "")).text)
    page = text(olivia.get(url(cast, "account-codes/codes/?unused=yes")).text)
    assert "Nordby Shipping" in page
    assert "Harper" not in page
    place(cast, cast.uma, "2125550142", "5521", code=old, started_at=timezone.now())
    assert "unused for a year" not in text(olivia.get(url(cast, "")).text)


def test_before_the_first_call_the_guide_shows_the_next_step(olivia: Client, cast: LawFirm) -> None:
    page = olivia.get(url(cast, "")).text
    assert "Before the first call" in page
    assert page.count("guide-step is-done") == 0
    first_time(cast)
    code(cast)
    turn_on_quietly(cast)
    page = olivia.get(url(cast, "")).text
    assert page.count("guide-step is-done") == 4
    following = page[page.index('aria-current="step"') :]
    assert "Hear it" in following[:600]
    place(cast, cast.uma, "2125550142", simulated=True)
    assert olivia.get(url(cast, "")).text.count("guide-step is-done") == 5


def test_after_the_first_call_the_guide_stays_one_click_away(
    olivia: Client, client: Client, cast: LawFirm, calls: list[Call]
) -> None:
    to_guide = f'href="{url(cast, "getting-started/")}"'
    every(AccountCode).update(active=False)
    page = olivia.get(url(cast, "")).text
    assert "3 steps of getting started are left" in text(page)
    assert page.count(to_guide) == 1
    every(AccountCode).update(active=True)
    turn_on_quietly(cast)
    page = olivia.get(url(cast, "")).text
    assert "left" not in text(page)
    assert page.count(to_guide) == olivia.get("/help/").text.count(to_guide) == 1
    # It is for those who set up the account; an operator comes from the account's Home.
    client.force_login(cast.rick)
    for address in (url(cast, ""), "/help/"):
        assert "getting-started" not in client.get(address).text
    client.force_login(cast.otto)
    assert to_guide in client.get(url(cast, "")).text
    assert client.get("/help/").status_code == 200


def test_a_starting_point_proposes_settings_and_the_guide_is_gone_on_with(
    olivia: Client, cast: LawFirm
) -> None:
    first_time(cast)
    guide, settings = url(cast, "getting-started/"), url(cast, "account-codes/")
    for start, on in (("track", "proceed_after_max_retries"), ("authorize", "premium")):
        olivia.post(guide, {"start": start})
        page = olivia.get(url(cast, "")).text
        assert page.count('aria-pressed="true"') == 1
        assert f"{settings}?start={start}" in page
        page = olivia.get(f"{settings}?start={start}").text
        checked = set(re.findall(r'name="(\w+)"[^>]*checked', page))
        assert {"allowed", on} <= checked
    assert not every(AccountCodeSettings).get().allowed, "nothing is on before it is saved"
    code(cast)
    turn_on_quietly(cast)
    page = olivia.get(f"{settings}?start=authorize").text
    assert "premium" not in set(re.findall(r'name="(\w+)"[^>]*checked', page)), "stored counts"
    olivia.post(guide, {"start": "nonsense"})
    assert olivia.get(guide).text.count('aria-pressed="true"') == 1


def test_the_guide_says_how_the_switch_stands(client: Client, cast: LawFirm) -> None:
    first_time(cast)
    client.force_login(cast.otto)
    guide = url(cast, "getting-started/")
    assert "main: last call seen: none yet" in client.get(guide).text
    record_written("main", "Asterisk", load_dialplans("main"))
    record_checked("main", [Finding("pjsip.conf", "an endpoint has no context", "Give it one")])
    page = client.get(guide).text
    assert re.search(r"main: Asterisk dialplan written .*, version [0-9a-f]{12}<", page)
    assert re.search(r"main: checked .*: 1 to put right", page)
    assert client.get("/help/switches/freeswitch/").status_code == 200
    add_extension(cast.ben, number="288", endpoint="firm-288")
    assert "settings have changed since, write it again" in client.get(guide).text
    place(cast, cast.uma, "2125550142", switch="main")
    assert "last call seen: none yet" not in client.get(guide).text


def test_an_operator_sees_which_accounts_are_in_trouble(
    client: Client, cast: LawFirm, calls: list[Call]
) -> None:
    turn_on_quietly(cast)
    client.force_login(cast.otto)
    place(cast, cast.uma, "2125550142", outcome="not_gated", started_at=timezone.now())
    assert "a look" not in text(client.get("/").text)
    for _ in range(12):
        place(
            cast, cast.ben, "2125550143", outcome="let_through_unasked", started_at=timezone.now()
        )
    page = text(client.get("/").text)
    assert "1 account needs a look" in page
    assert "lack the code they need" in page
    with time_machine.travel(timezone.now() + timedelta(days=6)):
        client.force_login(cast.otto)
        assert "No call heard since" in text(client.get("/").text)


def listed(client: Client, asked: str) -> list[str]:
    """The accounts that an operator sees, in their order."""
    return re.findall(r'row-link"[^>]*><bdi>([^<]*)', client.get(f"/?{asked}").text)


def test_an_operator_finds_filters_and_sorts_accounts(
    client: Client, cast: LawFirm, calls: list[Call]
) -> None:
    client.force_login(cast.otto)
    assert listed(client, "") == ["Firm Ltd", "Other Ltd"]
    assert listed(client, "sort=-name") == ["Other Ltd", "Firm Ltd"]
    assert listed(client, "q=OTHER") == ["Other Ltd"]
    assert (listed(client, "state=on"), listed(client, "state=off")) == ([], ["Firm Ltd"])
    assert listed(client, "state=new&q=firm") == []
    assert listed(client, "sort=users") == ["Other Ltd", "Firm Ltd"]
    for column in ("users", "last", "to_assign"):
        assert listed(client, f"sort=-{column}") == ["Firm Ltd", "Other Ltd"], column
    page = client.get("/?sort=-last&state=nonsense").text
    assert 'aria-sort="descending"' in page
    # The filter stays when the order changes, and the other way round.
    assert "?state=off&amp;sort=last" in client.get("/?state=off&sort=-last").text
    turn_on_quietly(cast)
    place(cast, cast.uma, "2125550142", outcome="not_gated", started_at=timezone.now())
    assert listed(client, "state=trouble") == []
    with time_machine.travel(timezone.now() + timedelta(days=60)):
        client.force_login(cast.otto)
        assert listed(client, "state=trouble") == ["Firm Ltd"]
