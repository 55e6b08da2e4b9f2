"""Rules of a code's own: dates, users, types of calls; where they forbid it, it is unknown."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from callmark.policy.code_entry import Attempted, Digits, EntryResult, EntryTerms, Tag
from callmark.policy.code_use import OPENED_TYPES, UNLIMITED, CodeUse, KnownCode
from callmark.policy.numbering import CallType, NumberingPlan, classify
from callmark.policy.outbound import Connect, LegContext, OutboundFlow, Outcome
from callmark.policy.rules import CodeRules
from callmark.policy.settings import EffectiveSettings
from callmark.policy.tagging import TaggingFlow

LONDON, ABROAD_AND_PREMIUM = "011442079460000", "011449098790000"
RULES = CodeRules(validate=True, international=True, premium=True)
SETTINGS = EffectiveSettings(active=True, code_length=4, max_retries=3, rules=RULES)
BEN = "ben"


def terms(use: CodeUse, rules: CodeRules = RULES) -> EntryTerms:
    codes = {"1234": KnownCode("1", "Harper", use)}
    return EntryTerms(replace(SETTINGS, rules=rules), codes, user_id=BEN)


def answer(use: CodeUse, dialed: str = LONDON, at: float | None = 100.0) -> tuple[object, ...]:
    """What comes of entering the code on Ben's call."""
    found = classify(dialed, NumberingPlan("US"))
    flow = OutboundFlow(LegContext(replace(terms(use), types=found.types), found))
    flow.start()
    return flow.receive(Digits("1234", at=at))


UNKNOWN = answer(CodeUse(user_ids=frozenset({"carla"})))
OPENED = Connect(Outcome.CONNECTED)


def test_a_code_that_may_not_be_used_is_an_unknown_one_and_a_guess() -> None:
    assert UNKNOWN[0] == Attempted(EntryResult.UNKNOWN_CODE, counts_as_guess=True)
    found = classify(LONDON, NumberingPlan("US"))
    nobodys = OutboundFlow(LegContext(EntryTerms(SETTINGS, {}), found))
    nobodys.start()
    assert nobodys.receive(Digits("1234", at=100.0)) == UNKNOWN


def test_its_first_moment_counts_and_its_last_does_not() -> None:
    use = CodeUse(starts_at=100, ends_at=200)
    assert answer(use, at=99.9) == UNKNOWN
    assert answer(use, at=100)[-1] == OPENED
    assert answer(use, at=199.9)[-1] == OPENED
    assert answer(use, at=200) == UNKNOWN
    # A program that does not tell the time opens nothing with it.
    assert answer(use, at=None) == UNKNOWN


def test_only_its_users_may_use_it() -> None:
    assert answer(CodeUse(user_ids=frozenset({BEN, "carla"})))[-1] == OPENED


def test_a_call_of_two_types_needs_a_code_that_opens_both() -> None:
    abroad = CodeUse(call_types=frozenset({CallType.INTERNATIONAL}))
    both = CodeUse(call_types=frozenset({CallType.INTERNATIONAL, CallType.PREMIUM}))
    assert answer(abroad)[-1] == OPENED
    assert answer(abroad, ABROAD_AND_PREMIUM) == UNKNOWN
    assert answer(both, ABROAD_AND_PREMIUM)[-1] == OPENED
    assert answer(CodeUse(call_types=frozenset({CallType.DOMESTIC}))) == UNKNOWN


def test_a_star_code_tags_with_it_whatever_calls_it_opens_but_only_for_its_users() -> None:
    for use, result in (
        (CodeUse(call_types=frozenset({CallType.PREMIUM})), EntryResult.ACCEPTED),
        (CodeUse(user_ids=frozenset({"carla"})), EntryResult.UNKNOWN_CODE),
        (CodeUse(ends_at=100), EntryResult.UNKNOWN_CODE),
    ):
        flow = TaggingFlow(terms(use))
        flow.start()
        attempted = flow.receive(Digits("1234", at=100.0))[0]
        assert isinstance(attempted, Attempted)
        assert attempted.result is result


def test_where_codes_are_not_validated_its_digits_pass_like_any_without_its_name() -> None:
    found = classify(LONDON, NumberingPlan("US"))
    unvalidated = terms(CodeUse(ends_at=100), replace(RULES, validate=False))
    flow = OutboundFlow(LegContext(replace(unvalidated, types=found.types), found))
    flow.start()
    assert Tag("1234", None) in flow.receive(Digits("1234", at=100.0))


types_strategy = st.frozensets(st.sampled_from(OPENED_TYPES))
moments = st.one_of(st.none(), st.floats(0, 300))
uses = st.builds(
    CodeUse,
    starts_at=moments,
    ends_at=moments,
    user_ids=st.frozensets(st.sampled_from([BEN, "carla"])),
    call_types=types_strategy,
)


@given(uses, st.floats(0, 300), st.sampled_from([LONDON, ABROAD_AND_PREMIUM, "19005551234"]))
def test_a_rule_of_a_code_only_ever_closes(use: CodeUse, at: float, dialed: str) -> None:
    got = answer(use, dialed, at)
    if got != UNKNOWN:
        assert got[-1] == answer(UNLIMITED, dialed, at)[-1] == OPENED
        assert use.starts_at is None or use.starts_at <= at
        assert use.ends_at is None or at < use.ends_at
        assert not use.user_ids or BEN in use.user_ids
        gated = classify(dialed, NumberingPlan("US")).types & frozenset(OPENED_TYPES)
        assert not use.call_types or gated <= use.call_types
