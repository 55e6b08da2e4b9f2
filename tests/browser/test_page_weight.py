"""How much a page weighs the first time, and that the second time it is there at once."""

import re

import pytest
from playwright.sync_api import Request

from callmark.codes.models import AccountCode
from tests.browser.conftest import Arrive
from tests.browser.visitor import Visitor
from tests.cast import LawFirm, code, first_time
from tests.rows import every

pytestmark = pytest.mark.browser

MOST_BYTES = 200_000
MOST_REQUESTS = 6
SETTINGS = "/accounts/firm/account-codes/"


def loaded(visitor: Visitor, path: str) -> list[tuple[str, int, str]]:
    """Address, bytes over the wire and caching of everything a page asks for."""
    seen: list[Request] = []
    # Not the bound method itself: Playwright would write an attribute on the list.
    visitor.page.on("requestfinished", lambda request: seen.append(request))  # noqa: PLW0108
    visitor.go(path)
    visitor.page.wait_for_load_state("networkidle")
    return [weigh(request) for request in seen]


def weigh(request: Request) -> tuple[str, int, str]:
    """Address, bytes over the wire and caching of one answer."""
    answer, sizes = request.response(), request.sizes()
    assert answer
    weight = sizes["responseHeadersSize"] + sizes["responseBodySize"]
    return request.url, weight, answer.header_value("cache-control") or ""


@pytest.mark.parametrize(
    "path", [SETTINGS, f"{SETTINGS}codes/", "/login/", "/api/docs/who-can-sign-in"]
)
def test_a_first_visit_is_light(arrive: Arrive, cast: LawFirm, path: str) -> None:
    first_time(cast)
    code(cast)
    visitor = arrive(person=None if path == "/login/" else cast.olivia)
    files = loaded(visitor, path)
    told = "\n".join(f"{weight:>8} {url}" for url, weight, _ in files)
    assert sum(weight for _, weight, _ in files) <= MOST_BYTES, told
    assert len(files) <= MOST_REQUESTS, told
    for url, _, caching in files:
        if "/static/" in url:
            assert re.search(r"\.[0-9a-f]{12}\.\w+$", url), url
            assert "immutable" in caching, (url, caching)


def test_save_shows_that_it_is_busy(arrive: Arrive, cast: LawFirm) -> None:
    first_time(cast)
    olivia = arrive(person=cast.olivia)
    olivia.go(f"{SETTINGS}codes/")
    olivia.page.get_by_label("Name or short description").fill("Nordby Shipping")
    olivia.page.get_by_label("Account code", exact=True).fill("0417")
    add = olivia.page.get_by_role("button", name="Add code")
    add.evaluate(
        """button => {
          button.click();
          button.click();
          sessionStorage.setItem("seen", button.getAttribute("aria-busy"));
        }"""
    )
    olivia.sees("Account code “Nordby Shipping” added.")
    assert olivia.page.evaluate("sessionStorage.getItem('seen')") == "true"
    assert every(AccountCode).count() == 1, "a second press sends nothing"
