"""Names that run from right to left. On every page: ``test_every_page_for_everybody``."""

import pytest

from callmark.codes.services import add_code
from tests.browser.conftest import Arrive
from tests.cast import LawFirm, first_time

pytestmark = pytest.mark.browser

LONG = "W" * 100
HEBREW = "משרד עורכי דין"


def test_a_name_from_right_to_left_moves_nothing_else(arrive: Arrive, cast: LawFirm) -> None:
    first_time(cast, code_length=5)
    hebrew = add_code(cast.account, name=HEBREW, code="00001", actor=cast.olivia)
    olivia = arrive(person=cast.olivia)
    olivia.go(f"/accounts/firm/account-codes/codes/{hebrew.pk}/delete/")
    asked = olivia.page.get_by_text("Callers can no longer use it.")
    name, digits = asked.locator("bdi").bounding_box(), asked.locator(".digits").bounding_box()
    assert name
    assert digits
    assert digits["x"] >= name["x"] + name["width"], "the digits stand behind the name"


def test_a_message_keeps_such_a_name_to_itself(arrive: Arrive, cast: LawFirm) -> None:
    first_time(cast)
    olivia = arrive(person=cast.olivia)
    olivia.go("/accounts/firm/account-codes/codes/")
    olivia.page.get_by_label("Name or short description").fill(HEBREW)
    olivia.page.get_by_label("Account code", exact=True).fill("0001")
    olivia.click("button", "Add code")
    told = olivia.page.locator(".flashes .alert bdi")
    assert told.inner_text() == HEBREW
