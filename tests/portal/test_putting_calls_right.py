"""A code for one call or many, undone again; the inbox of calls to assign; find-and-replace."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from callmark.accounts.services import change_account
from callmark.audit.models import AuditEntry
from callmark.calls import corrections, jobs
from callmark.calls.models import Call, Correction, CorrectionBatch
from callmark.calls.months import close_month
from callmark.codes.known_numbers import add_known_number
from callmark.codes.models import AccountCode, AccountCodeSettings
from tests.cast import LawFirm, code, first_time
from tests.leaks import shows
from tests.portal.pages import url
from tests.portal.test_call_history import place
from tests.portal.test_calls_page import has, this_month
from tests.rows import every

HARPER, NORDBY = "Harper v. Castellan", "Nordby Shipping"


@pytest.fixture
def harper(cast: LawFirm) -> AccountCode:
    first_time(cast)
    code(cast, "5521", NORDBY)
    return code(cast, "0417", HARPER)


def unassigned(cast: LawFirm, dialed: str = "011442079460138", **more: object) -> Call:
    """A call that needs a code and has none."""
    at, outcome = this_month(cast), "let_through_unasked"
    return place(cast, cast.uma, dialed, "", outcome=outcome, started_at=at, **more)


def name_on(call: Call) -> str:
    """The name of the code on the call now."""
    return every(Call).get(pk=call.pk).account_code_name


def correct(
    client: Client, cast: LawFirm, *calls: Call, what: str = "assign", code: str = ""
) -> str:
    """Choose calls, say what to do, and read the page that comes."""
    sent = {"call": [str(one.pk) for one in calls], "what": what, "code": code}
    sent["back"] = url(cast, "calls/to-assign/")
    answer = client.post(url(cast, "calls/correct/"), sent, follow=True)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("said", [HARPER, "harper v. castellan", "0417"])
def test_many_calls_get_a_code_by_its_name_or_its_digits(
    olivia: Client, cast: LawFirm, harper: AccountCode, said: str
) -> None:
    calls = [unassigned(cast), unassigned(cast)]
    page = correct(olivia, cast, *calls, code=said)
    assert f"Assigned “<bdi>{HARPER}</bdi>” to 2 calls." in page
    assert [name_on(one) for one in calls] == [HARPER, HARPER]
    assert {one.entered_by for one in every(Call)} == {"corrected"}
    entry = every(AuditEntry).get(action="calls.corrected")
    assert entry.actor_name == "Olivia"
    assert not shows("0417", entry.after)


def test_undo_is_offered_for_half_a_minute_and_brings_back_what_was(
    olivia: Client, cast: LawFirm, harper: AccountCode
) -> None:
    call = place(cast, cast.uma, "011442079460138", "1234", account_code_name="Old")
    correct(olivia, cast, call, code=NORDBY)
    assert name_on(call) == NORDBY
    page = olivia.get(url(cast, "calls/")).text
    (batch,) = re.findall(r'name="batch" value="([^"]+)"', page)
    answer = olivia.post(url(cast, "calls/corrections/undo/"), {"batch": batch}, follow=True)
    assert "Undone: 1 call as before." in answer.text
    restored = every(Call).get(pk=call.pk)
    assert (restored.account_code, restored.account_code_name) == ("1234", "Old")
    assert restored.entered_by == ""


def test_later_it_is_undone_from_the_calls_own_story(
    olivia: Client, cast: LawFirm, harper: AccountCode
) -> None:
    call = unassigned(cast)
    correct(olivia, cast, call, code=NORDBY)
    with time_machine.travel(timezone.now() + timedelta(seconds=31), tick=False):
        assert "data-undo" not in olivia.get(url(cast, "calls/")).text
        page = olivia.get(url(cast, f"calls/{call.pk}/")).text
        assert "no code" in page
        assert NORDBY in page
        (batch,) = re.findall(r'name="batch" value="([^"]+)"', page)
        olivia.post(url(cast, "calls/corrections/undo/"), {"batch": batch})
    assert name_on(call) == ""
    story = olivia.get(url(cast, f"calls/{call.pk}/")).text
    assert "Undone by" in story
    assert 'name="batch"' not in story, "an undo is not undone from here"


@pytest.mark.parametrize(
    ("what", "code", "said"),
    [
        ("assign", "", "Say which code"),
        ("assign", "9999", "No active code has this name or these digits"),
        ("suggested", "", "Nothing was assigned"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    olivia: Client, cast: LawFirm, harper: AccountCode, what: str, code: str, said: str
) -> None:
    call = unassigned(cast)
    every(AccountCodeSettings).update(validate=True)
    assert said in correct(olivia, cast, call, what=what, code=code)
    assert "Choose at least one call." in correct(olivia, cast, code=HARPER)
    assert name_on(call) == ""


def test_any_digits_of_the_right_length_where_none_are_validated(
    olivia: Client, cast: LawFirm, harper: AccountCode
) -> None:
    call = unassigned(cast)
    assert "4 digits" in correct(olivia, cast, call, code="98765")
    assert "Assigned the code to 1 call." in correct(olivia, cast, call, code="9876")
    assert every(Call).get(pk=call.pk).account_code == "9876"
    every(AccountCodeSettings).update(validate=True)
    assert "No active code has this name" in correct(olivia, cast, call, code="9875")
    assert every(Call).get(pk=call.pk).account_code == "9876"


def test_not_billable_and_back(olivia: Client, cast: LawFirm, harper: AccountCode) -> None:
    call = unassigned(cast)
    assert "Marked 1 call as not billable." in correct(olivia, cast, call, what="not_billable")
    assert not every(Call).get().needs_code
    assert "as billable again" in correct(olivia, cast, call, what="billable")
    assert every(Call).get().needs_code
    correct(olivia, cast, call, code=HARPER)
    assert "Took the code away from 1 call." in correct(olivia, cast, call, what="clear")
    assert name_on(call) == ""


def test_users_correct_their_own_calls_only_where_the_account_lets_them(
    client: Client, cast: LawFirm, harper: AccountCode
) -> None:
    mine = unassigned(cast)
    other = place(cast, cast.ben, "2125550142", outcome="let_through_unasked")
    client.force_login(cast.uma)
    sent = {"call": str(mine.pk), "code": HARPER}
    client.post(url(cast, "calls/correct/"), sent)
    assert name_on(mine) == ""
    assert "calls/to-assign/" not in client.get(url(cast, "calls/")).text
    change_account(cast.account, {"users_may_correct": True}, actor=cast.olivia)
    page = client.get(url(cast, "calls/")).text
    assert "calls/to-assign/" in page
    assert "badge bg-yellow-lt" not in page.partition("</h1>")[2].partition("calls-page")[0]
    client.post(url(cast, "calls/correct/"), sent)
    assert name_on(mine) == HARPER
    client.post(url(cast, "calls/correct/"), {"call": str(other.pk), "code": HARPER})
    assert name_on(other) == ""
    assert client.get(url(cast, "calls/to-assign/")).status_code == 200
    client.force_login(cast.rick)
    client.post(url(cast, "calls/correct/"), {"call": str(other.pk), "code": HARPER})
    assert name_on(other) == "", "a reporter only reads"
    inbox = client.get(url(cast, "calls/to-assign/")).text
    assert has(inbox, other)
    assert 'name="what"' not in inbox


def test_somebody_elses_correction_is_not_there_to_undo(
    client: Client, cast: LawFirm, harper: AccountCode
) -> None:
    client.force_login(cast.olivia)
    correct(client, cast, unassigned(cast), code=HARPER)
    batch = every(CorrectionBatch).get()
    client.force_login(cast.uma)
    answer = client.post(url(cast, "calls/corrections/undo/"), {"batch": str(batch.pk)})
    assert answer.status_code == 404
    assert every(Correction).count() == 1


def test_the_inbox_suggests_the_likely_code_and_takes_it_with_a_click(
    olivia: Client, cast: LawFirm, harper: AccountCode
) -> None:
    place(
        cast, cast.uma, "011442079460138", "0417", code=harper, account_code_name=HARPER,
        e164="+442079460138", started_at=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    calls = [unassigned(cast, e164="+442079460138") for _ in range(3)]
    page = olivia.get(url(cast, "calls/to-assign/")).text
    assert f'value="suggested:{calls[0].pk}"' in page
    assert HARPER in page
    correct(olivia, cast, what=f"suggested:{calls[0].pk}")
    assert [name_on(one) for one in calls] == [HARPER, "", ""]
    page = correct(olivia, cast, *calls[1:], what="suggested")
    assert [name_on(one) for one in calls] == [HARPER, HARPER, HARPER]
    assert "All done" in page


def test_three_kinds_of_empty(olivia: Client, cast: LawFirm, harper: AccountCode) -> None:
    inbox = url(cast, "calls/to-assign/")
    assert "Nothing to assign yet" in olivia.get(inbox).text
    call = unassigned(cast)
    assert has(olivia.get(inbox).text, call)
    nothing = olivia.get(inbox, {"user": str(cast.ben.pk)}).text
    assert "none that match these filters" in nothing
    assert "Clear filters" in nothing
    correct(olivia, cast, call, code=HARPER)
    assert "All done" in olivia.get(inbox).text


def test_the_navigation_counts_what_is_to_assign(
    olivia: Client, cast: LawFirm, harper: AccountCode
) -> None:
    unassigned(cast)
    unassigned(cast)
    page = olivia.get(url(cast, "users/")).text
    assert re.search(r'nav-count">2<span class="visually-hidden"> to assign', page)


def test_a_wrong_code_is_found_and_replaced_in_many_calls(
    olivia: Client, cast: LawFirm, harper: AccountCode
) -> None:
    wrong = [
        place(
            cast, cast.uma, "2125550142", "0417", code=harper, account_code_name=HARPER,
            started_at=this_month(cast), seconds=60,
        )
        for _ in range(2)
    ]  # fmt: skip
    right = place(cast, cast.uma, "2125550143", "5521", started_at=this_month(cast))
    page, sent = url(cast, "calls/replace/"), {"wrong": "0417", "right": NORDBY}
    found = olivia.post(page, {**sent, "period": "this_month"}).text
    assert "<strong>2 calls</strong>" in found
    assert "Replace in 2 calls" in found
    assert name_on(wrong[0]) == HARPER, "nothing is changed yet"
    last = olivia.post(page, {**sent, "period": "last_month"}).text
    assert "No call with" in last
    done = olivia.post(page, {**sent, "period": "this_month", "apply": "yes"}, follow=True).text
    assert [name_on(one) for one in wrong] == [NORDBY, NORDBY]
    assert re.search(r'<form class="undo"[^>]*data-undo', done), "it is offered to be taken back"
    assert every(Call).get(pk=right.pk).entered_by == ""
    for bad, said in (
        ({"wrong": "0417", "right": "0417"}, "Choose two different codes."),
        ({"wrong": "nothing", "right": NORDBY}, "No code has this name"),
    ):
        assert said in olivia.post(page, {**bad, "period": ""}).text


def ask(client: Client, cast: LawFirm, question: str, **more: str) -> str:
    """Say what to do to all calls that match, and read the page that comes."""
    sent = {"every": "on", "question": question, "what": "assign", "code": HARPER, **more}
    return client.post(url(cast, "calls/correct/"), sent, follow=True).text


def confirm(client: Client, cast: LawFirm, page: str) -> str:
    """Press the button of the page that asks."""
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    sent = {name: unescape(value) for name, value in fields.items()} | {"confirmed": "yes"}
    return client.post(url(cast, "calls/correct/"), sent, follow=True).text


@pytest.fixture
def sixty(cast: LawFirm, harper: AccountCode) -> list[Call]:
    """More calls than a page shows."""
    return [unassigned(cast) for _ in range(60)]


def test_all_calls_that_match_get_a_code_after_a_question_that_says_how_many(
    olivia: Client, cast: LawFirm, sixty: list[Call]
) -> None:
    other = place(cast, cast.ben, "2125550142", outcome="let_through_unasked")
    question = f"user={cast.uma.pk}"
    assert "All 60 that match" in olivia.get(url(cast, f"calls/?{question}")).text
    every(Call).filter(pk__in=[one.pk for one in sixty[:55]]).update(e164="+442079460138")
    assert "All 55 that match" in olivia.get(url(cast, "calls/to-assign/?number=%2B4420")).text
    page = ask(olivia, cast, question)
    assert "60 calls will get <bdi>Harper v. Castellan</bdi>" in page
    assert "User: <bdi>Uma</bdi>" in page
    assert name_on(sixty[0]) == "", "nothing is done before it is confirmed"
    later = unassigned(cast)
    every(Call).filter(pk=later.pk).update(started_at=timezone.now() + timedelta(seconds=1))
    page = confirm(olivia, cast, page)
    assert "to 60 calls." in page
    assert {name_on(one) for one in sixty} == {HARPER}
    assert name_on(other) == name_on(later) == ""
    (batch,) = re.findall(r'name="batch" value="([^"]+)"', page)
    undone = olivia.post(url(cast, "calls/corrections/undo/"), {"batch": batch}, follow=True)
    assert "60 calls as before" in undone.text
    assert {name_on(one) for one in sixty} == {""}


def test_many_are_corrected_in_parts_and_the_page_says_how_far(
    olivia: Client, cast: LawFirm, sixty: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corrections, "AT_ONCE", 50)
    monkeypatch.setattr(jobs, "AT_ONCE", 50)
    page = confirm(olivia, cast, ask(olivia, cast, "", code="0417"))
    assert not shows("0417", re.sub(r"<td.*?</td>", "", page))
    progress = url(cast, "calls/corrections/progress/")
    for done in (0, 50):
        told = olivia.get(progress).text
        assert f"{done} of 60 calls so far" in told
        assert 'hx-trigger="every 2s"' in told
        assert jobs.work_some()
    told = olivia.get(progress).text
    assert "to 60 calls." in told
    assert "Undo" in told
    assert "hx-trigger" not in told


def test_what_is_suggested_is_assigned_to_all_that_match_in_parts_and_undone(
    olivia: Client,
    cast: LawFirm,
    harper: AccountCode,
    sixty: list[Call],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(corrections, "AT_ONCE", 50)
    monkeypatch.setattr(jobs, "AT_ONCE", 50)
    nordby = every(AccountCode).get(name=NORDBY)
    add_known_number(nordby, "+46846500417", actor=cast.olivia)
    add_known_number(harper, "+442079460138", actor=cast.olivia)
    for number, calls in (("+46846500417", sixty[:20]), ("+442079460138", sixty[20:58])):
        every(Call).filter(pk__in=[one.pk for one in calls]).update(e164=number)
    nobodys = {"dialed": "01149309018200", "e164": "+49309018200"}
    every(Call).filter(pk__in=[one.pk for one in sixty[58:]]).update(**nobodys)
    tagged = place(cast, cast.uma, "011442079460138", "5521", e164="+442079460138")
    page = ask(olivia, cast, "", what="suggested", code="")
    assert "Each of these 60 calls will get the code that is suggested" in page
    confirm(olivia, cast, page)
    progress = url(cast, "calls/corrections/progress/")
    assert "Assigning what is suggested" in olivia.get(progress).text
    jobs.work_all()
    told = olivia.get(progress).text
    assert "Assigned what was suggested to 58 calls. 2 without a suggestion stay" in told
    assert {name_on(one) for one in sixty[:20]} == {NORDBY}
    assert {name_on(one) for one in sixty[20:58]} == {HARPER}
    assert {name_on(one) for one in sixty[58:]} == {""}, "what was just assigned suggests nothing"
    assert name_on(tagged) == "", "it has digits of its own"
    (batch,) = re.findall(r'name="batch" value="([^"]+)"', told)
    olivia.post(url(cast, "calls/corrections/undo/"), {"batch": batch})
    jobs.work_all()
    assert {name_on(one) for one in sixty} == {""}
    assert {one.code_id for one in every(Call).filter(pk__in=[one.pk for one in sixty])} == {None}


def test_calls_of_closed_months_stay_and_the_inbox_means_its_own(
    olivia: Client, cast: LawFirm, sixty: list[Call]
) -> None:
    last = this_month(cast) - timedelta(days=1)
    before = place(cast, cast.uma, "2125550142", outcome="let_through_unasked", started_at=last)
    tagged = place(cast, cast.uma, "2125550142", "5521", started_at=this_month(cast))
    month = every(Call).get(pk=before.pk).billing_month
    assert month is not None
    close_month(cast.account, month, actor=cast.olivia)
    page = olivia.get(url(cast, "calls/to-assign/")).text
    assert "All 60 that match" in page
    (question,) = re.findall(r'name="question" value="([^"]*)"', page)
    page = ask(olivia, cast, unescape(question), what="not_billable")
    assert "60 calls will be marked as not billable" in " ".join(page.split())
    assert "1 more is in closed months and stays as it is" in page
    confirm(olivia, cast, page)
    marked = every(Call).filter(not_billable=True)
    assert marked.count() == 60
    assert not marked.filter(pk__in=[before.pk, tagged.pk]).exists()


@pytest.mark.parametrize(
    ("question", "more", "said"),
    [
        ("since=2026-13-45", {}, "Write the day as 2026-11-23."),
        ("", {"what": "nonsense"}, "nothing of this kind"),
        ("", {"code": ""}, "Say which code"),
        ("direction=inbound", {}, "No call is to be corrected."),
        ("", {"sealed": "nonsense", "code": ""}, "begin again"),
    ],
)
def test_a_question_about_all_that_cannot_be_is_refused(
    olivia: Client, cast: LawFirm, sixty: list[Call], question: str, more: dict[str, str], said: str
) -> None:
    assert said in ask(olivia, cast, question, **more)
    assert not every(CorrectionBatch).exists()


def test_a_user_corrects_all_of_their_own_calls_and_a_reporter_none(
    client: Client, cast: LawFirm, sixty: list[Call]
) -> None:
    other = place(cast, cast.ben, "2125550142", outcome="let_through_unasked")
    for person in (cast.rick, cast.uma):
        client.force_login(person)
        assert "Only administrators correct calls" in ask(client, cast, "")
        assert "data-bulk-bar" not in client.get(url(cast, "calls/")).text
    change_account(cast.account, {"users_may_correct": True}, actor=cast.olivia)
    confirm(client, cast, ask(client, cast, ""))
    assert {name_on(one) for one in sixty} == {HARPER}
    assert name_on(other) == ""
