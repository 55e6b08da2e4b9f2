"""An office manager brings her list along: previewed, corrected, imported, also without script."""

import pytest
from playwright.sync_api import FilePayload

from callmark.codes.models import AccountCode
from tests.browser.conftest import Arrive
from tests.browser.test_calls_put_right import arrive_at
from tests.browser.test_every_page import SIZES
from tests.browser.visitor import Size, Visitor
from tests.cast import LawFirm, code, first_time
from tests.rows import every

pytestmark = pytest.mark.browser

CODES = "/accounts/firm/account-codes/codes/"
GOOD = "name,code\nNordby Shipping,0417\nEstate of Whitlock,5521\n"


def examined(visitor: Visitor) -> None:
    """Nothing sticks out of the page, and axe finds nothing."""
    wide = visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    assert not visitor.inaccessible()


def as_file(text: str) -> FilePayload:
    """A file as it is chosen from the disk."""
    return {"name": "codes.csv", "mimeType": "text/csv", "buffer": text.encode()}


def names(cast: LawFirm) -> set[str]:
    """The names of the firm's codes."""
    return set(every(AccountCode).filter(account=cast.account).values_list("name", flat=True))


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("size", SIZES)
def test_a_list_is_corrected_and_imported(
    arrive: Arrive, cast: LawFirm, size: Size, scripts: bool
) -> None:
    first_time(cast)
    olivia = arrive_at(arrive, cast, size, CODES, scripts=scripts)
    olivia.click("link", "import a list")
    olivia.page.get_by_label("CSV or Excel file").set_input_files(
        as_file(GOOD.replace("0417", "41"))
    )
    olivia.click("button", "Preview")
    olivia.sees("Nothing can be imported yet: 1 problem in 1 line.")
    if scripts:
        examined(olivia)
        olivia.picture("import-problems")
        olivia.page.locator("[role=alert]:focus").wait_for()
        with olivia.page.expect_download() as download:
            olivia.click("button", "Problems as CSV")
        assert "2,code,Enter exactly 4 digits" in download.value.path().read_text()
    olivia.page.get_by_label("Or paste the list").fill(GOOD)
    olivia.click("button", "Preview")
    olivia.sees("2 account codes will be added.")
    assert names(cast) == set()
    if scripts:
        examined(olivia)
        olivia.picture("import-preview")
    olivia.click("button", "Import")
    olivia.sees("List imported: 2 account codes added.")
    assert "0417" not in olivia.page.url
    assert names(cast) == {"Nordby Shipping", "Estate of Whitlock"}


def test_a_list_is_pasted_and_its_names_updated_with_the_keyboard_alone(
    arrive: Arrive, cast: LawFirm
) -> None:
    first_time(cast)
    code(cast, "0417", "Nordby")
    olivia = arrive_at(arrive, cast, "desktop", f"{CODES}import/")
    keys = olivia.page.keyboard
    olivia.page.get_by_label("CSV or Excel file").focus()
    keys.press("Tab")
    keys.insert_text(GOOD)
    for key in ("Tab", "Tab", "Tab", "Tab", "Enter"):
        keys.press(key)
    olivia.sees("These codes exist already.")
    for _ in range(3):
        keys.press("Tab")
        if "them updated" in olivia.page.evaluate("document.activeElement.textContent"):
            break
    keys.press("Enter")
    olivia.sees("1 that exists already will be updated.")
    keys.press("Tab")
    keys.press("Enter")
    olivia.sees("List imported: 1 account code added, 1 updated.")
    assert names(cast) == {"Nordby Shipping", "Estate of Whitlock"}


def test_what_is_pasted_is_not_kept_in_the_tab(arrive: Arrive, cast: LawFirm) -> None:
    first_time(cast)
    olivia = arrive_at(arrive, cast, "desktop", f"{CODES}import/")
    olivia.page.on("dialog", lambda dialog: dialog.accept())
    olivia.page.get_by_label("Or paste the list").fill(GOOD)
    olivia.go(CODES)
    kept = olivia.page.evaluate("JSON.stringify(sessionStorage)")
    assert "0417" not in kept
