"""How a call goes that needs an account code: reference section 5, and what must never happen."""

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.policy.code_entry import (
    Attempted,
    Collect,
    Digits,
    EntryResult,
    EntryTerms,
    FlowError,
    HungUp,
    Play,
    Tag,
)
from callmark.policy.code_use import KnownCode
from callmark.policy.numbering import CallType, NumberingPlan, classify
from callmark.policy.outbound import Connect, End, LegContext, OutboundFlow, Outcome
from callmark.policy.prompts import Prompt
from callmark.policy.rules import CodeRules
from callmark.policy.settings import EffectiveSettings

PLAN = NumberingPlan("US")
HARPER = KnownCode("1", "Harper v. Castellan")
CODES = {"1234": HARPER, "0007": KnownCode("2", "Leading zeros")}
VALIDATED = CodeRules(validate=True, international=True)
LONDON = "011442079460000"


def flow_for(
    rules: CodeRules = VALIDATED,
    *,
    dialed: str = LONDON,
    max_retries: int = 3,
    wrong_entries_left: int | None = None,
) -> OutboundFlow:
    settings = EffectiveSettings(active=True, code_length=4, max_retries=max_retries, rules=rules)
    terms = EntryTerms(settings, CODES, wrong_entries_left)
    return OutboundFlow(LegContext(terms, classify(dialed, PLAN)))


def test_a_call_that_needs_no_code_connects_at_once() -> None:
    assert flow_for(dialed="2125550100").start() == (Connect(Outcome.NOT_GATED),)


def test_a_call_that_needs_a_code_asks_for_it_in_ten_and_five_seconds() -> None:
    (ask,) = flow_for().start()
    assert ask == Collect(
        Prompt.ENTER_CODE,
        max_digits=4,
        first_digit_seconds=10,
        between_digits_seconds=5,
        terminator="#",
    )


def test_the_right_code_is_tagged_and_heard_and_connects() -> None:
    flow = flow_for()
    flow.start()
    assert flow.receive(Digits("1234")) == (
        Attempted(EntryResult.ACCEPTED),
        Tag("1234", HARPER),
        Play(Prompt.SPLASH, wait=False),
        Connect(Outcome.CONNECTED),
    )


def test_leading_zeros_count() -> None:
    flow = flow_for()
    flow.start()
    assert Connect(Outcome.CONNECTED) in flow.receive(Digits("0007"))


@pytest.mark.parametrize(
    ("entry", "result", "prompt"),
    [
        ("9999", EntryResult.UNKNOWN_CODE, Prompt.INVALID_ENTRY),
        ("12", EntryResult.WRONG_LENGTH, Prompt.WRONG_LENGTH),
        ("", EntryResult.NO_DIGITS, Prompt.INVALID_ENTRY),
        ("12*4", EntryResult.UNKNOWN_CODE, Prompt.INVALID_ENTRY),
    ],
)
def test_a_wrong_entry_is_told_apart_and_asked_again(
    entry: str, result: EntryResult, prompt: Prompt
) -> None:
    flow = flow_for()
    flow.start()
    attempted, ask = flow.receive(Digits(entry))
    assert attempted == Attempted(result, counts_as_guess=bool(entry))
    assert isinstance(ask, Collect)
    assert ask.prompt is prompt


def test_an_entry_that_may_have_lost_digits_on_our_side_uses_up_a_try_but_is_no_guess() -> None:
    flow = flow_for(max_retries=2)
    flow.start()
    attempted, ask = flow.receive(Digits("99", wrong_entries_left=1, may_have_lost_digits=True))
    assert attempted == Attempted(EntryResult.WRONG_LENGTH, counts_as_guess=False)
    assert isinstance(ask, Collect)
    assert End(Outcome.ENDED) in flow.receive(Digits("", wrong_entries_left=1))


def test_the_third_wrong_entry_of_three_ends_the_call() -> None:
    flow = flow_for(max_retries=3)
    flow.start()
    flow.receive(Digits("9999"))
    flow.receive(Digits("9998"))
    assert flow.receive(Digits("9997"))[1:] == (
        Play(Prompt.MAX_ATTEMPTS),
        Play(Prompt.GOODBYE),
        End(Outcome.ENDED),
    )


def test_the_limit_lets_the_call_go_on_untagged_where_allowed() -> None:
    flow = flow_for(replace(VALIDATED, proceed_after_max_retries=True), max_retries=1)
    flow.start()
    actions = flow.receive(Digits("9999"))
    assert actions[1:] == (Play(Prompt.MAX_ATTEMPTS), Connect(Outcome.PROCEEDED))
    assert not any(isinstance(action, Tag) for action in actions)


@pytest.mark.parametrize(("entry", "known"), [("5555", None), ("1234", HARPER)])
def test_unvalidated_digits_of_the_right_length_pass_and_keep_a_known_name(
    entry: str, known: KnownCode | None
) -> None:
    flow = flow_for(replace(VALIDATED, validate=False))
    flow.start()
    assert Tag(entry, known) in flow.receive(Digits(entry))


def test_unvalidated_digits_of_the_wrong_length_are_refused() -> None:
    flow = flow_for(replace(VALIDATED, validate=False))
    flow.start()
    assert flow.receive(Digits("555"))[0] == Attempted(EntryResult.WRONG_LENGTH)


def test_hanging_up_at_the_prompt_is_abandoned() -> None:
    flow = flow_for()
    flow.start()
    assert flow.receive(HungUp()) == (End(Outcome.ABANDONED),)


