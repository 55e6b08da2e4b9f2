"""Calls that were stored before totals were kept: the worker counts them, in parts."""

import pytest

from callmark.calls import jobs, on_record
from callmark.calls.corrections import take_code_away
from callmark.calls.inbox import to_assign
from callmark.calls.models import Call, CodeTotal, CountedCall, DayTotal, Job, UserTotal
from callmark.calls.store import store
from callmark.reports.definitions import definition_from
from callmark.reports.making import make_report
from tests.beginnings import begun_with
from tests.calls.totals import expected, expected_one_by_one, stored, stored_one_by_one
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call, tag_of
from tests.rows import every

pytestmark = pytest.mark.django_db


@begun_with
def firm() -> LawFirm:
    """With a call that had a code and one that needed none, as an earlier version stored them."""
    firm = make_law_firm()
    store([decided_call(firm, "connected", tag=tag_of(firm)), decided_call(firm, "not_gated")])
    every(Call).update(day=None, billing_month=None, code_required=False)
    for totals in (DayTotal, CodeTotal, UserTotal):
        every(totals).delete()
    Job.objects.of(firm.account).create(account=firm.account)
    return firm


def test_they_are_counted_as_any_others(firm: LawFirm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    assert jobs.work_all() == 3, "the last part finds that there are no more"
    assert stored(firm.account) == expected(firm.account)
    assert sum(one.calls for one in every(DayTotal)) == 2


def test_reports_look_at_the_calls_until_each_is_among_the_counted_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As after an update from a version that did not keep them, while calls go on."""
    monkeypatch.setattr(on_record, "GATHERED_AT_ONCE", 1)
    monkeypatch.setattr(on_record, "HELD_FOR", 0)
    firm = make_law_firm()
    store([decided_call(firm, "connected", tag=tag_of(firm)), decided_call(firm, "not_gated")])
    every(CountedCall).delete()
    Job.objects.of(firm.account).create(account=firm.account, gathers=True)
    store([decided_call(firm, "connected", tag=tag_of(firm))])
    days = {"since": "2026-01-01", "until": "2030-01-01"}
    by_code = definition_from({"what": "code", "direction": "outbound", **days})
    before = make_report(firm.account, by_code, person=firm.olivia)
    assert before.total.calls == 3
    assert jobs.work_all() == 4, "the last part finds that there are no more"
    assert stored_one_by_one(firm.account) == expected_one_by_one(firm.account)
    after = make_report(firm.account, by_code, person=firm.olivia)
    assert (after.total, after.lines) == (before.total, before.lines)


def test_one_that_loses_its_code_is_to_be_assigned_again(firm: LawFirm) -> None:
    jobs.work_all()
    call = every(Call).get(outcome="connected")
    assert not to_assign(firm.account, firm.olivia).exists()
    take_code_away(firm.account, [call.pk], actor=firm.olivia)
    assert list(to_assign(firm.account, firm.olivia)) == [call]
