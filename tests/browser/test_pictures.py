"""The README's picture, made anew: set CALLMARK_PICTURES and run this file."""

import os

import pytest

from callmark.accounts.models import User
from callmark.ops.demo import create_demo
from tests.browser.conftest import Arrive
from tests.browser.visitor import PROJECT
from tests.rows import every

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif("CALLMARK_PICTURES" not in os.environ, reason="writes into docs/images"),
]

IMAGES = PROJECT / "docs" / "images"


def test_account_codes_settings(arrive: Arrive, transactional_db: None) -> None:
    create_demo("a password for nobody")
    olivia = arrive(person=every(User).get(email="olivia@demo.example"))
    olivia.go("/accounts/demo/account-codes/")
    # The whole page: the bar that sticks to the bottom would hide what is behind it.
    height = olivia.page.evaluate("document.documentElement.scrollHeight")
    olivia.page.set_viewport_size({"width": 1280, "height": height})
    olivia.page.evaluate("document.fonts.ready")
    IMAGES.mkdir(parents=True, exist_ok=True)
    picture = IMAGES / "account-codes-settings.png"
    olivia.page.screenshot(path=picture, animations="disabled")
    assert picture.stat().st_size < 300_000
