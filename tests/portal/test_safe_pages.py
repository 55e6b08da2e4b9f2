"""What every page promises: no inline code, and no internals when something fails."""

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.test import Client

from tests.cast import LawFirm, code, first_time
from tests.portal.pages import url

PAGES = (
    "account-codes/",
    "account-codes/codes/",
    "users/",
    "calls/",
    "test-call/",
    "activity/",
    "webhooks/",
    "webhooks/add/",
    "api-tokens/",
    "api-tokens/add/",
)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(
    olivia: Client, cast: LawFirm, page: str
) -> None:
    first_time(cast)
    code(cast)
    answer = olivia.get(url(cast, page))
    text = answer.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"(src|href)=\"(https?:)?//", text)


def test_every_icon_of_a_page_is_in_the_sprite() -> None:
    """One that is not there shows as nothing, without a word."""
    project = Path(__file__).parents[2]
    drawn = set((project / "frontend/src/icons.txt").read_text().split())
    pages = [path.read_text() for path in project.glob("src/**/templates/**/*.html")]
    asked = {name for page in pages for name in re.findall(r'{% icon "([^"]+)"', page)}
    assert len(asked) > 30
    assert asked - drawn == set()


def test_the_content_security_policy_allows_nothing_inline(client: Client, cast: LawFirm) -> None:
    for page in ("/login/", "/nothing/"):
        policy = client.get(page).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_errors_have_our_look_and_no_internals(client: Client, cast: LawFirm) -> None:
    page = client.get("/nothing/here/")
    assert page.status_code == 404
    assert "Page not found" in page.content.decode()
    assert "nothing/here" not in page.content.decode()
    client.force_login(cast.uma)
    forbidden = client.get(url(cast, "users/"))
    assert forbidden.status_code == 403
    assert "You may not see this page" in forbidden.content.decode()
    assert "Something went wrong" in render_to_string("500.html")


def test_a_form_from_elsewhere_is_refused_kindly(cast: LawFirm) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.olivia)
    answer = client.post(url(cast, "account-codes/"), {})
    assert answer.status_code == 403
    assert "Please try that again" in answer.content.decode()


def test_names_are_escaped(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    code(cast, name="<script>alert(1)</script>")
    text = olivia.get(url(cast, "account-codes/codes/")).content.decode()
    assert "<script>alert" not in text
