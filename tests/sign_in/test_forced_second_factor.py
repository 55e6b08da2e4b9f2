"""A second factor for everybody: people without are led to set one up before anything else."""

import json

import pytest
from django.test import Client
from pytest_django import Settings

from callmark.web.problems import forbidden
from tests.cast import LawFirm
from tests.sign_in.doors import Door, entries, text

ELSEWHERE = ("/", "/accounts/firm/calls/", "/sign-in/sessions/", "/password/change/", "/nothing/")


@pytest.fixture
def forced(cast: LawFirm) -> LawFirm:
    """The firm asks everybody."""
    cast.account.requires_second_factor = True
    cast.account.save()
    return cast


def test_an_administrator_forces_it_on_the_page(olivia: Client, cast: LawFirm) -> None:
    olivia.post("/accounts/firm/people/second-factor/", {"required": "1"})
    cast.account.refresh_from_db()
    assert cast.account.requires_second_factor
    (entry,) = entries("account.changed")
    assert entry.after == {"requires_second_factor": True}


def test_nobody_else_may_force_it(cast: LawFirm, uma: Door) -> None:
    uma.sign_in()
    answer = uma.browser.post("/accounts/firm/people/second-factor/", {"required": "1"})
    assert answer.status_code == 403
    answer = uma.browser.post("/accounts/other/people/second-factor/", {"required": "1"})
    assert answer.status_code == 404


@pytest.mark.parametrize("page", ELSEWHERE)
def test_without_one_every_page_leads_to_setting_it_up(
    forced: LawFirm, uma: Door, page: str
) -> None:
    uma.sign_in()
    answer = uma.browser.get(page)
    if page == "/nothing/":
        assert answer.status_code == 404
        assert "Firm" not in text(answer)
    else:
        assert answer.headers["Location"] == "/sign-in/"
    assert "Set up a second factor" in text(uma.browser.get("/sign-in/"))


def test_also_those_who_were_signed_in_before(olivia: Client, cast: LawFirm, uma: Door) -> None:
    uma.sign_in()
    assert uma.browser.get("/accounts/firm/calls/").status_code == 200
    olivia.post("/accounts/firm/people/second-factor/", {"required": "1"})
    assert uma.browser.get("/accounts/firm/calls/").headers["Location"] == "/sign-in/"


def test_nothing_can_be_done_on_the_way_either(forced: LawFirm) -> None:
    browser = Client()
    Door(browser, forced.olivia).sign_in()
    browser.post("/accounts/firm/people/second-factor/", {"required": "0"})
    forced.account.refresh_from_db()
    assert forced.account.requires_second_factor


def test_a_program_in_the_browser_is_told_so(forced: LawFirm, uma: Door) -> None:
    uma.sign_in()
    answer = uma.browser.get("/api/v1/accounts")
    assert answer.status_code == 403
    problem = answer.json()
    assert problem["code"] == "second_factor_missing"
    own = forbidden(problem["detail"], problem["code"]).response()
    assert problem == json.loads(own.content)


def test_a_piece_of_a_page_is_not_replaced_by_another_page(forced: LawFirm, uma: Door) -> None:
    uma.sign_in()
    answer = uma.browser.get("/accounts/firm/calls/", HTTP_HX_REQUEST="true")
    assert answer.headers["HX-Redirect"] == "/sign-in/"
    assert not answer.content


def test_once_it_is_set_up_all_pages_are_there(forced: LawFirm, uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    assert len(uma.recovery_codes) == 10
    assert uma.browser.get("/accounts/firm/calls/").status_code == 200
    uma.sign_out()
    uma.sign_in()
    uma.second_step(uma.next_code())
    assert uma.browser.get("/accounts/firm/calls/").status_code == 200


def test_removing_the_last_one_leads_back_to_setting_up(forced: LawFirm, uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    uma.browser.post("/sign-in/app/remove/")
    assert uma.browser.get("/accounts/firm/calls/").headers["Location"] == "/sign-in/"


def test_one_can_always_sign_out(forced: LawFirm, uma: Door) -> None:
    uma.sign_in()
    uma.sign_out()
    assert not uma.is_in


def test_another_account_is_not_affected(forced: LawFirm) -> None:
    browser = Client()
    Door(browser, forced.fay).sign_in()
    assert browser.get("/accounts/other/calls/").status_code == 200


def test_operators_by_the_installations_setting(forced: LawFirm, settings: Settings) -> None:
    browser = Client()
    Door(browser, forced.otto).sign_in()
    assert browser.get("/accounts/firm/calls/").status_code == 200
    settings.OPERATORS_NEED_SECOND_FACTOR = True
    assert browser.get("/accounts/firm/calls/").headers["Location"] == "/sign-in/"
