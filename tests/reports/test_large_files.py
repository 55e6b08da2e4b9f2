"""Large files: made by the worker in parts, with progress and a mail, for who asked alone."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.calls import export
from callmark.calls.filters import CallFilter
from callmark.calls.kept_questions import filter_of, kept
from callmark.calls.learned import LearnedLater
from callmark.calls.models import Call
from callmark.calls.store import store
from callmark.reports import exporting
from callmark.reports.exports import KEPT_FOR, MOST_WAITING, ask_for_calls, ask_for_report
from callmark.reports.models import Run, RunPart, RunState
from callmark.reports.running import count_old_files, forget_files, work_some
from tests.api.programs import program_of
from tests.cast import LawFirm, make_law_firm
from tests.factories import ended_call
from tests.rows import every

NOON = datetime(2026, 10, 5, 16, tzinfo=UTC)
HOW_MANY = 7


@pytest.fixture
def firm(db: None, settings: Settings) -> LawFirm:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MAIL_IS_SET_UP = True
    firm = make_law_firm()
    for number in range(HOW_MANY):
        store(ended_call(firm, at=NOON + timedelta(minutes=number), seconds=60))
    return firm


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each turn of the worker makes one piece, and each piece has two calls."""
    monkeypatch.setattr(exporting, "A_TURN_SECONDS", 0)
    monkeypatch.setattr(export, "READ_AT_ONCE", 2)
    yield
    for run_id in exporting.under_way():
        exporting.forget(run_id)


def all_of(run: Run) -> bytes:
    parts = every(RunPart).filter(run=run).order_by("number")
    return b"".join(bytes(one.content) for one in parts)


def made(run: Run) -> Run:
    while work_some():
        pass
    run.refresh_from_db()
    return run


@pytest.mark.usefixtures("slowly")
def test_it_is_made_in_parts_and_says_how_far_it_is(firm: LawFirm) -> None:
    run = ask_for_calls(
        firm.account, CallFilter(), "csv", actor=firm.olivia, portal_url="https://calls.example/"
    )
    seen = []
    while work_some():
        run.refresh_from_db()
        seen.append((run.lines_done, run.lines_total))
    assert seen[0] == (0, HOW_MANY)
    assert {(2, 7), (4, 7), (6, 7), (7, 7)} <= set(seen)
    assert seen == sorted(seen)
    run.refresh_from_db()
    assert run.state == RunState.DONE
    content = all_of(run)
    assert run.size == len(content)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row["id"] for row in rows] == [
        str(one.pk) for one in every(Call).order_by("-started_at")
    ]
    # What is stored holds no digits, also of a file for an administrator.
    assert {row["account code"] for row in rows} == {"••••"}
    (letter,) = mail.outbox
    assert letter.to == [firm.olivia.email]
    assert "https://calls.example/accounts/firm/exports/" in letter.body


@pytest.mark.usefixtures("slowly")
def test_webhooks_and_other_files_need_not_wait_for_a_long_one(firm: LawFirm) -> None:
    long = ask_for_calls(firm.account, CallFilter(), "xlsx", actor=firm.olivia)
    assert work_some()
    october = {"since": "2026-10-01", "until": "2026-10-31"}
    short = ask_for_report(firm.account, october, "csv", actor=firm.olivia)
    while not short.file_name:
        assert work_some()
        short.refresh_from_db()
    long.refresh_from_db()
    assert long.state == RunState.WAITING
    assert made(long).lines_done == HOW_MANY
    subjects = {one.subject for one in mail.outbox}
    told = ("Calls", "By code (the bill), October 2026")
    assert subjects == {f"[Callmark] {one}: the file is ready" for one in told}
    book = openpyxl.load_workbook(io.BytesIO(all_of(long)))
    assert book.active is not None
    assert book.active.max_row == HOW_MANY + 1


@pytest.mark.usefixtures("slowly")
def test_if_its_worker_dies_another_begins_it_again(firm: LawFirm) -> None:
    run = ask_for_calls(firm.account, CallFilter(), "csv", actor=firm.olivia)
    for _ in range(3):
        work_some()
    exporting.forget(run.pk)
    # Who has it might only be slow: for ten minutes nobody else takes it.
    assert not work_some()
    later = datetime.now(UTC) + timedelta(minutes=11)
    while work_some(later):
        pass
    run.refresh_from_db()
    assert (run.state, run.lines_done) == (RunState.DONE, HOW_MANY)
    assert all_of(run).count(b"\r\n") == HOW_MANY + 1


@pytest.mark.usefixtures("slowly")
def test_one_that_is_deleted_is_made_no_further(firm: LawFirm, client: Client) -> None:
    run = ask_for_calls(firm.account, CallFilter(), "csv", actor=firm.olivia)
    work_some()
    client.force_login(firm.olivia)
    client.post(reverse("portal:export_delete", args=["firm", run.pk]))
    assert not work_some()
    assert not every(RunPart).exists()