def test_hanging_up_during_the_last_prompt_keeps_an_ended_call_ended() -> None:
    flow = flow_for(max_retries=1)
    flow.start()
    flow.receive(Digits("9999"))
    assert flow.receive(HungUp()) == (End(Outcome.ENDED),)


def test_hanging_up_before_a_call_proceeds_is_abandoned() -> None:
    flow = flow_for(replace(VALIDATED, proceed_after_max_retries=True), max_retries=1)
    flow.start()
    flow.receive(Digits("9999"))
    assert flow.receive(HungUp()) == (End(Outcome.ABANDONED),)


def test_a_locked_out_user_fails_at_once_without_being_asked() -> None:
    assert flow_for(wrong_entries_left=0).start() == (
        Attempted(EntryResult.LOCKED_OUT),
        Play(Prompt.LOCKED_OUT),
        Play(Prompt.GOODBYE),
        End(Outcome.ENDED),
    )


def test_the_entry_that_fills_the_lockout_is_the_last_of_the_call() -> None:
    flow = flow_for(max_retries=9)
    flow.start()
    actions = flow.receive(Digits("9999", wrong_entries_left=1))
    assert actions[-1] == End(Outcome.ENDED)


def test_even_the_right_code_is_refused_while_locked_out() -> None:
    flow = flow_for()
    flow.start()
    actions = flow.receive(Digits("1234", wrong_entries_left=0))
    assert actions[-1] == End(Outcome.ENDED)
    assert not any(isinstance(action, Tag) for action in actions)


def test_unvalidated_prompts_know_no_lockout() -> None:
    flow = flow_for(replace(VALIDATED, validate=False), wrong_entries_left=0)
    assert isinstance(flow.start()[0], Collect)


def test_codes_never_show_in_what_an_error_page_or_log_would_print() -> None:
    flow = flow_for()
    flow.start()
    printed = repr([Digits("1234"), Tag("1234", None), flow._context, flow.why])
    assert "1234" not in printed


def test_an_adapter_that_sends_digits_to_a_finished_call_is_told() -> None:
    flow = flow_for(dialed="2125550100")
    flow.start()
    with pytest.raises(FlowError):
        flow.receive(Digits("1234"))


# --- properties -------------------------------------------------------------------------------

rules_strategy = st.builds(
    CodeRules, **{name: st.booleans() for name in CodeRules.__dataclass_fields__}
)
settings_strategy = st.builds(
    EffectiveSettings,
    active=st.booleans(),
    code_length=st.just(4),
    max_retries=st.integers(1, 9),
    rules=rules_strategy,
)
dialed_strategy = st.one_of(
    st.sampled_from(["911", "9911", "411", "0", LONDON, "19005551234", "18005550100", "101"]),
    st.text(string.digits + "+*#", max_size=20),
)
entries_strategy = st.lists(
    st.one_of(st.sampled_from(["1234", "0007", ""]), st.text(string.digits + "*", max_size=8)),
    min_size=10,
    max_size=10,
)


def run(flow: OutboundFlow, entries: list[str], hang_up_after: int) -> tuple[list[object], int]:
    """Drive a flow to its end; the actions, and how often a code was asked for."""
    actions: list[object] = list(flow.start())
    asked = 0
    for number, entry in enumerate(entries):
        if not isinstance(actions[-1], Collect):
            break
        asked += 1
        event = HungUp() if number == hang_up_after else Digits(entry)
        actions += flow.receive(event)
    return actions, asked


@given(settings_strategy, dialed_strategy, entries_strategy, st.integers(0, 20))
def test_every_call_ends_in_connect_or_end_and_is_asked_at_most_n_times(
    settings: EffectiveSettings, dialed: str, entries: list[str], hang_up_after: int
) -> None:
    plan = NumberingPlan("US", outside_prefix="9", extensions={"101", "911"})
    flow = OutboundFlow(LegContext(EntryTerms(settings, CODES), classify(dialed, plan)))
    actions, asked = run(flow, entries, hang_up_after)
    assert asked <= settings.max_retries
    assert isinstance(actions[-1], Connect | End)
    assert flow.finished
    ends = [action for action in actions if isinstance(action, Connect | End)]
    assert len(ends) == 1


@given(settings_strategy, dialed_strategy, entries_strategy)
def test_no_gated_call_connects_on_a_wrong_code_unless_proceeding_is_allowed(
    settings: EffectiveSettings, dialed: str, entries: list[str]
) -> None:
    flow = OutboundFlow(LegContext(EntryTerms(settings, CODES), classify(dialed, PLAN)))
    actions, asked = run(flow, entries, hang_up_after=99)
    if asked == 0 or not isinstance(actions[-1], Connect):
        return
    last_entry = entries[asked - 1]
    right = last_entry in CODES if settings.rules.validate else len(last_entry) == 4
    assert right or settings.rules.proceed_after_max_retries
    tagged = [action for action in actions if isinstance(action, Tag)]
    assert bool(tagged) == right


@given(settings_strategy, st.sampled_from(["911", "933", "112", "999", "988", "9911", "9-911"]))
def test_emergency_calls_are_never_asked_for_anything(
    settings: EffectiveSettings, dialed: str
) -> None:
    plan = NumberingPlan("US", outside_prefix="9", extensions={"911", "112"})
    classification = classify(dialed, plan)
    assert classification.call_type is CallType.EMERGENCY
    flow = OutboundFlow(LegContext(EntryTerms(settings, CODES, 0), classification))
    assert flow.start() == (Connect(Outcome.NOT_GATED),)
