"""Reports and statements in a browser: read at both widths, on paper, and saved by keyboard."""

import re
import subprocess

import pytest
from django.urls import reverse

from tests.browser.conftest import Arrive
from tests.browser.visitor import Visitor
from tests.cast import LawFirm, code, first_time
from tests.portal.pages import url
from tests.portal.test_reports import a_call

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_bill_is_read_at_any_width(arrive: Arrive, cast: LawFirm, size: str) -> None:
    first_time(cast)
    code(cast, "0417")
    code(cast, "2086", "Smith, Jones & Co")
    a_call(cast, name="Harper v. Castellan", seconds=3600)
    a_call(cast, name="Smith, Jones & Co", seconds=120)
    a_call(cast, seconds=30)
    visitor = arrive(person=cast.olivia, size=size)
    visitor.go(url(cast, "reports/"))
    visitor.examine(f"reports-{size}")


def printed(visitor: Visitor) -> list[str]:
    """The sheets that the page is printed on, as text."""
    told = subprocess.run(
        ["pdftotext", "-layout", "-", "-"],
        input=visitor.page.pdf(format="A4", prefer_css_page_size=False),
        capture_output=True,
        check=True,
    )
    return told.stdout.decode().split("\f")[:-1]


def of_the_whole_list(visitor: Visitor) -> str:
    """What the list's own *Print* brings to paper, once it has asked the browser to print."""
    visitor.page.add_init_script("window.print = () => document.body.append('asked to print')")
    visitor.page.get_by_role("link", name="Print").click()
    visitor.page.get_by_text("asked to print").wait_for()
    return "".join(printed(visitor))


def saved_by_keyboard(visitor: Visitor) -> bytes:
    """What the PDF button gives who comes to it by the keyboard."""
    visitor.page.get_by_role("link", name="PDF").focus()
    with visitor.page.expect_download() as download:
        visitor.page.keyboard.press("Enter")
    return download.value.path().read_bytes()


def test_reports_statements_and_lists_are_printed_whole_and_reports_saved_by_keyboard(
    arrive: Arrive, cast: LawFirm
) -> None:
    first_time(cast)
    for number in range(80):
        name = f"Matter {number:02}"
        code(cast, f"1{number:03}", name)
        call = a_call(cast, name=name)
    for seconds in range(80):
        a_call(cast, name=name, seconds=seconds)
    assert call.billing_month
    assert call.code
    visitor = arrive(person=cast.olivia)
    month = call.billing_month.isoformat()
    statement = reverse("portal:statement", args=[cast.account.slug, month, call.code.pk])
    for path, column, on_a_line, count in (
        (url(cast, "reports/"), "ACCOUNT CODE", r"(?m)^ *Matter \d\d", 80),
        (statement, "Number", r"\+44 20 7946 0000", 81),
    ):
        visitor.go(path)
        sheets = printed(visitor)
        lines = [len(re.findall(on_a_line, sheet)) for sheet in sheets]
        assert len(sheets) > 1
        assert sum(lines) == count
        # The head stands on each of them, and the total below some of what it is of.
        with_lines = [sheet for sheet, some in zip(sheets, lines, strict=True) if some]
        assert all(column in sheet for sheet in with_lines)
        assert "Total" in with_lines[-1]
        assert saved_by_keyboard(visitor).startswith(b"%PDF")
    for page, on_a_line, shown, count in (
        ("account-codes/codes/", r"(?m)^ *Matter \d\d", "25 account codes on this page", 80),
        ("calls/", r"\+44 20 7946 0000", "50 calls on this page", 160),
    ):
        visitor.go(url(cast, page))
        assert shown in "".join(printed(visitor)), "paper says what it has of the list"
        whole = of_the_whole_list(visitor)
        assert "on this page" not in whole
        assert len(re.findall(on_a_line, whole)) == count
