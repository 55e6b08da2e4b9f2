"""Filters, the sum of what is shown, pages by where the last one ended, and saved filters."""

from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from callmark.accounts.refused import Refused
from callmark.calls import listing
from callmark.calls.corrections import assign_code, set_not_billable
from callmark.calls.filters import CallFilter
from callmark.calls.inbox import Empty, inbox_state, to_assign
from callmark.calls.listing import CallPage, page_of_calls
from callmark.calls.models import Call, SavedFilter
from callmark.calls.periods import Calendar, period_of
from callmark.calls.queries import calls_of
from callmark.calls.records import LegEnded
from callmark.calls.saved_filters import delete_filter, filters_of, save_filter
from callmark.calls.store import store
from callmark.calls.suggesting import Why, suggestions
from callmark.calls.sums import CallSum, found_by, sum_of
from callmark.codes.known_numbers import add_known_number, remove_known_number
from callmark.codes.services import add_code, set_code_active
from tests.cast import LawFirm, make_law_firm
from tests.examples import examples
from tests.factories import decided_call, tag_of
from tests.rows import every

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 10, 16, tzinfo=UTC)


def call_of(firm: LawFirm, number: int = 0, seconds: int | None = 60, **more: Any) -> Call:  # noqa: ANN401
    at = START + timedelta(hours=number)
    outcome = more.pop("outcome", "connected")
    record = replace(
        decided_call(firm, outcome, at=at, tag=tag_of(firm) if outcome == "connected" else None),
        **more,
    )
    records: list[Any] = [record]
    if seconds is not None:
        records.append(
            LegEnded(
                id=record.id,
                ended_at=at + timedelta(seconds=seconds),
                answered_at=at,
                seconds=seconds,
                disposition="ANSWERED",
            )
        )
    store(records)
    return every(Call).get(pk=record.id)


def test_each_filter_finds_its_calls(firm: LawFirm) -> None:
    other = add_code(firm.account, name="Estate of Whitlock", code="2086", actor=None)
    harper = call_of(firm, 0, seconds=600)
    open_one = call_of(firm, 1, seconds=30, outcome="let_through_unasked")
    free = call_of(firm, 2, None, outcome="not_gated", user_id=str(firm.carla.pk))
    set_not_billable(firm.account, [free.pk], not_billable=True, actor=firm.olivia)
    expected: list[tuple[CallFilter, set[Call]]] = [
        (CallFilter(code_ids=frozenset([firm.code.pk, other.pk])), {harper}),
        (CallFilter(other_than_code_ids=frozenset([firm.code.pk])), {open_one, free}),
        (CallFilter(user_ids=frozenset([firm.carla.pk])), {free}),
        (CallFilter(to_assign=True), {open_one}),
        (CallFilter(untagged=True), {open_one, free}),
        (CallFilter(not_billable=True), {free}),
        (CallFilter(at_least_seconds=60), {harper}),
        (CallFilter(at_most_seconds=60), {open_one}),
        (CallFilter(account_code="1234"), {harper}),
        (CallFilter(billing_month=START.date().replace(day=1)), {harper, open_one, free}),
    ]
    for search, calls in expected:
        assert set(found_by(search, firm.account, firm.olivia)) == calls, search


def test_a_whole_number_is_found_by_its_index(firm: LawFirm) -> None:
    one = call_of(firm)
    others = [copy(one) for _ in range(500)]
    for number, other in enumerate(others):
        other.pk, other.e164 = uuid4(), f"+44207947{number:04}"
    Call.objects.bulk_create(others)
    search = CallFilter(other_parties=frozenset(["+442079460138"]))
    found = search.narrow(Call.objects.of(firm.account)).order_by(*listing.ORDER)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Of few rows it reads them all, and of what it knows nothing it takes any index.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
            cursor.execute("ANALYZE calls_call")
    assert "calls_with_number_in_order" in found[:50].explain()


def test_digits_find_nothing_for_those_who_may_not_see_codes(firm: LawFirm) -> None:
    call_of(firm)
    assert not found_by(CallFilter(account_code="1234"), firm.account, firm.rick)
    assert sum_of(CallFilter(account_code="1234"), firm.account, firm.rick).calls == 0


