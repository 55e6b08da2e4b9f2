"""A report in a browser: the bill at both widths, nothing sticks out, axe finds nothing."""

import pytest

from tests.browser.conftest import Arrive
from tests.portal.cast import Cast, code, first_time, url
from tests.portal.test_reports import a_call

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_bill_is_read_at_any_width(arrive: Arrive, cast: Cast, size: str) -> None:
    first_time(cast)
    code(cast, "0417")
    code(cast, "2086", "Smith, Jones & Co")
    a_call(cast, name="Harper v. Castellan", seconds=3600)
    a_call(cast, name="Smith, Jones & Co", seconds=120)
    a_call(cast, seconds=30)
    visitor = arrive(person=cast.olivia, size=size)
    visitor.go(url(cast, "reports/"))
    visitor.examine(f"reports-{size}")
