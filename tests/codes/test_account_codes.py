"""Adding, renaming, deactivating and deleting account codes: reference section 7."""

import pytest

from callmark.accounts.refused import Refused
from callmark.codes.finding import find_code
from callmark.codes.models import AccountCode, AccountCodeSettings
from callmark.codes.services import (
    SettingsChange,
    add_code,
    delete_code,
    guess_warning,
    new_code,
    rename_code,
    save_account_settings,
    save_user_settings,
    set_code_active,
)
from callmark.policy.rules import CodeRules
from tests.cast import LawFirm, make_account, make_law_firm
from tests.rows import every

pytestmark = pytest.mark.django_db


def test_leading_zeros_count(firm: LawFirm) -> None:
    assert add_code(firm.account, name="Zeros", code="0001", actor=firm.olivia).code == "0001"


@pytest.mark.parametrize("digits", ["123", "12345", "12a4", "", "１２３４", " 123", "12*4"])
def test_anything_but_the_accounts_number_of_digits_is_refused(digits: str, firm: LawFirm) -> None:
    with pytest.raises(Refused, match="exactly 4 digits") as refusal:
        add_code(firm.account, name="Wrong", code=digits, actor=firm.olivia)
    assert refusal.value.field == "code"


def test_a_code_is_unique_in_its_account_and_free_in_another(firm: LawFirm) -> None:
    other = make_law_firm("other")
    with pytest.raises(Refused, match="already in use"):
        add_code(firm.account, name="Again", code="1234", actor=firm.olivia)
    assert find_code(other.account, "1234") is not None


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_code_needs_a_name_of_bearable_length(name: str, firm: LawFirm) -> None:
    with pytest.raises(Refused) as refusal:
        add_code(firm.account, name=name, code="0001", actor=firm.olivia)
    assert refusal.value.field == "name"


def test_only_the_name_of_a_code_changes(firm: LawFirm) -> None:
    renamed = rename_code(firm.code, name=" Harper (closed) ", actor=firm.olivia)
    assert (renamed.name, renamed.code) == ("Harper (closed)", "1234")


def test_no_codes_before_the_feature_is_set_up() -> None:
    with pytest.raises(Refused, match="Set up Account Codes first"):
        add_code(make_account(), name="Early", code="1234", actor=None)


def test_the_last_active_code_stays_while_the_account_validates(firm: LawFirm) -> None:
    spare = add_code(firm.account, name="Spare", code="0001", actor=firm.olivia)
    set_code_active(spare, active=False, actor=firm.olivia)
    with pytest.raises(Refused, match="last code that can be used today and cannot be deleted"):
        delete_code(firm.code, actor=firm.olivia)
    with pytest.raises(Refused, match="cannot be deactivated"):
        set_code_active(firm.code, active=False, actor=firm.olivia)
    set_code_active(spare, active=True, actor=firm.olivia)
    delete_code(firm.code, actor=firm.olivia)


def test_the_last_active_code_stays_while_any_users_own_settings_validate(firm: LawFirm) -> None:
    save_user_settings(firm.ben, enabled=True, override=CodeRules(validate=True), actor=None)
    version = every(AccountCodeSettings).get(account=firm.account).version
    save_account_settings(
        firm.account,
        SettingsChange(max_retries=3, rules=CodeRules()),
        enable_everyone=False,
        expected_version=version,
        actor=None,
    )
    with pytest.raises(Refused, match="last code that can be used"):
        delete_code(firm.code, actor=firm.olivia)
    save_user_settings(firm.ben, enabled=True, override=None, actor=None)
    delete_code(firm.code, actor=firm.olivia)
    assert not every(AccountCode).exists()


def test_too_many_codes_for_their_length_are_warned_of(firm: LawFirm) -> None:
    assert guess_warning(firm.account) is None
    AccountCode.objects.bulk_create(
        new_code(firm.account, str(number), f"{number:04}") for number in range(50)
    )
    assert guess_warning(firm.account) == pytest.approx(51 * 3 / 10_000)