def exact(firm: LawFirm, search: CallFilter) -> CallSum:
    calls = list(found_by(search, firm.account, firm.olivia))
    return CallSum(len(calls), sum(one.seconds or 0 for one in calls))


@settings(max_examples=examples(30))
@given(
    search=st.builds(
        CallFilter,
        untagged=st.sampled_from([None, True, False]),
        to_assign=st.sampled_from([None, True, False]),
        not_billable=st.sampled_from([None, True, False]),
        call_type=st.sampled_from([None, "international", "domestic"]),
        direction=st.sampled_from([None, "outbound", "internal"]),
        simulated=st.sampled_from([None, False]),
        at_least_seconds=st.sampled_from([None, 100]),
    ),
    first=st.none() | st.integers(9, 13),
    last=st.none() | st.integers(9, 13),
)
def test_the_sum_is_that_of_the_calls_found(
    many: LawFirm, search: CallFilter, first: int | None, last: int | None
) -> None:
    calendar = Calendar(many.account.zone)
    if first is None or last is None or first <= last:
        period = period_of(
            "",
            calendar,
            START,
            since=f"2026-03-{first:02}" if first else "",
            until=f"2026-03-{last:02}" if last else "",
        )
        values = {name: getattr(search, name) for name in CallFilter.__dataclass_fields__}
        search = CallFilter(**{**values, "since": period.since, "until": period.until})
    assert sum_of(search, many.account, many.olivia) == exact(many, search)


@pytest.fixture
def many(firm: LawFirm) -> LawFirm:
    outcomes = ("connected", "let_through_unasked", "not_gated")
    calls = [
        call_of(
            firm,
            7 * number,
            seconds=40 * number,
            outcome=outcomes[number % 3],
            call_type=("international", "domestic")[number % 2],
            simulated=number % 5 == 4,
        )
        for number in range(14)
    ]
    marked = [calls[3].pk, calls[8].pk, calls[1].pk]
    set_not_billable(firm.account, marked, not_billable=True, actor=firm.olivia)
    return firm


def test_a_sum_of_whole_days_reads_no_call(many: LawFirm) -> None:
    search = CallFilter(simulated=False, call_type="international", not_billable=False)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        sum_of(search, many.account, many.olivia)
    assert not [one for one in asked.captured_queries if '"calls_call"' in one["sql"]]


def test_a_sum_of_too_many_says_that_there_are_more(
    many: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "LOOKED_AT", 5)
    found = sum_of(CallFilter(at_least_seconds=1), many.account, many.olivia)
    assert not found.exact
    assert found.calls <= 5


@settings(max_examples=examples(12))
@given(size=st.integers(1, 8))
def test_pages_show_every_call_once_forward_and_back(firm: LawFirm, size: int) -> None:
    if not every(Call).exists():
        for number in (0, 1, 1, 1, 2, 3, 3, 5, 8):
            call_of(firm, number, None)
    calls = calls_of(firm.account, firm.olivia)
    in_order = list(calls.order_by("-started_at", "-id"))
    pages = [page_of_calls(calls, size=size)]
    while pages[-1].older:
        pages.append(page_of_calls(calls, size=size, older=pages[-1].older))
    assert [call for page in pages for call in page.calls] == in_order
    assert not pages[0].newer
    back = pages[-1]
    for page in reversed(pages[:-1]):
        back = page_of_calls(calls, size=size, newer=back.newer)
        assert list(back.calls) == list(page.calls)
    assert not back.newer


