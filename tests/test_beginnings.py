"""What tests begin with is as if each had made it alone."""

import pytest

from callmark.accounts.models import Account
from callmark.codes.models import AccountCode
from callmark.codes.services import add_code
from tests.cast import LawFirm
from tests.rows import every

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize("_turn", ["first", "again"])
def test_what_another_has_changed_is_as_it_was(firm: LawFirm, _turn: str) -> None:
    assert [one.name for one in every(AccountCode)] == [firm.code.name]
    assert firm.account.name == "Firm Ltd"
    add_code(firm.account, name="Another", code="9999", actor=firm.olivia)
    firm.account.name = firm.code.name = "changed"


@pytest.mark.django_db
def test_who_begins_with_nothing_finds_nothing() -> None:
    assert not Account.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_real_transactions_have_rows_of_their_own(firm: LawFirm) -> None:
    assert Account.objects.get() == firm.account
