"""Whatever happened to calls: every report has the same total, which is that of a recount.

And each figure leads to the calls that it is made of.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.http import QueryDict
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callmark.accounts.deletion import delete_person
from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.calls.corrections import assign_code, set_not_billable
from callmark.calls.counting import counting
from callmark.calls.filters import CallFilter
from callmark.calls.models import Adjustment, Call
from callmark.calls.months import close_month, figures
from callmark.calls.overview import users_of_month
from callmark.calls.periods import Month
from callmark.calls.records import LegEnded
from callmark.calls.reratings import set_currency
from callmark.calls.store import store
from callmark.calls.sums import found_by, sum_of
from callmark.codes.services import add_code, rename_code
from callmark.policy.rating import Rate
from callmark.portal.forms.calls import CallFilterForm
from callmark.portal.pages import Here
from callmark.portal.reports.links import (
    calls_of_code,
    calls_of_line,
    calls_of_report,
    calls_of_user,
)
from callmark.reports import selection
from callmark.reports.definitions import Definition, Figures, Part, Report, What
from callmark.reports.making import make_report
from callmark.tariffs.services import NewVersion, make_version
from callmark.web.access import Caller
from tests.cast import LawFirm, make_law_firm
from tests.examples import STORIES, examples
from tests.factories import decided_call, tag_of
from tests.rows import every

pytestmark = pytest.mark.django_db

MONTH, LAST = date(2026, 3, 1), date(2026, 3, 31)
FIRST = datetime(2026, 2, 27, 12, tzinfo=UTC)
NOW = datetime(2026, 5, 20, tzinfo=UTC)
OUTCOMES = ("not_gated", "connected", "let_through_unasked")
NUMBERS = ("+442079460000", "+12125550143", "")
RATES = NewVersion(
    "Carrier", "USD", (Rate("Britain", prefix="+44", price=Decimal("0.039"), block_seconds=6),)
)


@dataclass(frozen=True, slots=True)
class Told:
    """A call as it happens, and what is done with it later."""

    day: int
    outcome: str
    who: int
    number: str
    seconds: int
    direction: str
    then: str


calls = st.builds(
    Told,
    day=st.integers(0, 40),
    outcome=st.sampled_from(OUTCOMES),
    who=st.integers(0, 2),
    number=st.sampled_from(NUMBERS),
    seconds=st.integers(0, 5000),
    direction=st.sampled_from(["outbound", "outbound", "inbound"]),
    then=st.sampled_from(["", "", "assign", "not billable"]),
)
asked = st.builds(
    Definition,
    since=st.sampled_from(["2026-03-01", "2026-03-05"]),
    until=st.just("2026-03-31"),
    preset=st.just(""),
    number=st.sampled_from(["", "", "+44"]),
    at_least=st.sampled_from([None, None, 600]),
    call_type=st.sampled_from(["", "", "international"]),
    direction=st.sampled_from(["", "", "inbound"]),
    sort=st.sampled_from(["", "label", "-label", "calls", "-calls", "change", "-change"]),
)

QUICK = settings(STORIES, max_examples=examples(5))


@contextmanager
def a_story(told: list[Told], *, closed_after: int, rated: bool = False) -> Iterator[LawFirm]:
    """A firm in which this happened; the month is closed after some of it. Nothing is left."""
    with transaction.atomic():
        firm = make_law_firm()
        if rated:
            set_currency(firm.account, "USD", actor=firm.olivia)
            make_version(firm.account, RATES, actor=firm.olivia)
        other = add_code(firm.account, name="Estate of Whitlock", code="2086", actor=None)
        for number, one in enumerate(told):
            if number == closed_after:
                close_month(firm.account, MONTH, actor=firm.olivia)
            _happens(firm, one, other)
        for call in every(Call):
            # Some are longer than was known when the month was closed.
            if call.seconds and call.seconds % 3 == 0:
                _ends(call.pk, call.started_at, call.seconds + 100, "outside")
        rename_code(firm.code, name="Harper & Sons", actor=None)
        delete_person(every(User).get(pk=firm.carla.pk), actor=None)
        yield firm
        transaction.set_rollback(True)


def _happens(firm: LawFirm, one: Told, other: Any) -> None:  # noqa: ANN401
    at = FIRST + timedelta(days=one.day)
    tag = tag_of(firm) if one.outcome == "connected" else None
    who = [str(firm.ben.pk), str(firm.carla.pk), None][one.who]
    record = decided_call(firm, one.outcome, at=at, tag=tag)
    is_inbound = one.direction == "inbound"
    changes: dict[str, Any] = {
        "user_id": who,
        "e164": "" if is_inbound else one.number,
        "direction": one.direction,
        "call_type": "" if is_inbound else record.call_type,
        "caller": one.number if is_inbound else record.caller,
    }
    store([replace(record, **changes)])
    ids, olivia = [UUID(record.id)], firm.olivia
    closed = every(Call).get(pk=record.id).billing_month != date(at.year, at.month, 1)
    if one.then == "assign" and not closed:
        _allowed(lambda: assign_code(firm.account, ids, code=other, actor=olivia))
    elif one.then == "not billable":
        _allowed(lambda: set_not_billable(firm.account, ids, not_billable=True, actor=olivia))
    _ends(record.id, at, one.seconds, "caller")


def _ends(pk: Any, at: datetime, seconds: int, by: Any) -> None:  # noqa: ANN401
    end = LegEnded(
        id=str(pk),
        ended_at=at + timedelta(seconds=seconds),
        answered_at=at,
        seconds=seconds,
        disposition="ANSWERED",
        by=by,
    )
    store([end])


def _allowed(does: Any) -> None:  # noqa: ANN401
    # Of a closed month nothing can be corrected: then it is not.
    with suppress(Refused), transaction.atomic():
        does()


def recount(firm: LawFirm, definition: Definition) -> Figures:
    """By a plain loop."""
    found = Figures()
    whole_month = definition.since == "2026-03-01"
    for call in every(Call).filter(simulated=False):
        if whole_month and call.billing_month != MONTH:
            continue
        if not whole_month and not (call.day and date(2026, 3, 5) <= call.day <= LAST):
            continue
        if matches(call, definition):
            found += Figures(1, call.seconds or 0)
    if whole_month:
        for one in every(Adjustment).select_related("call"):
            if one.call and matches(one.call, definition):
                sign = (one.month == MONTH) - (one.of_month == MONTH)
                found += Figures(sign * one.calls, sign * one.seconds)
    return found


def matches(call: Call, definition: Definition) -> bool:
    """Whether the call is one of those that are asked for."""
    numbers = [call.dialed, call.number, call.e164]
    numbers += [call.caller] if call.direction == "inbound" else []
    return (
        (not definition.number or any(definition.number in one for one in numbers))
        and (definition.at_least is None or (call.seconds or 0) >= definition.at_least)
        and (not definition.call_type or call.call_type == definition.call_type)
        and (not definition.direction or call.direction == definition.direction)
    )


@settings(QUICK)
@given(told=st.lists(calls, max_size=8), closed_after=st.integers(0, 9), definition=asked)
def test_every_report_has_the_total_of_a_recount_and_its_lines_add_up_to_it(
    told: list[Told], closed_after: int, definition: Definition
) -> None:
    with a_story(told, closed_after=closed_after) as firm:
        expected = recount(firm, definition)
        for what in What:
            if what is What.UNTAGGED:
                continue
            report = make_report(firm.account, replace(definition, what=what), person=None, now=NOW)
            lines = [*report.lines, *report.rest]
            assert report.total == expected, what
            assert sum((line.figures for line in lines), Figures()) == expected, what
            assert len({line.key for line in lines}) == len(lines)


@settings(QUICK)
@given(
    told=st.lists(calls, max_size=8),
    definition=asked,
    of=st.sampled_from(["user", "codes", ""]),
    # Of all calls in what was dialed alone; with a zero before what is written in full.
    number=st.sampled_from(["", "+44", "+1212", "011442079460000", "02079460000"]),
    few=st.sampled_from([0, 100]),
)
def test_calls_and_what_they_are_counted_as_tell_the_same(
    told: list[Told], definition: Definition, of: str, number: str, few: int
) -> None:
    with a_story(told, closed_after=99) as firm:
        these: dict[str, Any] = {"user": {"user": firm.ben.pk}, "codes": {"codes": (firm.code.pk,)}}
        others = {"other_than_codes": (firm.code.pk,)}
        narrow = replace(definition, number=number, **these.get(of, others))
        for what in What:
            asks = replace(narrow, what=what)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(selection, "_FEW", few)
                patch.setattr(selection.Selection, "_are_few", False)
                counted = make_report(firm.account, asks, person=None, now=NOW)
                patch.setattr(selection.Selection, "counted", lambda _: None)
                calls = make_report(firm.account, asks, person=None, now=NOW)
            assert _told(counted) == _told(calls), what
            assert (counted.rest, counted.total) == (calls.rest, calls.total), what


@settings(QUICK)
@given(
    told=st.lists(calls, min_size=2, max_size=8),
    closed_after=st.integers(1, 9),
    definition=asked,
    others=st.booleans(),
    order=st.sampled_from(["-seconds", "calls", "-cost", "label"]),
    gone=st.booleans(),
    rated=st.booleans(),
)
def test_what_is_left_of_a_month_is_told_as_when_all_its_calls_are_gone_through(
    told: list[Told],
    closed_after: int,
    definition: Definition,
    others: bool,
    order: str,
    gone: bool,
    rated: bool,
) -> None:
    with a_story(told, closed_after=closed_after, rated=rated) as firm:
        if gone and (call := every(Call).exclude(billing_month=None).first()):
            with counting() as ledger:
                closed = [month for month, _ in ledger.calendar(firm.account.pk).closed]
                mine = every(Call).filter(pk=call.pk)
                ledger.seen(mine.exclude(billing_month__in=closed), to_delete=True)
                mine.delete()
        narrow = replace(
            definition,
            since="2026-03-01",
            sort=order,
            other_than_codes=(firm.code.pk,) if others else (),
        )
        for what, month in product((What.CODE, What.USER), ("2026-03", "2026-04")):
            last = {"2026-03": "2026-03-31", "2026-04": "2026-04-30"}[month]
            asks = replace(narrow, what=what, since=f"{month}-01", until=last)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(selection, "_LOOKED_AT", 0)
                patch.setattr(selection, "_MOST", 0)
                left = make_report(firm.account, asks, person=None, now=NOW)
                patch.setattr(selection.Selection, "left_out", None)
                calls = make_report(firm.account, asks, person=None, now=NOW)
            assert _told(left) == _told(calls), (what, month)
            assert (left.rest, left.total) == (calls.rest, calls.total), (what, month)
            assert (left.count, left.total_before) == (calls.count, calls.total_before)


def _told(report: Report) -> list[object]:
    """The lines; digits are encrypted anew wherever they are stored."""
    return [replace(line, code_encrypted="") for line in report.lines]


@settings(QUICK)
@given(
    told=st.lists(calls, max_size=6),
    definition=asked,
    # The last one is a whole number, which calls with another one were dialed by, too.
    number=st.sampled_from(["", "+44", "011442079460000"]),
)
def test_every_figure_leads_to_its_calls(
    told: list[Told], definition: Definition, number: str
) -> None:
    with a_story(told, closed_after=99) as firm:
        here = Here(firm.account, Caller(firm.olivia))
        for what in What:
            asks = replace(definition, what=what, number=number)
            report = make_report(firm.account, asks, person=firm.olivia, now=NOW)
            assert found(here, calls_of_report(report)) == report.total, what
            for line in (*report.lines, *report.rest):
                query = calls_of_line(report, line)
                assert found(here, query) == line.figures, (what, line, query)
        # The lines of the month's own page.
        month, of_codes = Month(MONTH), figures(firm.account, MONTH).by_code
        for code in of_codes:
            assert found(here, calls_of_code(month, code)) == Figures(code.calls, code.seconds)
        users, _ = users_of_month(firm.account, MONTH, most=9)
        for user in users:
            assert found(here, calls_of_user(month, user)) == Figures(user.calls, user.seconds)


def test_what_was_learned_later_leads_to_the_calls_it_was_learned_of() -> None:
    learned: list[str] = []
    longer = Told(10, "connected", 0, NUMBERS[0], 600, "outbound", "")
    march = Definition(since="2026-03-01", until="2026-03-31", preset="")

    @settings(QUICK)
    @given(
        told=st.lists(calls, min_size=2, max_size=8),
        closed_after=st.integers(1, 8),
        definition=asked,
        of=st.sampled_from(["user", "codes", "others", ""]),
    )
    # Stories differ with the modules that are loaded: in this one something is learned.
    @example(told=[longer, longer], closed_after=1, definition=march, of="")
    def leads_to_them(told: list[Told], closed_after: int, definition: Definition, of: str) -> None:
        with a_story(told, closed_after=closed_after) as firm:
            here = Here(firm.account, Caller(firm.olivia))
            these: dict[str, Any] = {
                "user": {"user": firm.ben.pk},
                "codes": {"codes": (firm.code.pk,)},
                "others": {"other_than_codes": (firm.code.pk,)},
            }
            whole = replace(definition, since="2026-03-01")
            asks = replace(whole, what=What.DAY, **these.get(of, {}))
            report = make_report(firm.account, asks, person=firm.olivia, now=NOW)
            for line in report.rest:
                if line.key.part is Part.LEARNT_LATER:
                    listed = calls_found(here, calls_of_line(report, line))
                    assert {one.pk for one in listed} == adjusted(firm, asks)
                    learned.append(of)

    leads_to_them()
    assert learned, "nothing was learned in any of the stories"


def adjusted(firm: LawFirm, asks: Definition) -> set[UUID]:
    """The calls of which something was learned that is asked for, by a plain loop."""
    lookup = firm.code.code_lookup
    return {
        one.call.pk
        for one in every(Adjustment).select_related("call")
        if one.call
        and MONTH in {one.month, one.of_month}
        and matches(one.call, asks)
        and (not asks.user or one.who == asks.user)
        and (not asks.codes or one.account_code_lookup == lookup)
        and (not asks.other_than_codes or one.account_code_lookup != lookup)
    }


def asked_by(here: Here, query: str) -> CallFilter:
    """What a link asks of the call history."""
    form = CallFilterForm(here, QueryDict(query))
    assert form.is_valid(), form.problems
    return form.chosen()


def calls_found(here: Here, query: str) -> list[Call]:
    """The calls that the call history finds by a link."""
    return list(found_by(asked_by(here, query), here.account, here.person))


def found(here: Here, query: str) -> Figures:
    """What the call history finds by a link, counted and added up by itself."""
    search = asked_by(here, query)
    told = sum_of(search, here.account, here.person)
    listed = found_by(search, here.account, here.person)
    assert (told.calls, told.seconds) == (
        listed.count(),
        sum(call.seconds or 0 for call in listed),
    )
    return Figures(told.calls, told.seconds)
