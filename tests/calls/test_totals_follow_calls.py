"""Totals are what a recount finds, whatever becomes of calls and in whatever order."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, Sum
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from callmark.accounts.deletion import delete_person
from callmark.accounts.models import User
from callmark.accounts.refused import Refused
from callmark.accounts.services import change_account
from callmark.calls import jobs
from callmark.calls.calendars import account_calendar
from callmark.calls.corrections import assign_code, set_not_billable, take_code_away, undo
from callmark.calls.models import Call, ClosedMonth, CorrectionBatch, Rerating, UserTotal
from callmark.calls.months import close_month, figures, reopen_month
from callmark.calls.records import LegEnded
from callmark.calls.reratings import rate_again, set_currency
from callmark.calls.store import store
from callmark.calls.totals import count_again
from callmark.codes.services import add_code
from callmark.policy.rating import Rate
from callmark.tariffs.services import NewVersion, make_version
from tests.calls.totals import expected, expected_one_by_one, stored, stored_one_by_one
from tests.cast import make_law_firm, make_user
from tests.examples import STORIES, examples
from tests.factories import decided_call, tag_of
from tests.rows import every

FIRST = datetime(2025, 9, 1, tzinfo=UTC)
OUTCOMES = ("not_gated", "connected", "let_through_unasked", "proceeded_after_max_retries")
ZONES = ("America/New_York", "Europe/London", "Pacific/Auckland", "America/Havana", "")


@contextmanager
def allowed(*codes: str) -> Iterator[None]:
    """What may be refused, for one of these reasons; and then it changes nothing."""
    try:
        with transaction.atomic():
            yield
    except Refused as refused:
        if refused.code not in codes:
            raise


class Office(RuleBasedStateMachine):
    """A year of calls, corrections, closings and late records of one firm."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.firm = make_law_firm()
        self.account = self.firm.account
        self.codes = [
            self.firm.code,
            add_code(self.account, name="Estate of Whitlock", code="2086", actor=None),
        ]
        self.people = [self.firm.ben, self.firm.carla]
        self.kept: dict[date, Any] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def calls(self) -> list[Call]:
        return list(every(Call).order_by("pk"))

    def month(self, data: st.DataObject) -> date:
        day = (FIRST + timedelta(days=data.draw(st.integers(0, 200)))).date()
        return account_calendar(self.account).days.month_of(day).first

    def keep(self) -> None:
        """What closed months tell, to be told for good."""
        self.kept = {
            one.month: self.told(one.month) for one in every(ClosedMonth).order_by("month")
        }

    def told(self, month: date) -> object:
        found = figures(self.account, month)
        by_code = [(one.lookup, one.name, one.state, one.calls, one.cost) for one in found.by_code]
        return found.calls, found.seconds, found.cost, sorted(by_code)

    @rule(
        data=st.data(),
        day=st.integers(0, 200),
        minute=st.integers(0, 24 * 60),
        outcome=st.sampled_from(OUTCOMES),
        simulated=st.sampled_from([False, False, False, True]),
    )
    def a_call(
        self, data: st.DataObject, day: int, minute: int, outcome: str, simulated: bool
    ) -> None:
        at = FIRST + timedelta(days=day, minutes=minute)
        tag = tag_of(self.firm) if outcome == "connected" else None
        record = decided_call(self.firm, outcome, at=at, tag=tag, simulated=simulated)
        who = data.draw(st.sampled_from([*self.people, None]))
        store([replace(record, user_id=str(who.pk) if who else None)])

    @rule(data=st.data(), seconds=st.integers(0, 5000), answered=st.booleans())
    def its_end_is_told(self, data: st.DataObject, seconds: int, answered: bool) -> None:
        if not (calls := self.calls()):
            return
        late = [one for one in calls if one.billing_month in self.kept]
        is_late = bool(late) and data.draw(st.booleans())
        call = data.draw(st.sampled_from(late if is_late else calls))
        ended = call.started_at + timedelta(seconds=seconds + 9)
        end = LegEnded(
            id=str(call.pk),
            ended_at=ended,
            answered_at=call.started_at + timedelta(seconds=9) if answered else None,
            seconds=seconds if answered else 0,
            disposition="ANSWERED" if answered else "NO ANSWER",
            by=data.draw(st.sampled_from(["caller", "outside", "cdr"])),
        )
        store([end])

    @rule(data=st.data(), what=st.sampled_from(["assign", "clear", "not billable", "billable"]))
    def calls_are_corrected(self, data: st.DataObject, what: str) -> None:
        if not (calls := self.calls()):
            return
        ids = {one.pk for one in data.draw(st.lists(st.sampled_from(calls), min_size=1))}
        olivia = self.firm.olivia
        with allowed("month_closed", "no_such_call"):
            if what == "assign":
                code = data.draw(st.sampled_from(self.codes))
                assign_code(self.account, ids, code=code, actor=olivia)
            elif what == "clear":
                take_code_away(self.account, ids, actor=olivia)
            else:
                marked = what == "not billable"
                set_not_billable(self.account, ids, not_billable=marked, actor=olivia)

    @rule(data=st.data())
    def a_correction_is_undone(self, data: st.DataObject) -> None:
        if not (batches := list(every(CorrectionBatch).order_by("at", "pk"))):
            return
        with allowed("month_closed", "undone", "changed_since"):
            undo(data.draw(st.sampled_from(batches)), actor=self.firm.olivia)

    @rule(data=st.data())
    def a_month_is_closed(self, data: st.DataObject) -> None:
        month = self.month(data)
        with allowed("month_closed"):
            close_month(self.account, month, actor=self.firm.olivia)
        self.keep()

    @rule(data=st.data(), seconds=st.integers(1, 5000))
    def more_is_learned_after_closing(self, data: st.DataObject, seconds: int) -> None:
        """By chance alone this comes about too rarely."""
        if not (calls := [one for one in self.calls() if not one.simulated]):
            return
        call = data.draw(st.sampled_from(calls))
        assert call.billing_month is not None
        with allowed("month_closed", "no_such_month"):
            close_month(self.account, call.billing_month, actor=self.firm.olivia)
        self.keep()
        call.seconds = (call.seconds or 0) + seconds
        call.save()

    @rule(data=st.data())
    def a_month_is_opened_again(self, data: st.DataObject) -> None:
        if closed := list(every(ClosedMonth).order_by("month")):
            reopen_month(self.account, data.draw(st.sampled_from(closed)).month, actor=None)
        self.keep()

    @rule(zone=st.sampled_from(ZONES), day=st.integers(1, 28))
    def the_calendar_changes(self, zone: str, day: int) -> None:
        change_account(self.account, {"time_zone": zone, "billing_day": day})
        jobs.work_all()

    @rule()
    def totals_are_counted_again(self) -> None:
        count_again(self.account)

    @rule(
        price=st.sampled_from(["0.02", "0.1", "0.333"]),
        block=st.sampled_from([1, 6, 60]),
        day=st.none() | st.integers(0, 200),
    )
    def rates_are_made(self, price: str, block: int, day: int | None) -> None:
        set_currency(self.account, "USD", actor=None)
        rates = [Rate("abroad", prefix="+44", price=Decimal(price), block_seconds=block)]
        first = (FIRST + timedelta(days=day)).date() if day is not None else None
        make_version(
            self.account,
            NewVersion("Rates", "USD", rates, valid_from=first),
            actor=self.firm.olivia,
        )

    @rule(day=st.none() | st.integers(0, 200))
    def calls_are_rated_again(self, day: int | None) -> None:
        before = list(every(Call).order_by("pk").values())
        since = (FIRST + timedelta(days=day)).date() if day is not None else None
        with allowed("no_tariff"):
            rate_again(self.account, since=since, actor=self.firm.olivia)
        jobs.work_all()
        assert list(every(Call).order_by("pk").values()) == before
        for one in every(Rerating):
            assert (one.state, one.done) == ("done", one.total)

    @rule(data=st.data())
    def a_user_leaves(self, data: st.DataObject) -> None:
        person = data.draw(st.sampled_from(self.people))
        name, place = person.name, self.people.index(person)
        delete_person(every(User).get(pk=person.pk), actor=None)
        self.people[place] = make_user(self.account, name)

    @invariant()
    def totals_are_what_a_recount_finds(self) -> None:
        for kept, counted in zip(stored(self.account), expected(self.account), strict=True):
            assert kept == counted
        assert stored_one_by_one(self.account) == expected_one_by_one(self.account)

    @invariant()
    def nothing_is_lost_or_billed_twice(self) -> None:
        """A recount trusts the adjustments: whether they are all there, the calls alone tell."""
        real = every(Call).filter(simulated=False)
        of_calls = real.aggregate(Count("pk"), Sum("seconds"), Sum("charge__amount"))
        billed = every(UserTotal).aggregate(Sum("calls"), Sum("seconds"), Sum("cost"))
        assert [one or 0 for one in billed.values()] == [one or 0 for one in of_calls.values()]

    @invariant()
    def what_is_closed_tells_the_same(self) -> None:
        for month, told in self.kept.items():
            assert self.told(month) == told, month


@pytest.mark.hypothesis
@pytest.mark.django_db
def test_after_any_order_of_calls_corrections_closings_and_late_records() -> None:
    run_state_machine_as_test(
        Office,
        settings=settings(STORIES, max_examples=examples(6), stateful_step_count=25),
    )
