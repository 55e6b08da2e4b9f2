"""Pages speak of numbers, countries and dates as their readers do."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from django.utils.formats import date_format

from callmark.formats.en import formats
from tests.cast import LawFirm, first_time
from tests.portal.pages import url

PROJECT = Path(__file__).parents[2]
FORMATS = {name for name in vars(formats) if name.endswith("_FORMAT")}


def shown(browser: Client, address: str) -> str:
    return " ".join(browser.get(address).content.decode().split())


def living_in(cast: LawFirm, country: str) -> None:
    cast.account.country = country
    cast.account.star_code = "*77"
    cast.account.save()
    first_time(cast)


@pytest.mark.parametrize(
    ("country", "words", "not_said"),
    [
        ("US", ("(411)", "(0)", "1-900 numbers", "1-800 numbers", "The US and Canada"), ()),
        (
            "GB",
            ("(118 numbers)", "(100)", "09 numbers", "0800 numbers", "Guernsey, Isle of Man"),
            ("411", "1-900", "1-800", "The US and Canada"),
        ),
        ("TA", ("Numbers that cost the caller extra",), ("411", "1-900", "()")),
    ],
)
def test_call_types_are_explained_with_numbers_of_the_country(
    olivia: Client, cast: LawFirm, country: str, words: tuple[str, ...], not_said: tuple[str, ...]
) -> None:
    living_in(cast, country)
    for page in ("account-codes/", f"users/{cast.uma.pk}/settings/"):
        text = shown(olivia, url(cast, page))
        for one in (*words, "star code (*77)"):
            assert one in text, (page, one)
        for one in not_said:
            assert one not in text, (page, one)


def test_a_users_own_country_comes_before_the_accounts(olivia: Client, cast: LawFirm) -> None:
    living_in(cast, "US")
    cast.uma.home_country = "GB"
    cast.uma.save()
    text = shown(olivia, url(cast, f"users/{cast.uma.pk}/settings/"))
    assert "09 numbers" in text
    assert "1-900" not in text
    details = shown(olivia, url(cast, f"users/{cast.uma.pk}/details/"))
    assert "The account&#x27;s (United States)" in details
    assert '<option value="GB" selected>United Kingdom</option>' in details


def test_countries_are_called_by_name(cast: LawFirm) -> None:
    otto = Client()
    otto.force_login(cast.otto)
    cast.account.international_regions = ["JM", "DO"]
    cast.account.save()
    page = shown(otto, url(cast, "account/"))
    assert 'value="Jamaica, Dominican Republic"' in page
    assert ">United Kingdom</option>" in page
    number = shown(otto, url(cast, f"users/{cast.uma.pk}/numbers/add/"))
    assert "such as +12015550123" in number


def test_a_user_without_a_phone_is_not_said_to_have_one(olivia: Client, cast: LawFirm) -> None:
    cast.uma.extensions.all().delete()
    cast.uma.phone_numbers.all().delete()
    cast.uma.email = None
    cast.uma.save()
    page = shown(olivia, url(cast, f"users/{cast.uma.pk}/details/"))
    assert "No phone yet" in page
    assert "has a phone" not in page
    assert "knows the phone" not in page


def test_dates_are_written_in_one_way_everywhere() -> None:
    """Pages and mails name the format; how it looks is in callmark/formats alone."""
    # Named formats; seconds, the names of days, months and zones; what only programs read.
    parts = {"H:i:s", "l", "D", "F", "e", "T", "c", "Y-m-d"}
    pages = [*PROJECT.glob("src/**/*.html"), *PROJECT.glob("src/**/*.txt")]
    found = {
        (page.name, written)
        for page in pages
        for written in re.findall(r"""\|date:["']([^"']*)["']""", page.read_text())
    }
    assert len(found) > 20
    assert {written for _, written in found} - parts <= set(FORMATS)
    moment = datetime(2026, 11, 3, 9, 41, tzinfo=UTC)
    assert date_format(moment, "DATETIME_FORMAT") == "Nov 3, 2026, 09:41"
    assert date_format(moment) == "Nov 3, 2026"
