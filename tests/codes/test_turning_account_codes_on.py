"""Account > Account Codes: first time, saving, turning off. Reference sections 2 and 3."""

import pytest

from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.accounts.services import add_person
from callmark.codes.models import AccountCodeSettings, UserCodeSettings
from callmark.codes.services import (
    SaveCounts,
    SettingsChange,
    add_code,
    enable_account_codes,
    save_account_settings,
    save_counts,
    save_user_settings,
    turn_off,
)
from callmark.policy.rules import CodeRules
from tests.cast import OUTSIDE_CALLS, LawFirm, make_account, make_law_firm
from tests.rows import every

pytestmark = pytest.mark.django_db


def save(
    account: Account, rules: CodeRules = OUTSIDE_CALLS, *, everyone: bool = False
) -> AccountCodeSettings:
    version = every(AccountCodeSettings).get(account=account).version
    return save_account_settings(
        account,
        SettingsChange(max_retries=3, rules=rules),
        enable_everyone=everyone,
        expected_version=version,
        actor=None,
    )


def is_on(user: User) -> bool:
    return every(UserCodeSettings).filter(user=user, enabled=True).exists()


def test_the_first_save_fixes_the_length_and_leaves_the_feature_off() -> None:
    account = make_account()
    settings = enable_account_codes(account, code_length=5, max_retries=4, actor=None)
    assert (settings.code_length, settings.max_retries, settings.allowed) == (5, 4, False)
    with pytest.raises(Refused, match="cannot be changed"):
        enable_account_codes(account, code_length=6, max_retries=4, actor=None)


@pytest.mark.parametrize(("length", "retries"), [(2, 3), (8, 3), (4, 0), (4, 10)])
def test_impossible_lengths_and_retries_are_refused_and_nothing_is_saved(
    length: int, retries: int
) -> None:
    account = make_account()
    with pytest.raises(Refused):
        enable_account_codes(account, code_length=length, max_retries=retries, actor=None)
    assert not every(AccountCodeSettings).exists()


def test_validate_needs_a_code_first() -> None:
    account = make_account()
    enable_account_codes(account, code_length=4, max_retries=3, actor=None)
    with pytest.raises(Refused, match="Add at least one account code"):
        save(account, CodeRules(validate=True))
    assert not every(AccountCodeSettings).get(account=account).allowed


def test_yes_enables_everyone_also_those_turned_off_on_purpose(firm: LawFirm) -> None:
    save_user_settings(firm.ben, enabled=False, override=None, actor=None)
    save(firm.account, everyone=True)
    assert is_on(firm.ben)
    assert is_on(firm.carla)


def test_no_leaves_users_off_who_were_off() -> None:
    firm = make_law_firm(everyone=False)
    save(firm.account, everyone=False)
    assert not is_on(firm.ben)


def test_users_added_later_have_it_off_until_a_save_with_yes(firm: LawFirm) -> None:
    nina = add_person(firm.account, name="Nina")
    assert not is_on(nina)
    save(firm.account, everyone=True)
    assert is_on(nina)


def test_the_dialog_counts_whom_each_choice_touches(firm: LawFirm) -> None:
    save_user_settings(firm.ben, enabled=True, override=CodeRules(), actor=None)
    save_user_settings(firm.carla, enabled=False, override=None, actor=None)
    assert save_counts(firm.account) == SaveCounts(follow_defaults=1, customised=1, not_enabled=1)


def test_custom_settings_outlive_a_save_of_the_account(firm: LawFirm) -> None:
    save_user_settings(firm.ben, enabled=True, override=CodeRules(premium=True), actor=None)
    save(firm.account, CodeRules(), everyone=True)
    assert firm.ben.code_settings.rules == CodeRules(premium=True)


def test_two_people_saving_the_same_page_do_not_overwrite_each_other(firm: LawFirm) -> None:
    seen = every(AccountCodeSettings).get(account=firm.account).version
    save(firm.account, CodeRules(premium=True))
    with pytest.raises(Refused, match="Somebody else changed"):
        save_account_settings(
            firm.account,
            SettingsChange(max_retries=9, rules=CodeRules()),
            enable_everyone=True,
            expected_version=seen,
            actor=None,
        )
    assert every(AccountCodeSettings).get(account=firm.account).rules.premium


def _turn_off(firm: LawFirm, *, delete: bool) -> None:
    version = every(AccountCodeSettings).get(account=firm.account).version
    turn_off(firm.account, delete_custom_settings=delete, expected_version=version, actor=None)


@pytest.mark.parametrize("delete", [True, False])
def test_turning_it_off_disables_everyone_and_keeps_codes(delete: bool, firm: LawFirm) -> None:
    custom = CodeRules(premium=True)
    save_user_settings(firm.ben, enabled=True, override=custom, actor=None)
    _turn_off(firm, delete=delete)
    assert not every(UserCodeSettings).filter(enabled=True).exists()
    assert firm.account.codes.count() == 1
    save(firm.account, everyone=True)
    bens = every(UserCodeSettings).get(user=firm.ben)
    assert bens.override is not delete
    if not delete:
        assert bens.rules == custom


def test_a_user_cannot_be_enabled_while_the_account_is_off(firm: LawFirm) -> None:
    _turn_off(firm, delete=False)
    with pytest.raises(Refused, match="off for this account"):
        save_user_settings(firm.ben, enabled=True, override=None, actor=None)


def test_proceed_can_be_customised_only_while_it_is_on_at_the_account_and_then_waits(
    firm: LawFirm,
) -> None:
    proceed = CodeRules(proceed_after_max_retries=True)
    with pytest.raises(Refused, match="only while it is on for the account"):
        save_user_settings(firm.ben, enabled=True, override=proceed, actor=None)
    save(firm.account, proceed)
    save_user_settings(firm.ben, enabled=True, override=proceed, actor=None)
    save(firm.account, CodeRules())
    save_user_settings(firm.ben, enabled=True, override=CodeRules(premium=True), actor=None)
    assert every(UserCodeSettings).get(user=firm.ben).rules == CodeRules(
        premium=True, proceed_after_max_retries=True
    )


def test_an_override_validates_only_with_a_code_to_check_against() -> None:
    firm = LawFirm()
    settings = enable_account_codes(firm.account, code_length=4, max_retries=3, actor=None)
    save_account_settings(
        firm.account,
        SettingsChange(max_retries=3, rules=CodeRules()),
        enable_everyone=True,
        expected_version=settings.version,
        actor=None,
    )
    with pytest.raises(Refused, match="Add at least one account code"):
        save_user_settings(firm.ben, enabled=True, override=CodeRules(validate=True), actor=None)
    add_code(firm.account, name="One", code="0001", actor=None)
    save_user_settings(firm.ben, enabled=True, override=CodeRules(validate=True), actor=None)
