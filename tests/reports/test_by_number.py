"""The first numbers, in whatever order, are those of all; and so are the sums beside them."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callmark.calls.counting import counting
from callmark.calls.models import Call, CountedCall
from callmark.calls.months import close_month
from callmark.reports import selection
from callmark.reports.definitions import SORTS, Definition, Figures, What
from callmark.reports.making import make_report
from callmark.reports.reading import change_of
from tests.cast import LawFirm
from tests.examples import examples
from tests.reports.test_reports_add_up import (
    NOW,
    NUMBERS,
    OUTCOMES,
    QUICK,
    Told,
    a_story,
)
from tests.rows import every

pytestmark = pytest.mark.django_db

MONTH, BEFORE = date(2026, 4, 1), date(2026, 3, 1)
NOTHING = Figures(0, 0, 0, Decimal(0))
APRIL = Definition(what=What.NUMBER, preset="", since="2026-04-01", until="2026-04-30")

# Many of these are equal to each other, and stand in one order only by their numbers.
calls = st.builds(
    Told,
    day=st.integers(5, 60),
    outcome=st.sampled_from(OUTCOMES),
    who=st.integers(0, 2),
    number=st.sampled_from([*NUMBERS, "+442079460001", "+442079460010", "+33142685300"]),
    seconds=st.sampled_from([0, 6, 600]),
    direction=st.sampled_from(["outbound", "inbound"]),
    then=st.just(""),
)


def by_number(month: date, direction: str) -> dict[str, Figures]:
    """By a plain loop over the calls."""
    found: dict[str, Figures] = defaultdict(lambda: NOTHING)
    for call in every(Call).filter(simulated=False, billing_month=month).select_related("charge"):
        if direction and call.direction != direction:
            continue
        dialed = call.e164 or call.number or call.dialed
        other = call.caller if call.direction == "inbound" else dialed
        charge = getattr(call, "charge", None)
        billed, cost = (charge.billed_seconds, charge.amount) if charge else (0, Decimal(0))
        found[other] += Figures(1, call.seconds or 0, billed, cost)
    return dict(found)


def in_order(found: dict[str, Figures], before: dict[str, Figures], order: str) -> list[str]:
    column, is_down = order.removeprefix("-"), order[0] == "-"
    numbers = sorted(found)
    if column == "change":
        talk = {one: before[one].seconds if one in before else 0 for one in numbers}
        # Then by talk.
        numbers.sort(key=lambda one: -found[one].seconds)
        numbers.sort(key=lambda one: change_of(found[one].seconds, talk[one], is_down=is_down))
    elif column == "label":
        numbers.sort(reverse=is_down)
    else:
        numbers.sort(key=lambda one: getattr(found[one], column), reverse=is_down)
    return numbers


@settings(QUICK, max_examples=examples(6))
@given(
    told=st.lists(calls, min_size=1, max_size=12),
    closed_after=st.sampled_from([12, 99]),
    sort=st.sampled_from([*SORTS, *(f"-{one}" for one in SORTS)]),
    most=st.sampled_from([1, 3, 100, None]),
    direction=st.sampled_from(["", "outbound"]),
    gone=st.booleans(),
)
@example(
    # The only call of a month that is closed, deleted since; none in the month that is asked for.
    told=[Told(5, "not_gated", 0, NUMBERS[0], 0, "outbound", "")],
    closed_after=12,
    sort="label",
    most=1,
    direction="",
    gone=True,
)
def test_the_first_are_those_of_all_with_the_month_before_beside_them(
    told: list[Told],
    closed_after: int,
    sort: str,
    most: int | None,
    direction: str,
    gone: bool,
) -> None:
    with a_story(told, closed_after=closed_after, rated=True) as firm:
        if closed_after == 12:
            close_month(firm.account, BEFORE, actor=firm.olivia)
        if gone and (call := every(Call).filter(billing_month=BEFORE).first()):
            forget(firm, call)
        now, before = (by_number(month, direction) for month in (MONTH, BEFORE))
        asks = replace(APRIL, sort=sort, direction=direction)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(selection.Selection, "_are_few", False)
            report = make_report(firm.account, asks, person=None, now=NOW, most=most)
        names = in_order(now, before, sort)[:most]
        assert [(line.key.value, line.figures, line.before) for line in report.lines] == [
            (name, now[name], before.get(name, Figures())) for name in names
        ]
        assert report.count == len(now)
        for told_of, found in ((report.total, now), (report.total_before or NOTHING, before)):
            assert told_of == sum(found.values(), Figures()) or not (told_of.calls or found)


def forget(firm: LawFirm, call: Call) -> None:
    """Delete it as a call that was kept long enough: totals of a closed month stay."""
    with counting() as ledger:
        closed = [month for month, _ in ledger.calendar(firm.account.pk).closed]
        mine = every(Call).filter(pk=call.pk)
        ledger.seen(mine.exclude(billing_month__in=closed), to_delete=True)
        every(CountedCall).filter(pk=call.pk).delete()
        mine.delete()
