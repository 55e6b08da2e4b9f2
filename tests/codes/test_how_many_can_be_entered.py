"""The number of codes that somebody can enter: kept between pages, and never an old one."""

from datetime import date, datetime, timedelta

import pytest
import time_machine

from callmark.codes.services import add_code, change_code, delete_code, set_code_active
from callmark.codes.use import StoredUse, usable_code_count
from tests.cast import make_law_firm


@pytest.mark.django_db(transaction=True)
def test_each_change_of_a_code_is_counted() -> None:
    firm = make_law_firm("counted")

    def count() -> int:
        return usable_code_count(firm.account)

    noon = datetime(2026, 11, 26, 12, tzinfo=firm.account.zone)
    with time_machine.travel(noon, tick=False) as now:
        before = count()
        code = add_code(firm.account, name="Estate of Whitlock", code="2086", actor=None)
        assert count() == before + 1
        set_code_active(code, active=False, actor=None)
        assert count() == before
        set_code_active(code, active=True, actor=None)
        tomorrow = StoredUse(ends_on=date(2026, 11, 27))
        change_code(code, name=code.name, ids={}, use=tomorrow, actor=None)
        assert count() == before + 1
        now.move_to(noon + timedelta(days=2))
        assert count() == before, "the day has changed, and nothing else"
        delete_code(code, actor=None)
        assert count() == before