@pytest.mark.parametrize("looked_at", [1, 3, 4, 100])
def test_what_is_looked_for_is_found_once_forward_and_back_however_far_a_page_looks(
    firm: LawFirm, monkeypatch: pytest.MonkeyPatch, looked_at: int
) -> None:
    monkeypatch.setattr(listing, "LOOKED_AT", looked_at)
    for number, seconds in enumerate((60, 1, 1, 60, 1, 1, 1, 1, 60, 60, 1, 1)):
        call_of(firm, number // 2, seconds)
    calls = calls_of(firm.account, firm.olivia)
    search = CallFilter(at_least_seconds=30)
    in_order = list(search.narrow(calls).order_by("-started_at", "-id"))
    assert len(in_order) == 4

    def page(**where: str) -> CallPage:
        return page_of_calls(calls, size=2, looking_for=search.by_looking(), **where)

    pages = [page()]
    while pages[-1].older:
        assert pages[-1].looked_back_to or len(pages[-1].calls) == 2
        pages.append(page(older=pages[-1].older))
    assert [call for one in pages for call in one.calls] == in_order
    back = [pages[-1]]
    while back[-1].newer:
        back.append(page(newer=back[-1].newer))
    found = {call for one in back for call in one.calls}
    assert found == set(in_order)
    assert list(back[-1].calls) == in_order[:2][: len(back[-1].calls)]


@pytest.mark.parametrize("mark", ["x", "1-2", "-" + "0" * 32, "1-" + "g" * 32, "9" * 18 + "-x"])
def test_a_mark_that_no_page_gave_is_refused(firm: LawFirm, mark: str) -> None:
    calls = calls_of(firm.account, firm.olivia)
    asked: tuple[dict[str, Any], ...] = ({"older": mark}, {"newer": mark})
    for where in asked:
        with pytest.raises(Refused, match="no such page"):
            page_of_calls(calls, **where)


def test_a_saved_filter_is_ones_own_until_it_is_shared(firm: LawFirm) -> None:
    query = "?call_type=premium&older=1-2&account_code=1234&q="
    mine = save_filter(firm.account, name=" Premium ", query=query, actor=firm.olivia)
    assert (mine.name, mine.query) == ("Premium", "call_type=premium")
    assert list(filters_of(firm.account, firm.olivia)) == [mine]
    assert not filters_of(firm.account, firm.rick)
    save_filter(firm.account, name="Premium", query="q=Harper", shared=True, actor=firm.olivia)
    assert [one.query for one in filters_of(firm.account, firm.rick)] == ["q=Harper"]
    with pytest.raises(Refused, match="somebody else"):
        delete_filter(mine, actor=firm.rick)
    with pytest.raises(Refused, match="administrator"):
        save_filter(firm.account, name="All", query="", shared=True, actor=firm.rick)
    delete_filter(every(SavedFilter).get(), actor=firm.olivia)
    assert not filters_of(firm.account, firm.olivia)
    assert not filters_of(make_law_firm("other").account, firm.olivia)


@pytest.mark.parametrize(
    "query",
    [
        *("q=1234", "q=+1234+", "q=12+34", "q=1234%23", "q=x&q=1234", "tag=1234", "what=1234"),
        *("q=%D9%A1%D9%A2%D9%A3%D9%A4", "find=sealed"),
    ],
)
def test_what_could_be_a_code_is_not_kept_in_a_filter(firm: LawFirm, query: str) -> None:
    with pytest.raises(Refused, match="could be an account code"):
        save_filter(firm.account, name="x", query=query, actor=firm.olivia)
    for kept in ("q=12345", "q=Room+1234", "at_least=1234", "since=2026-11-23&tag=tagged"):
        assert save_filter(firm.account, name="x", query=kept, actor=firm.olivia).query == kept


def test_a_filter_that_asks_for_too_much_is_not_kept(firm: LawFirm) -> None:
    with pytest.raises(Refused, match="too much"):
        save_filter(firm.account, name="x", query="q=a&" * 100, actor=firm.olivia)


def test_the_likely_code_and_why(firm: LawFirm) -> None:
    recent: dict[str, Any] = {"started_at": datetime.now(UTC) - timedelta(days=2)}
    other = add_code(firm.account, name="Estate of Whitlock", code="2086", actor=None)
    carla: dict[str, Any] = {"user_id": str(firm.carla.pk)}
    call_of(firm, **recent)  # Ben, London, Harper
    same = call_of(firm, outcome="let_through_unasked")
    by_carla = call_of(firm, outcome="let_through_unasked", **carla)
    elsewhere = call_of(firm, outcome="let_through_unasked", e164="+442079460999")
    unknown = call_of(firm, outcome="let_through_unasked", e164="+442079460999", **carla)

    def why() -> dict[object, tuple[str, Why]]:
        found = suggestions(firm.account, [same, by_carla, elsewhere, unknown])
        return {pk: (one.code.name, one.why) for pk, one in found.items()}

    assert why() == {
        same.pk: (firm.code.name, Why.SAME_NUMBER_SAME_USER),
        by_carla.pk: (firm.code.name, Why.SAME_NUMBER),
        elsewhere.pk: (firm.code.name, Why.SAME_USER),
    }
    known = add_known_number(other, "+442079460000", actor=firm.olivia)
    assert why()[same.pk] == (other.name, Why.KNOWN_NUMBER)
    set_code_active(other, active=False, actor=None)
    assert why()[same.pk] == (firm.code.name, Why.SAME_NUMBER_SAME_USER)
    set_code_active(other, active=True, actor=None)
    add_known_number(firm.code, "+442079460000", actor=firm.olivia)
    assert why()[same.pk][1] == Why.SAME_NUMBER_SAME_USER, "known for two, it says nothing"
    remove_known_number(known, actor=firm.olivia)
    assert why()[same.pk] == (firm.code.name, Why.KNOWN_NUMBER)
    with pytest.raises(Refused):
        add_known_number(firm.code, "12", actor=firm.olivia)


@pytest.mark.parametrize("caller", ["+12125550177", "12125550177", "2125550177"])
def test_a_number_suggests_its_code_whichever_way_the_call_went(firm: LawFirm, caller: str) -> None:
    recent = datetime.now(UTC) - timedelta(days=2)
    call_of(firm, user_id=str(firm.carla.pk), started_at=recent)
    came_in = call_of(
        firm, direction="inbound", caller=caller, dialed="2125550100", e164=None, started_at=recent
    )
    elsewhere = call_of(firm, started_at=recent, e164="+13125550177")
    others = add_code(firm.account, name="Estate of Whitlock", code="2086", actor=None)
    called = add_code(firm.account, name="The caller's", code="2087", actor=None)
    assign_code(firm.account, [elsewhere.pk], code=others, actor=firm.olivia)
    assign_code(firm.account, [came_in.pk], code=called, actor=firm.olivia)
    number: dict[str, Any] = {"e164": "+12125550177", "user_id": str(firm.carla.pk)}
    back = call_of(firm, 1, outcome="let_through_unasked", **number)
    again: dict[str, Any] = {"e164": None, "caller": "+12125550177", "user_id": str(firm.carla.pk)}
    inbound = call_of(firm, 2, outcome="not_gated", direction="inbound", **again)
    withheld: dict[str, Any] = {"e164": None, "caller": "anonymous", "user_id": None}
    nobody = call_of(firm, 3, outcome="not_gated", direction="inbound", **withheld)
    found = suggestions(firm.account, [back, inbound, nobody])
    assert {pk: (one.code.name, one.why) for pk, one in found.items()} == {
        back.pk: (called.name, Why.SAME_NUMBER),
        inbound.pk: (called.name, Why.SAME_NUMBER),
    }
    add_known_number(others, "+12125550177", actor=firm.olivia)
    assert suggestions(firm.account, [came_in])[came_in.pk].code == others


def test_suggestions_for_a_page_cost_three_queries_at_most(firm: LawFirm) -> None:
    call_of(firm, started_at=datetime.now(UTC) - timedelta(days=2))
    calls = [call_of(firm, number, outcome="let_through_unasked") for number in range(20)]
    with CaptureQueriesContext(connection) as asked:
        suggestions(firm.account, calls)
    assert len(asked) <= 3


def test_three_kinds_of_an_inbox(firm: LawFirm) -> None:
    assert inbox_state(firm.account, firm.olivia).empty is Empty.NOTHING_YET
    call_of(firm, outcome="let_through_unasked", simulated=True)
    assert inbox_state(firm.account, firm.olivia).empty is Empty.NOTHING_YET
    call = call_of(firm, outcome="let_through_unasked")
    unanswered = call_of(firm, 1, None, outcome="proceeded_after_max_retries")
    state = inbox_state(firm.account, firm.olivia)
    assert (state.count, state.empty) == (2, None)
    end = LegEnded(
        id=str(unanswered.pk),
        ended_at=START,
        answered_at=None,
        seconds=0,
        disposition="NO ANSWER",
    )
    store([end])
    assert list(to_assign(firm.account, firm.olivia)) == [call], "nobody pays for the other"
    set_not_billable(firm.account, [call.pk], not_billable=True, actor=firm.olivia)
    state = inbox_state(firm.account, firm.olivia)
    assert (state.empty, state.count) == (Empty.ALL_DONE, 0)
    assert state.since