def test_the_page_asks_for_what_the_list_shows_and_gives_the_file(
    firm: LawFirm, client: Client
) -> None:
    client.force_login(firm.olivia)
    since, until = "since=2026-10-05", "until=2026-10-05"
    listed = client.get(reverse("portal:calls", args=["firm"]) + f"?{since}&{until}").text
    page = reverse("portal:exports", args=["firm"])
    asked = f"{page}?about=calls&amp;question=since%3D2026-10-05%26until%3D2026-10-05"
    assert asked in listed
    assert "Make the file" in client.get(asked.replace("&amp;", "&")).text
    body = {"about": "calls", "question": f"{since}&{until}", "format": "csv"}
    assert client.post(page, body).status_code == 302
    assert "Waiting" in client.get(page).text
    run = made(every(Run).get())
    shown = client.get(page).text
    at = reverse("portal:export_file", args=["firm", run.pk])
    assert at in shown
    assert f"{HOW_MANY} lines" in shown
    answer = client.get(at)
    assert b"".join(answer.streaming_content) == all_of(run)  # type: ignore[attr-defined]
    client.force_login(firm.ben)
    assert client.get(at).status_code == 404


def test_a_users_file_has_their_own_calls_and_one_who_has_left_gets_none(firm: LawFirm) -> None:
    every(Call).filter(pk=every(Call)[0].pk).update(user=None)
    run = made(ask_for_calls(firm.account, CallFilter(), "csv", actor=firm.ben))
    assert run.lines_done == HOW_MANY - 1
    run = ask_for_calls(firm.account, CallFilter(), "csv", actor=firm.ben)
    every(User).filter(pk=firm.ben.pk).update(is_active=False)
    assert made(run).state == RunState.GIVEN_UP
    assert "can sign in no more" in run.problem


@pytest.mark.parametrize(
    "search",
    [
        CallFilter(account_code="0042"),
        CallFilter(text="0042"),
        CallFilter(number="12 34"),
        CallFilter(other_parties=frozenset({"0042"})),
        CallFilter(code_called="0042"),
        CallFilter(user_called="0042"),
    ],
)
def test_what_may_be_a_code_is_not_kept(firm: LawFirm, search: CallFilter) -> None:
    with pytest.raises(Refused):
        ask_for_calls(firm.account, search, "csv", actor=firm.olivia)
    assert not every(Run).exists()


def test_files_are_kept_for_a_week_and_not_without_end(firm: LawFirm) -> None:
    for _ in range(MOST_WAITING):
        run = ask_for_report(firm.account, {}, "csv", actor=firm.olivia)
    with pytest.raises(Refused):
        ask_for_report(firm.account, {}, "csv", actor=firm.olivia)
    made(run)
    assert count_old_files() == 0
    every(Run).update(due_at=datetime.now(UTC) - KEPT_FOR - timedelta(minutes=1))
    assert count_old_files() == MOST_WAITING
    forget_files()
    assert not every(RunPart).exists()
    assert not every(Run).exists()


@pytest.mark.django_db
@given(
    st.builds(
        CallFilter,
        since=st.none() | st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC)),
        billing_month=st.none() | st.dates(),
        code_ids=st.frozensets(st.uuids(), max_size=2),
        user_id=st.none() | st.uuids(),
        other_parties=st.frozensets(st.just("+442079460000")),
        to_assign=st.none() | st.booleans(),
        at_least_seconds=st.none() | st.integers(0, 9999),
        text=st.sampled_from(["", "harper"]),
        user_called=st.none() | st.just("Ben"),
        learned=st.none()
        | st.builds(
            LearnedLater,
            account_id=st.uuids(),
            month=st.dates(),
            state=st.sampled_from(["", "to_assign"]),
            user_id=st.none() | st.uuids(),
            code_ids=st.frozensets(st.uuids(), max_size=2),
            other_than_code_ids=st.frozensets(st.uuids(), max_size=2),
        ),
    )
)
def test_what_is_kept_asks_for_the_same_calls(search: CallFilter) -> None:
    assert filter_of(json.loads(json.dumps(kept(search, Account())))) == search


def test_a_program_asks_watches_and_gets_its_file(firm: LawFirm) -> None:
    olivia = program_of(firm.olivia)
    at = f"/accounts/{firm.account.pk}/exports"
    asked = olivia.post(at, {"about": "calls", "format": "csv", "calls": {"direction": "outbound"}})
    assert asked.status_code == 202
    one = f"{at}/{json.loads(asked.content)['id']}"
    assert olivia.get(f"{one}/file").status_code == 404
    while work_some():
        pass
    told = json.loads(olivia.get(one).content)
    assert (told["state"], told["lines_done"], told["lines_total"]) == ("done", HOW_MANY, HOW_MANY)
    content = olivia.get(f"{one}/file").content
    # For programs: no mark, commas, and numbers as they are.
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    assert {row["number"] for row in rows} == {"+442079460000"}
    assert [each["id"] for each in json.loads(olivia.get(at).content)["items"]] == [told["id"]]
    assert olivia.delete(one).status_code == 204
