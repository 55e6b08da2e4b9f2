"""What ``callmark asterisk config`` reads of an account."""

from dataclasses import replace

import pytest

from callmark.codes.services import save_user_settings
from callmark.switches.alone.installation import asks_inside, phones
from tests.cast import OUTSIDE_CALLS, make_law_firm

pytestmark = pytest.mark.django_db


def test_calls_to_colleagues_ask_where_anybodys_settings_say_so() -> None:
    firm = make_law_firm()
    assert not asks_inside(firm.account)
    own = replace(OUTSIDE_CALLS, require_internal=True)
    save_user_settings(firm.ben, enabled=True, override=own, actor=None)
    assert asks_inside(firm.account)
    save_user_settings(firm.ben, enabled=False, override=own, actor=None)
    assert not asks_inside(firm.account)


def test_phones_are_the_endpoints_of_one_switch() -> None:
    firm = make_law_firm()
    assert phones(firm.account, "main")
    assert phones(firm.account, "elsewhere") == []
