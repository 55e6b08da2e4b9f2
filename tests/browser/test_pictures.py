"""The pictures of the guides, made anew from the demo account: ``make screenshots``."""

import os

import pytest

from callmark.accounts.models import User
from callmark.ops.demo import add_demo_calls, create_demo
from tests.browser.conftest import Arrive
from tests.browser.visitor import PROJECT, Visitor
from tests.rows import every

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif("CALLMARK_PICTURES" not in os.environ, reason="writes into docs/images"),
]

IMAGES = PROJECT / "docs" / "images"
MOST_BYTES = 300_000


def take(visitor: Visitor, path: str, name: str, *, most_height: int = 1400) -> None:
    """A picture of the page, with nothing that sticks to the bottom in the middle of it."""
    visitor.page.set_viewport_size({"width": 1280, "height": 800})
    visitor.go(path)
    full: int = visitor.page.evaluate("document.documentElement.scrollHeight")
    visitor.page.set_viewport_size({"width": 1280, "height": min(full, most_height)})
    visitor.page.evaluate("document.fonts.ready")
    IMAGES.mkdir(parents=True, exist_ok=True)
    picture = IMAGES / f"{name}.png"
    visitor.page.screenshot(path=picture, animations="disabled")
    assert picture.stat().st_size < MOST_BYTES, name


@pytest.mark.timeout(600)
def test_the_pictures_of_the_guides(arrive: Arrive, transactional_db: None) -> None:
    create_demo("a password for nobody")
    add_demo_calls()
    olivia_herself = every(User).get(email="olivia@demo.example")
    olivia = arrive(person=olivia_herself)
    someone = every(User).filter(account=olivia_herself.account, role="user").order_by("name")[0]
    for path, name in (
        ("account-codes/", "account-codes-settings"),
        ("account-codes/codes/", "account-codes"),
        (f"users/{someone.pk}/settings/", "user-settings"),
        ("test-call/", "test-a-call"),
        ("calls/", "call-history"),
    ):
        # The settings as a whole; of lists the beginning is enough.
        tall = 3000 if name == "account-codes-settings" else 900
        take(olivia, f"/accounts/demo/{path}", name, most_height=tall)
