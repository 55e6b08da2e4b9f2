"""A page that was left open does not outlive the session: nobody reads it afterwards."""

import pytest
from django.contrib.sessions.models import Session

from tests.browser.conftest import Arrive
from tests.browser.visitor import Visitor
from tests.cast import PASSWORD, LawFirm

pytestmark = pytest.mark.browser

CALLS = "/accounts/firm/calls/"
SIGN_IN = "**/login/?next=%2Faccounts%2Ffirm%2Fcalls%2F"


@pytest.fixture
def uma(arrive: Arrive, cast: LawFirm) -> Visitor:
    """Uma's call history is open; her browser's clock is the test's."""
    visitor = arrive(person=cast.uma)
    visitor.page.clock.install()
    visitor.go(CALLS)
    visitor.sees("Uma")
    return visitor


def nine_hours_pass_on_the_server() -> None:
    """As if nobody had used the session for so long."""
    session = Session.objects.get()
    data = session.get_decoded()
    data["callmark.seen_at"] -= 9 * 3600
    session.session_data = Session.objects.encode(data)
    session.save()


def test_when_the_session_ends_by_itself(uma: Visitor) -> None:
    nine_hours_pass_on_the_server()
    uma.page.clock.fast_forward("08:00:05")
    uma.page.wait_for_url(SIGN_IN)
    uma.sees("You were signed out after some time without activity.")
    assert "Uma" not in uma.page.content()


def test_not_while_another_tab_goes_on_using_it(uma: Visitor) -> None:
    with uma.page.expect_response("**/session/") as asked:
        uma.page.clock.fast_forward("08:00:05")
    assert asked.value.json()["seconds"] > 0
    uma.sees("Uma")
    assert uma.page.url.endswith(CALLS)
    assert not uma.page.evaluate("document.documentElement.hidden")


def test_when_another_tab_signs_out(uma: Visitor) -> None:
    other = uma.page.context.new_page()
    other.goto(f"{uma.base}/logout/")
    other.get_by_role("main").get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/login/**")
    uma.page.wait_for_url(SIGN_IN)


def test_when_somebody_else_signs_in_in_another_tab(uma: Visitor, cast: LawFirm) -> None:
    other = uma.page.context.new_page()
    uma.page.context.clear_cookies()
    other.goto(f"{uma.base}/login/")
    uma.page.wait_for_url(SIGN_IN)
    other.get_by_label("E-mail").fill("olivia@firm.example")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.wait_for_url(lambda url: "/login/" not in url)


def test_when_one_comes_back_to_a_page_that_the_browser_kept(uma: Visitor) -> None:
    Session.objects.all().delete()
    uma.page.evaluate(
        "window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    )
    uma.page.wait_for_url(SIGN_IN)


def test_when_callmark_cannot_be_asked_the_page_s_own_clock_decides(uma: Visitor) -> None:
    uma.expected = ("ERR_FAILED",)
    uma.page.route("**/session/", lambda route: route.abort())
    nine_hours_pass_on_the_server()
    with uma.page.expect_event("requestfailed"):
        uma.page.clock.fast_forward("07:00:00")
    uma.sees("Uma")
    uma.page.clock.fast_forward("01:10:00")
    uma.page.wait_for_url(SIGN_IN)
