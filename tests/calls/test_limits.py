"""Limits: what may be set, what is counted, and who is told when."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import override_settings

from callmark.accounts.refused import Refused
from callmark.calls.limits import Used, add_limit, change_limit, used_of
from callmark.calls.models import CallLimit, LimitWarning
from callmark.calls.records import LegEnded
from callmark.calls.store import store
from callmark.gate.limits import FRESH_SECONDS, LONGEST_SECONDS, LimitCounts
from callmark.policy.limits import Limit, LimitOf, LimitPer, LimitUnit, WhenReached
from callmark.policy.numbering import CallType, NumberingPlan, classify
from callmark.webhooks.limit_warnings import warn_of_limits
from callmark.webhooks.models import WebhookMessage
from callmark.webhooks.services import add_endpoint
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call, tag_of
from tests.leaks import shows
from tests.rows import every

NOW = datetime(2026, 3, 10, 15, 20, tzinfo=UTC)
ABROAD = {
    "name": "Abroad",
    "scope": "account",
    "call_type": "international",
    "amount": 5,
    "unit": "calls",
    "per": "hour",
    "then": "refuse",
}
BUDGET = {"name": "Month", "scope": "account", "amount": 10, "unit": "minutes", "per": "month"}


def calls(
    firm: LawFirm,
    count: int,
    *,
    at: datetime = NOW,
    seconds: int = 60,
    simulated: bool = False,
) -> None:
    """Ben's calls abroad, each of so many seconds."""
    for _ in range(count):
        record = decided_call(firm, "connected", at=at, tag=tag_of(firm), simulated=simulated)
        ended = LegEnded(
            id=record.id,
            switch=record.switch,
            call_id=record.call_id,
            ended_at=at + timedelta(seconds=seconds),
            answered_at=at,
            seconds=seconds,
            disposition="ANSWERED",
        )
        store([record, ended])


