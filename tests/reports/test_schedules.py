"""When a report is due, and what the worker makes of it. The clock is held."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from callmark.accounts.models import Account
from callmark.accounts.refused import Refused
from callmark.calls.store import store
from callmark.ops.metrics_of_jobs import queues
from callmark.reports import running
from callmark.reports.handing_over import FILE_PATH
from callmark.reports.models import Run, RunState, Schedule
from callmark.reports.saved import delete_report, save_report
from callmark.reports.schedules import (
    add_schedule,
    change_schedule,
    recipients_in,
    run_now,
    schedules_of,
)
from callmark.reports.timing import next_due
from callmark.webhooks.models import WebhookMessage
from callmark.webhooks.services import add_endpoint
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call, tag_of
from tests.rows import every

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
MONTHLY = {
    "every": "month",
    "day": 2,
    "hour": 6,
    "way": "attachment",
    "format": "csv",
    "recipients": "olivia@firm.example, books@firm.example",
}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("every", "day", "hour", "after", "due"),
    [
        ("month", 2, 6, "2026-04-01 12:00", "2026-04-02 06:00"),
        ("month", 2, 6, "2026-04-02 06:00", "2026-05-02 06:00"),
        ("month", 31, 6, "2026-04-01 12:00", "2026-04-30 06:00"),
        ("month", 31, 6, "2027-02-01 12:00", "2027-02-28 06:00"),
        ("month", 29, 6, "2028-02-01 12:00", "2028-02-29 06:00"),
        ("month", 30, 6, "2026-12-30 06:00", "2027-01-30 06:00"),
        ("week", 1, 0, "2026-04-01 12:00", "2026-04-06 00:00"),
        ("week", 7, 23, "2026-04-05 23:00", "2026-04-12 23:00"),
        # Clocks go from 2:00 to 3:00 on 8 March, and from 2:00 back to 1:00 on 1 November.
        ("week", 7, 2, "2026-03-02 12:00", "2026-03-08 03:00"),
        ("week", 7, 1, "2026-10-26 12:00", "2026-11-01 01:00"),
    ],
)
def test_a_report_is_due_by_the_accounts_clock(
    every: str, day: int, hour: int, after: str, due: str
) -> None:
    assert next_due(every, day, hour, NEW_YORK, local(after)) == local(due).astimezone(UTC)


@pytest.mark.sqlite
@given(
    every=st.sampled_from(["week", "month"]),
    day=st.integers(1, 7),
    hour=st.integers(0, 23),
    zone=st.sampled_from(["America/Havana", "Pacific/Apia", "Europe/London"]),
    after=st.datetimes(datetime(2010, 1, 1), datetime(2040, 1, 1)),
)
def test_it_is_always_later_and_never_missed(
    every: str, day: int, hour: int, zone: str, after: datetime
) -> None:
    moment = after.replace(tzinfo=UTC)
    due = next_due(every, day, hour, ZoneInfo(zone), moment)
    assert moment < due <= moment + timedelta(days=8 if every == "week" else 32, hours=2)
    # Asked a moment before, it is the same.
    assert next_due(every, day, hour, ZoneInfo(zone), due - timedelta(seconds=1)) == due


@pytest.fixture
def firm(db: None, settings: Settings) -> LawFirm:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MAIL_IS_SET_UP = True
    firm = make_law_firm()
    Account.objects.filter(pk=firm.account.pk).update(time_zone="America/New_York")
    firm.account.refresh_from_db()
    march = datetime(2026, 3, 10, 12, tzinfo=UTC)
    store([decided_call(firm, "connected", at=march, tag=tag_of(firm))])
    return firm


def scheduled(firm: LawFirm, **changed: object) -> Schedule:
    report = save_report(firm.account, name="The bill", asked={}, actor=firm.olivia)
    values = MONTHLY | changed
    return add_schedule(
        firm.account,
        report,
        values,
        portal_url="https://calls.example/",
        now=NOW,
        actor=firm.olivia,
    )


def work(now: datetime) -> None:
    while running.work_some(now, lambda: 0.0):
        pass


def the_run() -> Run:
    return every(Run).get()


def test_a_report_is_sent_when_it_is_due_and_not_before(firm: LawFirm) -> None:
    schedule = scheduled(firm)
    assert schedule.report.shared
    work(schedule.next_at - timedelta(seconds=1))
    assert not mail.outbox
    # The worker comes a week late: the report is still that of March.
    work(schedule.next_at + timedelta(days=40))
    runs = list(every(Run).order_by("due_at"))
    assert [one.due_at.astimezone(NEW_YORK).day for one in runs] == [2, 2]
    assert [one.file_name for one in runs] == [
        "by-code-firm-2026-03-01.csv",
        "by-code-firm-2026-04-01.csv",
    ]
    first = mail.outbox[0]
    assert [one.to for one in mail.outbox[:2]] == [["olivia@firm.example"], ["books@firm.example"]]
    assert first.subject == "[Callmark] The bill: By code (the bill), March 2026"
    ((name, content, _),) = first.attachments
    assert name == "by-code-firm-2026-03-01.csv"
    assert "Harper v. Castellan,1," in str(content)
    assert "1234" not in str(content)
    assert {one.state for one in runs} == {RunState.DONE}


def test_a_link_leads_to_the_file(firm: LawFirm) -> None:
    schedule = scheduled(firm, way="link")
    work(schedule.next_at)
    path = FILE_PATH.format(slug=firm.account.slug, run=the_run().pk)
    assert path == reverse("portal:report_file", args=[firm.account.slug, the_run().pk])
    assert f"https://calls.example{path}" in mail.outbox[0].body
    assert not mail.outbox[0].attachments


def test_a_program_is_told(firm: LawFirm) -> None:
    with pytest.raises(Refused, match="No webhook"):
        scheduled(firm, way="webhook")
    add_endpoint(
        firm.account, url="https://hooks.example/", events=["report.ready"], actor=firm.olivia
    )
    work(scheduled(firm, way="webhook").next_at)
    message = every(WebhookMessage).get()
    assert message.event == "report.ready"
    assert message.data["run"]["id"] == str(the_run().pk)
    assert message.data["report"]["name"] == "The bill"


def test_what_cannot_be_sent_is_tried_again_and_then_given_up(
    firm: LawFirm, settings: Settings
) -> None:
    schedule = scheduled(firm)
    settings.MAIL_IS_SET_UP = False
    now = schedule.next_at
    work(now)
    assert (the_run().attempts, the_run().state) == (1, RunState.WAITING)
    assert "cannot send mail" in the_run().problem
    settings.MAIL_IS_SET_UP = True
    settings.EMAIL_BACKEND = "tests.reports.test_schedules.NoServer"
    change_schedule(schedule, {"active": False}, now=now, actor=firm.olivia)
    last = now
    while (next_at := the_run().next_at) is not None:
        work(last := next_at)
    assert (the_run().attempts, the_run().state) == (10, RunState.GIVEN_UP)
    with time_machine.travel(last, tick=False):
        told = {metric.name: metric.samples[0].value for metric in queues()}
    assert told["callmark_reports_given_up"] == 1, "it was due days ago, and nobody was told yet"
    assert the_run().problem == "the mail could not be sent (ConnectionRefusedError)."
    assert not mail.outbox


class NoServer:
    """A mail server that is down."""

    def __init__(self, **_: object) -> None: ...

    def send_messages(self, _mails: object) -> int:
        raise ConnectionRefusedError


def test_it_is_made_at_once_switched_off_and_forgotten(firm: LawFirm) -> None:
    schedule = scheduled(firm)
    run_now(schedule, now=NOW, actor=firm.olivia)
    with pytest.raises(Refused):
        run_now(schedule, now=NOW, actor=firm.olivia)
    work(NOW)
    assert len(mail.outbox) == 2
    change_schedule(schedule, {"active": False}, now=NOW, actor=firm.olivia)
    work(NOW + timedelta(days=90))
    assert every(Run).count() == 1
    assert the_run().content is not None
    every(Run).update(due_at=NOW - timedelta(days=4000))
    assert running.count_old_files() == 2
    running.forget_files()
    assert not every(Run).exists()


def test_a_report_that_is_sent_is_not_deleted(firm: LawFirm) -> None:
    schedule = scheduled(firm)
    with pytest.raises(Refused, match="delete the schedule first"):
        delete_report(schedule.report, actor=firm.olivia)
    assert list(schedules_of(firm.account)) == [schedule]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"day": 32}, "day"),
        ({"every": "week", "day": 8}, "day"),
        ({"every": "never"}, "every"),
        ({"hour": 24}, "hour"),
        ({"way": "pigeon"}, "way"),
        ({"format": "doc"}, "format"),
        ({"recipients": ""}, "recipients"),
        ({"recipients": "olivia"}, "recipients"),
    ],
)
def test_what_cannot_be_scheduled_is_refused_by_its_field(
    firm: LawFirm, changed: dict[str, object], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        scheduled(firm, **changed)
    assert refused.value.field == field
    assert not every(Schedule).exists()


@pytest.mark.sqlite
def test_addresses_are_separated_by_commas_or_lines() -> None:
    assert recipients_in(" a@b.example,\n c@d.example;a@b.example ,") == [
        "a@b.example",
        "c@d.example",
    ]
    with pytest.raises(Refused, match="at most 20"):
        recipients_in(",".join(f"p{number}@b.example" for number in range(21)))
