"""Budgets and velocity limits at the gate, and what none of them may ever do."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.policy.code_entry import Collect, Digits, EntryTerms, Play
from callmark.policy.code_use import KnownCode
from callmark.policy.limits import (
    Limit,
    LimitOf,
    LimitPer,
    LimitUnit,
    WhenReached,
    limit_reached,
    spent_codes,
    unknown,
)
from callmark.policy.number_list import CodeNeed, ListedNumber
from callmark.policy.numbering import CallType, NumberingPlan, classify
from callmark.policy.outbound import Connect, End, LegContext, OutboundFlow, Outcome
from callmark.policy.prompts import Prompt
from callmark.policy.rules import ALL_OFF, CodeRules
from callmark.policy.settings import EffectiveSettings

PLAN = NumberingPlan("US", "9", extensions={"101"})
HARPER = KnownCode("code-1", "Harper v. Castellan")
LONDON, LOCAL = "011442079460000", "2125550100"
ABROAD = Limit(
    "1",
    "Abroad",
    LimitOf.ACCOUNT,
    10,
    LimitUnit.CALLS,
    LimitPer.HOUR,
    WhenReached.REFUSE,
    call_type=CallType.INTERNATIONAL,
)
BUDGET = Limit("2", "Ben", LimitOf.USER, 60, LimitUnit.MINUTES, LimitPer.MONTH, who="ben")
OF_CODE = Limit(
    "3",
    "Harper",
    LimitOf.CODE,
    5,
    LimitUnit.MINUTES,
    LimitPer.MONTH,
    WhenReached.REFUSE,
    who="code-1",
)
REFUSAL = (Play(Prompt.LIMIT_REACHED), Play(Prompt.GOODBYE), End(Outcome.REFUSED_LIMIT))


def flow(
    dialed: str,
    *limits: Limit,
    used: int | None,
    rules: CodeRules = ALL_OFF,
    user: str | None = "ben",
    active: bool = True,
    listed: ListedNumber | None = None,
) -> OutboundFlow:
    found = classify(dialed, PLAN)
    terms = EntryTerms(EffectiveSettings(active, 4, 3, rules), {"1234": HARPER})

    def usage(_limit: Limit, _whose: str) -> int | None:
        return used

    reached = limit_reached(limits, found, user, usage)
    spent = spent_codes(limits, usage)
    return OutboundFlow(LegContext(terms, found, listed=listed, limit=reached, spent=spent))


def test_the_call_after_the_last_one_allowed_is_refused_with_its_reason() -> None:
    assert flow(LONDON, ABROAD, used=9).start() == (Connect(Outcome.NOT_GATED),)
    over = flow(LONDON, ABROAD, used=10)
    assert over.start() == REFUSAL
    assert over.why[-1] == "refused: the limit 'Abroad' is reached"


def test_a_limit_of_one_type_leaves_the_others_alone() -> None:
    assert flow(LOCAL, ABROAD, used=10).start() == (Connect(Outcome.NOT_GATED),)
    assert flow("101", replace(ABROAD, call_type=None), used=10).outcome is None


def test_a_limit_that_asks_wants_a_code_of_calls_that_needed_none() -> None:
    asks = replace(ABROAD, then=WhenReached.ASK)
    (ask,) = flow(LONDON, asks, used=10).start()
    assert isinstance(ask, Collect)
    court = ListedNumber("+442079460000", CodeNeed.NEVER, "Court")
    for left_alone in (
        flow(LONDON, asks, used=10, active=False),
        flow(LONDON, asks, used=10, listed=court),
    ):
        assert left_alone.start() == (Connect(Outcome.NOT_GATED),)


def test_minutes_are_counted_in_seconds_and_a_user_has_their_own() -> None:
    budget = replace(BUDGET, then=WhenReached.REFUSE)
    assert flow(LOCAL, budget, used=3599).start() == (Connect(Outcome.NOT_GATED),)
    assert flow(LOCAL, budget, used=3600).start() == REFUSAL
    assert flow(LOCAL, budget, used=3600, user="carla").start() == (Connect(Outcome.NOT_GATED),)
    assert flow(LOCAL, budget, used=3600, user=None).start() == (Connect(Outcome.NOT_GATED),)


def test_a_code_whose_budget_is_used_up_is_refused_once_it_is_known_to_be_it() -> None:
    leg = flow(LONDON, OF_CODE, used=300, rules=CodeRules(international=True, validate=True))
    leg.start()
    assert leg.receive(Digits("1234"))[2:] == REFUSAL
    leg = flow(LONDON, OF_CODE, used=299, rules=CodeRules(international=True, validate=True))
    leg.start()
    assert leg.receive(Digits("1234"))[-1] == Connect(Outcome.CONNECTED)


@pytest.mark.parametrize(
    ("used", "steps"), [(0, ()), (7, ()), (8, (80,)), (9, (80,)), (10, (100, 80)), (99, (100, 80))]
)
def test_it_is_warned_at_both_steps(used: int, steps: tuple[int, ...]) -> None:
    assert ABROAD.steps_reached(used) == steps


LIMITS = st.lists(
    st.builds(
        Limit,
        st.sampled_from("123"),
        st.just("A limit"),
        st.sampled_from(LimitOf),
        st.integers(1, 5),
        st.sampled_from(LimitUnit),
        st.sampled_from(LimitPer),
        st.sampled_from(WhenReached),
        st.sampled_from(["", "ben", "code-1"]),
        st.none() | st.sampled_from(CallType),
    ),
    max_size=4,
)
RULES_ON = st.builds(CodeRules, *[st.booleans()] * len(CodeRules.__dataclass_fields__))
EMERGENCIES = ["911", "9911", "+1911", "*67911", "112", "988", "sip:911@pbx", "urn:service:sos"]
OTHERS = [LONDON, LOCAL, "19005551234", "411", "101", "77", "911,1234", "911&101", "5551234"]


@given(st.sampled_from(EMERGENCIES), LIMITS, RULES_ON)
def test_no_limit_ever_asks_or_refuses_an_emergency_call(
    dialed: str, limits: list[Limit], rules: CodeRules
) -> None:
    for used in (None, 0, 10**9):
        leg = flow(dialed, *limits, used=used, rules=rules)
        assert leg.start() == (Connect(Outcome.NOT_GATED),)


@given(st.sampled_from(EMERGENCIES + OTHERS), LIMITS, RULES_ON)
def test_what_is_not_known_or_not_reached_changes_no_decision(
    dialed: str, limits: list[Limit], rules: CodeRules
) -> None:
    found = classify(dialed, PLAN)
    before = flow(dialed, used=None, rules=rules)
    expected = before.start()
    for used in (None, 0):
        now = flow(dialed, *limits, used=used, rules=rules)
        assert (now.start(), now.why) == (expected, before.why)
    assert limit_reached(limits, found, "ben", unknown) is None


@given(st.sampled_from(OTHERS), LIMITS, RULES_ON)
def test_a_limit_never_opens_what_was_closed(
    dialed: str, limits: list[Limit], rules: CodeRules
) -> None:
    without = flow(dialed, used=None, rules=rules)
    without.start()
    with_limits = flow(dialed, *limits, used=10**9, rules=rules)
    with_limits.start()
    if with_limits.outcome is Outcome.NOT_GATED:
        assert without.outcome is Outcome.NOT_GATED
    if classify(dialed, PLAN).refused:
        assert with_limits.outcome is Outcome.REFUSED_NUMBER
