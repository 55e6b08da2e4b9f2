"""Help is one click away: every page leads to its section of the guide, which can be searched."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern

from callmark.portal.guide import HELP, anchor_of, guide, search, sections_of
from callmark.portal.urls import urlpatterns
from tests.cast import LawFirm, first_time
from tests.portal.pages import url

DOCS = Path(__file__).parents[2] / "docs"

# They show no page of their own: they do something and lead back, or are a piece of a page.
NO_PAGE = {
    "favicon",
    "help",
    "guessability",
    "lift_lockout",
    "code_active",
    "codes_export",
    "import_problems",
    "calls_export",
    "format_delete",
    "statement_pdf",
    "statements_zip",
    "calls_workbook",
    "calls_search",
    "arrange_table",
    "code_change_left",
    "switch_guide",
    "rates_again",
    "rates_currency",
    "rates_export",
    "shared_rates_export",
    "choose_caller",
    "choose_code",
    "choose_user",
    "calls_correct",
    "correction_progress",
    "users_import_problems",
    "template_delete",
    "users_progress",
    "users_undo",
    "account_short_name",
    "correction_undo",
    "filter_save",
    "filter_delete",
    "reports_export",
    "report_save",
    "report_saved",
    "report_delete",
    "report_file",
    "export_file",
    "export_delete",
    "schedule_active",
    "schedule_run",
    "schedule_delete",
    "activity_export",
    "require_second_factor",
    "webhook_active",
    "webhook_test",
    "delivery_replay",
}


def test_every_page_names_its_section_of_the_guide() -> None:
    names = {one.name for one in urlpatterns if isinstance(one, URLPattern)}
    assert names - NO_PAGE <= set(HELP)
    anchors = {one.anchor for one in guide()}
    assert set(HELP.values()) <= anchors


@pytest.mark.parametrize(
    ("page", "anchor", "heading"),
    [
        ("account-codes/", "account-codes-settings", "Account Codes Settings"),
        ("account-codes/codes/", "account-codes", "Account codes"),
        ("users/", "users-come-and-go", "Users come and go"),
        ("test-call/", "test-a-call", "Test a call"),
        ("webhooks/", "webhooks", "Webhooks"),
    ],
)
def test_a_page_leads_to_what_is_about_it(
    olivia: Client, cast: LawFirm, page: str, anchor: str, heading: str
) -> None:
    first_time(cast)
    shown = olivia.get(url(cast, page)).content.decode()
    assert re.search(rf'href="/help/#{anchor}">.* Help</a>', shown)
    text = olivia.get("/help/").content.decode()
    assert re.search(rf'<section id="{anchor}"[^>]*>\s*<h[23][^>]*>{heading}</h', text)


def test_the_search_finds_sections_and_leads_there(olivia: Client) -> None:
    page = olivia.get("/help/", {"q": "catch-all code"}).content.decode()
    assert 'href="/help/#account-codes">Account codes</a>' in page
    assert "Keep one catch-all code" in page
    assert "SIP trunks" not in page
    nothing = olivia.get("/help/", {"q": "<b>zeppelin</b>"}).content.decode()
    assert "Nothing in the guide has “<bdi>&lt;b&gt;zeppelin&lt;/b&gt;</bdi>”" in nothing
    titles = [section.title for section, _ in search("webhook")]
    assert titles[0] == "Webhooks"


def test_everybody_who_signs_in_can_read_it_and_nobody_else(cast: LawFirm) -> None:
    assert Client().get("/help/").status_code == 302
    for person in (cast.otto, cast.uma, cast.rick):
        browser = Client()
        browser.force_login(person)
        assert (
            "Emergency calls are never asked for a code" in browser.get("/help/").content.decode()
        )


def test_the_whole_guide_is_there_with_anchors_as_in_its_links() -> None:
    names = ("administrator", "users", "codes", "costs", "calls", "bills", "accounts")
    text = "\n".join((DOCS / f"{one}.md").read_text() for one in names)
    headings = re.findall(r"^#{2,3} (.+)$", text, re.MULTILINE)
    assert [one.title for one in guide()] == headings
    assert [one.anchor for one in guide()] == [anchor_of(one) for one in headings]
    assert len(set(headings)) == len(headings)


def test_a_link_from_one_of_its_documents_leads_to_the_section_on_the_same_page() -> None:
    sections = {one.anchor: one for one in guide()}
    assert '<a href="#closing-a-month">closing</a>' in sections["reports"].html
    links = {link for one in sections.values() for link in re.findall('href="([^"]*)"', one.html)}
    assert links <= {f"#{anchor}" for anchor in sections}


def test_nothing_but_the_guides_own_markup_reaches_the_page() -> None:
    (section,) = sections_of(
        "# Guide\n\n## A <i>b</i>\n\n<script>alert(1)</script>\n\n"
        "[out](javascript:alert(1)) [page](webhooks.md) [here](#a-b) ![x](http://a.example/x.png)\n"
    )
    assert "<script" not in section.html
    assert "<i>" not in section.html
    assert "javascript:alert(1)</a>" not in section.html
    assert re.findall(r'href="([^"]*)"', section.html) == ["#a-b"]
    assert section.title == "A <i>b</i>"
