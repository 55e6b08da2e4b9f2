"""Account defaults, a user's override, and which calls then need a code: reference sections 3-4."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.policy.numbering import COSTLY, NumberingPlan, classify
from callmark.policy.rules import CodeRules
from callmark.policy.settings import (
    AccountSettings,
    Unasked,
    UserSettings,
    code_requirement,
    effective_settings,
    lets_through,
    strictest_settings,
)

PLAN = NumberingPlan("US", extensions={"101"}, international_regions=frozenset({"JM"}))
ON = UserSettings(enabled=True)


def needs_code(
    dialed: str, rules: CodeRules, user: UserSettings = ON, *, allowed: bool = True
) -> bool:
    account = AccountSettings(code_length=4, max_retries=3, allowed=allowed, defaults=rules)
    return code_requirement(effective_settings(account, user), classify(dialed, PLAN)).required


@pytest.mark.parametrize(
    ("rule", "gated", "free"),
    [
        ("require_internal", "101", "2125550100"),
        ("international", "011442079460000", "16045550100"),
        ("international", "18765550100", "4165550100"),
        ("directory_assistance", "411", "611"),
        ("directory_assistance", "0", "2125550100"),
        ("premium", "19005551234", "18005551234"),
        ("other_outside", "2125550100", "18005550199"),
        ("toll_free", "18005550199", "2125550100"),
    ],
)
def test_each_rule_gates_its_own_calls_and_no_others(rule: str, gated: str, free: str) -> None:
    only_this = replace(CodeRules(), **{rule: True})
    assert needs_code(gated, only_this)
    assert not needs_code(free, only_this)
    assert not needs_code(gated, CodeRules())


@pytest.mark.parametrize("rule", ["premium", "international"])
def test_a_foreign_premium_number_needs_a_code_when_either_rule_is_on(rule: str) -> None:
    assert needs_code("011449098790000", replace(CodeRules(), **{rule: True}))


def test_a_number_of_two_types_is_gated_for_its_own_switches_only() -> None:
    assert not needs_code("011449098790000", CodeRules(other_outside=True, toll_free=True))


@pytest.mark.parametrize(("user", "allowed"), [(UserSettings(enabled=False), True), (ON, False)])
def test_nobody_is_asked_while_the_feature_is_off(user: UserSettings, allowed: bool) -> None:
    everything = CodeRules(*[True] * len(CodeRules.__dataclass_fields__))
    assert not needs_code("011442079460000", everything, user, allowed=allowed)


def test_before_the_first_time_nothing_is_asked() -> None:
    settings = effective_settings(None, ON)
    assert not code_requirement(settings, classify("011442079460000", PLAN)).required


def test_a_users_custom_settings_replace_the_accounts() -> None:
    strict = UserSettings(enabled=True, override=CodeRules(other_outside=True))
    account = CodeRules(international=True)
    assert needs_code("2125550100", account, strict)
    assert not needs_code("011442079460000", account, strict)


@pytest.mark.parametrize("account_allows", [True, False])
def test_a_users_own_proceed_counts_only_while_the_accounts_is_on(account_allows: bool) -> None:
    account = AccountSettings(
        code_length=4,
        max_retries=3,
        allowed=True,
        defaults=CodeRules(proceed_after_max_retries=account_allows),
    )
    user = UserSettings(enabled=True, override=CodeRules(proceed_after_max_retries=True))
    effective = effective_settings(account, user)
    assert effective.rules.proceed_after_max_retries is account_allows


@pytest.mark.parametrize(("length", "retries"), [(2, 3), (8, 3), (4, 0), (4, 10)])
def test_impossible_lengths_and_retries_are_refused(length: int, retries: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        AccountSettings(code_length=length, max_retries=retries)


RULES_ON = st.builds(CodeRules, *[st.booleans()] * len(CodeRules.__dataclass_fields__))
USERS = st.lists(st.builds(UserSettings, st.booleans(), st.none() | RULES_ON), max_size=5)
NUMBERS = st.sampled_from(
    ["101", "2125550100", "18005550199", "19005551234", "411", "011442079460000", "911", "77"]
)


@given(RULES_ON, USERS, NUMBERS)
def test_whom_nobody_knows_needs_a_code_exactly_where_any_user_does(
    defaults: CodeRules, users: list[UserSettings], dialed: str
) -> None:
    account = AccountSettings(code_length=4, max_retries=3, allowed=True, defaults=defaults)
    found = classify(dialed, PLAN)
    everybody = [effective_settings(account, user) for user in users]
    strictest = strictest_settings(account, everybody)
    anybody = any(code_requirement(settings, found).required for settings in everybody)
    assert code_requirement(strictest, found).required is anybody
    assert not strictest.rules.proceed_after_max_retries


@given(NUMBERS)
def test_what_goes_on_without_a_code_is_what_the_account_chose(dialed: str) -> None:
    found = classify(dialed, PLAN)
    assert lets_through(Unasked.LET_THROUGH, found)
    assert not lets_through(Unasked.REFUSE, found)
    assert lets_through(Unasked.REFUSE_COSTLY, found) is not bool(found.types & COSTLY)
