"""Days, users and types of calls of a code: stored, kept, and in force in the account's zone."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from callmark.accounts.refused import Refused
from callmark.accounts.services import change_account
from callmark.codes.services import add_code, change_code, delete_code, save_user_settings
from callmark.codes.use import StoredUse, today, usable_code_count
from callmark.gate.policy_cache import load_account
from tests.cast import LawFirm, make_law_firm

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)


def give(firm: LawFirm, use: StoredUse) -> None:
    change_code(firm.code, name=firm.code.name, ids={}, use=use, actor=firm.olivia)


def test_days_are_those_of_the_account(firm: LawFirm) -> None:
    change_account(firm.account, {"time_zone": "Asia/Tokyo"}, actor=firm.olivia)
    first, last = date(2031, 5, 1), date(2031, 5, 31)
    add_code(firm.account, name="May", code="0505", use=StoredUse(first, last), actor=firm.olivia)
    use = load_account(firm.account).codes["0505"].use
    assert use.starts_at == datetime(2031, 4, 30, 15, tzinfo=UTC).timestamp()
    assert use.ends_at == datetime(2031, 5, 31, 15, tzinfo=UTC).timestamp()
    with time_machine.travel(datetime(2031, 5, 31, 15, tzinfo=UTC), tick=False):
        assert usable_code_count(firm.account) == 1
    with time_machine.travel(datetime(2031, 5, 31, 14, 59, tzinfo=UTC), tick=False):
        assert usable_code_count(firm.account) == 2


def test_the_last_code_that_can_be_used_keeps_its_days(firm: LawFirm) -> None:
    over = StoredUse(ends_on=today(firm.account) - A_DAY)
    with pytest.raises(Refused, match="last code that can be used today"):
        give(firm, over)
    later = StoredUse(starts_on=today(firm.account) + A_DAY)
    add_code(firm.account, name="Later", code="0001", use=later, actor=firm.olivia)
    with pytest.raises(Refused) as refused:
        delete_code(firm.code, actor=firm.olivia)
    assert refused.value.code == "last_active_code"
    add_code(firm.account, name="Now", code="0002", actor=firm.olivia)
    give(firm, over)
    delete_code(firm.code, actor=firm.olivia)


@pytest.mark.parametrize(
    ("use", "field"),
    [
        (StoredUse(date(2031, 2, 2), date(2031, 2, 1)), "ends_on"),
        (StoredUse(ends_on=date(9999, 12, 31)), "ends_on"),
        (StoredUse(call_types=("emergency",)), "call_types"),
        (StoredUse(user_ids=("00000000-0000-0000-0000-000000000000",)), "user_ids"),
    ],
)
def test_what_no_code_can_have_is_refused(firm: LawFirm, use: StoredUse, field: str) -> None:
    with pytest.raises(Refused) as refused:
        give(firm, use)
    assert refused.value.field == field
    firm.code.refresh_from_db()
    assert StoredUse.of(firm.code) == StoredUse()


def test_users_of_another_account_are_refused(firm: LawFirm) -> None:
    with pytest.raises(Refused, match="users of this account"):
        give(firm, StoredUse(user_ids=(str(make_law_firm("other").ben.pk),)))


def test_a_code_does_not_become_everybodys_when_its_user_is_deleted(firm: LawFirm) -> None:
    give(firm, StoredUse(user_ids=(str(firm.carla.pk),)))
    firm.carla.delete()
    firm.code.refresh_from_db()
    give(firm, StoredUse(user_ids=tuple(firm.code.user_ids), call_types=("premium",)))
    use = load_account(firm.account).codes["1234"].use
    assert not use.is_for(str(firm.ben.pk))


def test_a_default_code_stands_in_only_where_it_could_be_entered(firm: LawFirm) -> None:
    save_user_settings(
        firm.ben, enabled=True, override=None, default_code=firm.code, actor=firm.olivia
    )
    give(firm, StoredUse(user_ids=(str(firm.carla.pk),)))
    ben = load_account(firm.account).users[str(firm.ben.pk)]
    assert ben.default_code is not None
    assert not ben.default_code.use.is_for(ben.id)