def limit(firm: LawFirm, values: dict[str, Any], **more: object) -> CallLimit:
    return add_limit(firm.account, {**values, **more}, actor=firm.olivia)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"unit": "calls"}, "per"),
        ({"call_type": "premium"}, "per"),
        ({"scope": "each_user"}, "scope"),
        ({"scope": "user"}, "user"),
        ({"scope": "code"}, "code"),
        ({"unit": "money"}, "unit"),
        ({"per": "hour", "unit": "money"}, "per"),
        ({"amount": 0}, "amount"),
        ({"warn_at": 101}, "warn_at"),
        ({"call_type": "emergency", "per": "day"}, "call_type"),
        ({"name": " "}, "name"),
    ],
)
def test_what_does_not_go_together_is_refused(
    firm: LawFirm, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        limit(firm, BUDGET, **values)
    assert refused.value.field == field
    assert not every(CallLimit).exists()


def test_a_code_or_user_of_another_account_cannot_be_limited(firm: LawFirm) -> None:
    other = make_law_firm("other")
    for scope, row in (("user", other.ben), ("code", other.code)):
        with pytest.raises(Refused):
            limit(firm, BUDGET, scope=scope, **{scope: row})


def test_only_what_went_on_outside_in_the_period_is_counted(firm: LawFirm) -> None:
    set_ = limit(firm, ABROAD)
    calls(firm, 2)
    calls(firm, 1, at=NOW - timedelta(hours=1))
    calls(firm, 1, simulated=True)
    store([decided_call(firm, "abandoned", at=NOW), decided_call(firm, "refused_limit", at=NOW)])
    store([decided_call(firm, "declined", at=NOW)])
    used = used_of(set_, NOW)
    assert used.amounts == {"": 3}
    hour = NOW.replace(minute=0)
    assert (used.since, used.until) == (hour, hour + timedelta(hours=1))
    each = change_limit(set_, {"scope": "each_user", "unit": "minutes"}, actor=firm.olivia)
    assert used_of(each, NOW).amounts == {str(firm.ben.pk): 120}


def test_a_months_budget_is_what_the_totals_tell(firm: LawFirm) -> None:
    calls(firm, 3, seconds=90)
    for scope, row in (("account", None), ("user", firm.ben), ("code", firm.code)):
        budget = limit(firm, BUDGET, scope=scope, **({scope: row} if row else {}))
        assert used_of(budget, NOW).amounts == {"": 270}, scope
        assert used_of(budget, NOW + timedelta(days=31)).amounts == {"": 0}


@override_settings(MAIL_IS_SET_UP=True)
def test_each_step_is_told_once_a_period_by_mail_and_webhook(firm: LawFirm) -> None:
    address = "https://hooks.example/"
    add_endpoint(firm.account, url=address, events=["limit.reached"], actor=firm.olivia)
    limit(firm, ABROAD)
    calls(firm, 3)
    assert warn_of_limits(NOW) == 0
    calls(firm, 1)
    assert (warn_of_limits(NOW), warn_of_limits(NOW)) == (1, 0)
    calls(firm, 4)
    assert (warn_of_limits(NOW), warn_of_limits(NOW)) == (1, 0)
    told = every(WebhookMessage).order_by("pk").values_list("data", flat=True)
    assert sorted((one["percent"], one["used"]) for one in told) == [(80, 4), (100, 8)]
    assert not shows("1234", json.dumps(list(told)))
    assert [one.subject.partition("Limit at ")[2][:4] for one in mail.outbox] == ["80%:", "100%"]
    assert mail.outbox[1].to == [firm.olivia.email]
    assert "Further calls are refused" in str(mail.outbox[1].body)
    assert every(LimitWarning).count() == 2
    assert warn_of_limits(NOW + timedelta(hours=1)) == 0


@override_settings(MAIL_IS_SET_UP=True)
@pytest.mark.parametrize(
    ("values", "told"),
    [
        (ABROAD, "Used so far: 7 calls\nLimit: 5 calls an hour, International\n"),
        (BUDGET, "Used so far: 2:55:00\nLimit: 10 minutes a month\n"),
    ],
)
def test_a_mail_tells_what_was_used_in_the_limits_unit(
    firm: LawFirm, values: dict[str, Any], told: str
) -> None:
    calls(firm, 7, seconds=1500)
    limit(firm, values)
    warn_of_limits(NOW)
    assert told in str(mail.outbox[0].body)


FLOOD = Limit(
    "1", "Flood", LimitOf.EACH_USER, 3, LimitUnit.CALLS, LimitPer.HOUR, WhenReached.REFUSE
)
LONDON = classify("011442079460000", NumberingPlan("US"))


class Clock:
    now = NOW.timestamp()

    def __call__(self) -> float:
        return self.now


def test_a_gate_counts_what_it_lets_go_on_until_it_is_on_record() -> None:
    clock = Clock()
    counts = LimitCounts(clock)
    assert counts.usage(FLOOD, "ben") is None
    since = NOW.replace(minute=0)
    used = Used(since, since + timedelta(hours=1), {"ben": 1})
    counts.take_over({"1": used}, set())
    counts.count("leg-1", [FLOOD], LONDON, "ben")
    counts.count("leg-1", [FLOOD], LONDON, "ben")
    counts.count("leg-2", [FLOOD], LONDON, "carla")
    assert (counts.usage(FLOOD, "ben"), counts.usage(FLOOD, "carla")) == (2, 1)
    assert sorted(counts.waiting) == ["leg-1", "leg-2"]
    counts.take_over({"1": Used(used.since, used.until, {"ben": 2})}, {"leg-1"})
    assert (counts.usage(FLOOD, "ben"), counts.waiting) == (2, ["leg-2"])
    clock.now += LONGEST_SECONDS + 1
    counts.take_over({}, set())
    assert counts.waiting == [], "its record may never come: no gate waits for it forever"


def test_what_is_not_known_or_long_ago_limits_nothing() -> None:
    clock = Clock()
    counts = LimitCounts(clock)
    since = NOW.replace(minute=0)
    counts.take_over({"1": Used(since, since + timedelta(hours=1), {"ben": 9})}, set())
    assert counts.usage(FLOOD, "ben") == 9
    clock.now += FRESH_SECONDS + 1
    assert counts.usage(FLOOD, "ben") is None
    clock.now = (since + timedelta(hours=1)).timestamp() - 1
    counts.take_over({"1": Used(since, since + timedelta(hours=1), {"ben": 9})}, set())
    counts.count("before", [FLOOD], LONDON, "ben")
    clock.now += 2
    assert counts.usage(FLOOD, "ben") == 0
    counts.count("after", [FLOOD], LONDON, "ben")
    assert counts.usage(FLOOD, "ben") == 1
    since += timedelta(hours=1)
    counts.take_over({"1": Used(since, since + timedelta(hours=1), {})}, set())
    assert (counts.usage(FLOOD, "ben"), counts.waiting) == (1, ["after"])
    assert FLOOD.call_type is not CallType.EMERGENCY
