"""Codes made for a list of names."""

import pytest

from callmark.accounts.refused import Refused
from callmark.codes.making import free_codes, with_codes
from callmark.codes.models import AccountCode
from callmark.codes.services import new_code
from tests.cast import LawFirm, make_law_firm
from tests.rows import every

pytestmark = pytest.mark.django_db


def test_each_is_free_and_none_is_what_anybody_tries_first() -> None:
    firm = make_law_firm(digits="111")
    AccountCode.objects.bulk_create(
        new_code(firm.account, str(number), f"{number:03}") for number in range(200, 900)
    )
    used = {one.code for one in every(AccountCode)}
    free = free_codes(firm.account, 250)
    assert len(set(free)) == 250
    assert not used & set(free)
    assert not {"000", "999", "012", "123", "987", "210", "911", "933", "112"} & set(free)
    with pytest.raises(Refused, match="codes of 3 digits are left"):
        free_codes(firm.account, 400)


def test_a_list_of_names_becomes_a_list_of_codes(firm: LawFirm) -> None:
    lines = with_codes(firm.account, b'Name\r\nSmith, Jones\r\n\r\n"Estate ""W"""\r\n').decode()
    first, second, third = lines.splitlines()
    assert first == "name,code"
    assert second.startswith('"Smith, Jones",')
    assert third.startswith('"Estate ""W""",')
    for empty in (b"", b"name\n", b"\n\n"):
        with pytest.raises(Refused):
            with_codes(firm.account, empty)
