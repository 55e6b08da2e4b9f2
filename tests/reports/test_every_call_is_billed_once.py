"""Whatever the rates, and whenever a call is learned of: it is billed once, to the cent."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import time_machine
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from callmark.calls.models import Call
from callmark.calls.months import close_month
from callmark.codes.models import AccountCode
from callmark.policy.rating import Rate, Rounding
from callmark.reports.handover.gathering import Billing, billed_calls, billing, codes_to_bill
from callmark.reports.handover.units import rounded
from callmark.reports.statements import Line, Statement, statement
from callmark.tariffs.services import NewVersion, make_version
from tests.cast import LawFirm
from tests.examples import STORIES, examples
from tests.reports.test_a_month_adds_up import (
    LONDON,
    bill_ready_firm,
    called,
    column,
    ends,
    file_of,
    invoices,
    report_of,
)
from tests.rows import every

pytestmark = pytest.mark.django_db

MARCH, APRIL, MAY = (date(2026, month, 1) for month in (3, 4, 5))
CODES = ("Harper v. Castellan", "Estate of Whitlock", "")


@dataclass(frozen=True, slots=True)
class Told:
    """A call of March: how long, when its record comes, and what it is learned to be later."""

    seconds: int
    code: str
    comes: int
    """In which month its record comes: 3 or 4; the latter is after March was closed."""
    then: dict[int, int]
    """By month: the seconds that are learned in it."""


told = st.builds(
    Told,
    seconds=st.integers(0, 900),
    code=st.sampled_from(CODES),
    comes=st.sampled_from([3, 3, 4]),
    then=st.dictionaries(st.sampled_from([4, 5]), st.integers(0, 2000), max_size=2),
)
rates = st.builds(
    Rate,
    st.just("Britain"),
    prefix=st.just("+44"),
    price=st.decimals("0", "3", places=6),
    connection_fee=st.decimals("0", "0.02", places=5),
    block_seconds=st.sampled_from([1, 6, 60]),
    mark_up=st.decimals("0", "12.5", places=2),
)


@contextmanager
def a_spring(calls: list[Told], rate: Rate, decimals: int) -> Iterator[LawFirm]:
    """March and April are closed; nothing is left of it."""
    with transaction.atomic():
        with time_machine.travel(datetime(2026, 4, 2, tzinfo=UTC), tick=False) as clock:
            firm = bill_ready_firm()
            rounding = Rounding.HALF_UP
            tariff = NewVersion("Fine", "USD", [rate], rounding=rounding, decimals=decimals)
            make_version(firm.account, tariff, actor=None)
            made: list[tuple[Told, Call]] = []
            for month in (3, 4, 5):
                for one, call in made:
                    if month in one.then:
                        # What the other side of the switch measured counts more.
                        ends(call.pk, call.started_at, one.then[month], "outside")
                made += [
                    (one, called(firm, LONDON, one.seconds, one.code, _moment(number)))
                    for number, one in enumerate(calls)
                    if one.comes == month
                ]
                if month < 5:
                    clock.move_to(datetime(2026, month + 1, 2, tzinfo=UTC))
                    close_month(firm.account, date(2026, month, 1), actor=firm.olivia)
            yield firm
        transaction.set_rollback(True)


def _moment(number: int) -> datetime:
    return datetime(2026, 3, 10, 12, tzinfo=UTC) + timedelta(minutes=number)


@settings(STORIES, max_examples=examples(4))
@given(st.lists(told, min_size=1, max_size=7), rates, st.sampled_from([2, 3, 4, 6]))
def test_every_call_is_billed_once_and_all_papers_tell_the_same(
    calls: list[Told], rate: Rate, decimals: int
) -> None:
    with a_spring(calls, rate, decimals) as firm:
        seconds: Counter[UUID] = Counter()
        times: Counter[UUID] = Counter()
        for month in (MARCH, APRIL, MAY):
            to_bill = billing(firm.account, month)
            for one in billed_calls(to_bill, codes_to_bill(to_bill)):
                seconds[one.call_id] += one.seconds
                times[one.call_id] += one.calls
                assert one.started == every(Call).get(pk=one.call_id).started_at
            papers_agree(firm, to_bill)
        tagged = every(Call).exclude(account_code_lookup="")
        assert {call.pk: call.seconds or 0 for call in tagged} == {**seconds}
        assert {*times.values()} <= {1}


def papers_agree(firm: LawFirm, to_bill: Billing) -> None:
    month = to_bill.month.first
    lines = {one.label: one.figures.cost for one in report_of(firm, month).lines}
    total = Decimal(0)
    for code in every(AccountCode):
        made = statement(to_bill, code)
        of_it = Decimal(made.cost or 0)
        assert sum(Decimal(one.cost or 0) for one in made.lines) == of_it
        pages_agree(to_bill, code, made)
        assert rounded(lines.get(code.name) or Decimal(0), 2) == of_it
        total += of_it
    for template, name in (("clio", "price"), ("juris", "Amount")):
        assert sum(column(file_of(firm, month, template), name)) == total
    if to_bill.closed and any(line.cost not in {None, "0.00"} for line in every_line(to_bill)):
        assert sum(one.total for one in invoices(firm, month)) == total


def pages_agree(to_bill: Billing, code: AccountCode, whole: Statement) -> None:
    """A page has its lines as the whole has them, and all sums."""
    starts = range(0, whole.count + 1, 2)
    pages = [statement(to_bill, code, first=one, most=2) for one in starts]
    assert [line for page in pages for line in page.lines] == whole.lines
    assert all(replace(page, lines=whole.lines, before=None) == whole for page in pages)
    calls = [None, *(line.call_id for line in whole.lines)]
    assert [page.before for page in pages] == [calls[one] for one in starts]


def every_line(to_bill: Billing) -> list[Line]:
    return [line for code in every(AccountCode) for line in statement(to_bill, code).lines]
