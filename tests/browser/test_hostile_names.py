"""Names without a space, and names that run from right to left, on the smallest screens."""

import pytest

from callmark.accounts.services import change_account, change_person
from callmark.codes.models import AccountCode
from callmark.codes.services import add_code, rename_code
from callmark.webhooks.services import change_endpoint
from tests.browser.conftest import Arrive
from tests.browser.test_every_page import furnish, furnish_activity, furnish_programs
from tests.portal.cast import Cast, first_time
from tests.rows import every

pytestmark = pytest.mark.browser

LONG = "W" * 100
HEBREW = "משרד עורכי דין"


def test_nothing_scrolls_sideways(arrive: Arrive, cast: Cast) -> None:
    call = furnish(cast)
    log = furnish_programs(cast)
    furnish_activity(cast)
    harper = every(AccountCode).order_by("name")[0]
    rename_code(harper, name=LONG, actor=None)
    change_endpoint(log.endpoint, {"name": LONG[:40]}, actor=None)
    for person in (cast.uma, cast.olivia):
        change_person(person, {"name": LONG}, actor=None)
    change_account(cast.firm, {"name": LONG}, actor=None)
    olivia = arrive(person=cast.olivia, size="phone")
    too_wide: list[str] = []
    for path in (
        "account-codes/",
        "account-codes/codes/",
        f"account-codes/codes/{harper.pk}/rename/",
        f"account-codes/codes/{harper.pk}/delete/",
        "users/",
        f"users/{cast.uma.pk}/settings/",
        f"users/{cast.uma.pk}/details/",
        f"users/{cast.uma.pk}/delete/",
        "",
        "calls/",
        "calls/to-assign/",
        "calls/replace/",
        "months/",
        "months/2026-03-01/",
        "months/calendar/",
        f"calls/{call.pk}/",
        "test-call/",
        "people/",
        f"people/{cast.uma.pk}/",
        f"people/{cast.uma.pk}/deactivate/",
        "activity/",
        "webhooks/",
        f"webhooks/{log.endpoint_id}/",
        f"webhooks/{log.endpoint_id}/edit/",
        "api-tokens/",
    ):
        olivia.go(f"/accounts/firm/{path}")
        for width in (320, 375):
            olivia.page.set_viewport_size({"width": width, "height": 800})
            full = olivia.page.evaluate("document.documentElement.scrollWidth")
            if full > width:
                too_wide.append(f"{path}: {full} px on {width} px")
    assert not too_wide, "\n".join(too_wide)


def test_a_name_from_right_to_left_moves_nothing_else(arrive: Arrive, cast: Cast) -> None:
    first_time(cast, code_length=5)
    hebrew = add_code(cast.firm, name=HEBREW, code="00001", actor=cast.olivia)
    olivia = arrive(person=cast.olivia)
    olivia.go(f"/accounts/firm/account-codes/codes/{hebrew.pk}/delete/")
    asked = olivia.page.get_by_text("Callers can no longer use it.")
    name, digits = asked.locator("bdi").bounding_box(), asked.locator(".digits").bounding_box()
    assert name
    assert digits
    assert digits["x"] >= name["x"] + name["width"], "the digits stand behind the name"


def test_a_message_keeps_such_a_name_to_itself(arrive: Arrive, cast: Cast) -> None:
    first_time(cast)
    olivia = arrive(person=cast.olivia)
    olivia.go("/accounts/firm/account-codes/codes/")
    olivia.page.get_by_label("Name or short description").fill(HEBREW)
    olivia.page.get_by_label("Account code", exact=True).fill("0001")
    olivia.click("button", "Add code")
    told = olivia.page.locator(".flashes .alert bdi")
    assert told.inner_text() == HEBREW
