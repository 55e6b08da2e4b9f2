"""Olivia enables account codes on the account for the very first time."""

from django.test import Client

from callmark.codes.models import AccountCodeSettings
from tests.cast import LawFirm, first_time
from tests.portal.pages import url
from tests.portal.test_importing_codes import kept_in
from tests.rows import every

PAGE = "account-codes/"


def test_the_first_page_asks_for_two_things_only(olivia: Client, cast: LawFirm) -> None:
    page = olivia.get(url(cast, PAGE)).content.decode()
    assert "Account code length" in page
    assert "Max retries to validate code" in page
    assert "cannot be changed later" in page
    assert "forever" in page
    assert "3 to 5 is usual" in page
    assert "Allow account codes" not in page


def test_save_refreshes_the_page_to_the_settings(olivia: Client, cast: LawFirm) -> None:
    answer = olivia.post(url(cast, PAGE), {"code_length": "5", "max_retries": "4"}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain == [(url(cast, PAGE), 302)]
    assert "Account Codes Settings" in page
    settings = every(AccountCodeSettings).get(account=cast.account)
    assert (settings.code_length, settings.max_retries, settings.allowed) == (5, 4, False)


def test_nonsense_is_refused_beside_the_field(olivia: Client, cast: LawFirm) -> None:
    page = olivia.post(url(cast, PAGE), {"code_length": "8", "max_retries": "0"}).content.decode()
    assert "Account codes have at most 7 digits." in page
    assert "Enter a whole number from 1 to 9." in page
    assert "Nothing was saved" in page
    for sent in ({"code_length": "2", "max_retries": "3"}, {"code_length": "", "max_retries": ""}):
        olivia.post(url(cast, PAGE), sent)
    assert not every(AccountCodeSettings).exists()


def test_the_length_cannot_be_set_twice(olivia: Client, cast: LawFirm) -> None:
    first_time(cast, code_length=4)
    answer = olivia.post(url(cast, PAGE), {"code_length": "6", "max_retries": "3"}, follow=True)
    assert "The code length cannot be changed." in answer.content.decode()
    assert every(AccountCodeSettings).get(account=cast.account).code_length == 4


def test_codes_wait_until_there_is_a_length(olivia: Client, cast: LawFirm) -> None:
    answer = olivia.get(url(cast, PAGE + "codes/"), follow=True)
    assert answer.redirect_chain == [(url(cast, PAGE), 302)]


def test_the_length_is_proposed_from_a_list_which_comes_next(olivia: Client, cast: LawFirm) -> None:
    lines = "".join(f"Client {one},{1000 + one}\n" for one in range(9))
    asked = {"text": f"name,code\n{lines}Other,123456789\nOdd,12*4\nLong,12345\n"}
    page = olivia.post(url(cast, PAGE + "length/"), asked).content.decode()
    assert "9 of 12 codes of your list have 4 digits." in page
    assert 'name="code_length" value="4"' in page
    kept = kept_in(page)
    sent = {"code_length": "4", "max_retries": "3", "kept": kept}
    page = olivia.post(url(cast, PAGE), sent).content.decode()
    assert "Preview the list" in page
    answer = olivia.post(url(cast, PAGE + "codes/import/"), {"kept": kept_in(page)})
    assert "Nothing can be imported yet: 3 problems in 3 lines." in answer.content.decode()
    assert olivia.get(url(cast, PAGE + "length/")).status_code == 302


def test_what_is_no_list_proposes_nothing(olivia: Client, cast: LawFirm) -> None:
    page = olivia.post(url(cast, PAGE + "length/"), {"text": "no list"}).content.decode()
    assert "Begin the file with the line" in page
    page = olivia.post(url(cast, PAGE + "length/"), {"text": "name,code\nA,1\n"}).content.decode()
    assert "No code of your list has 3 to 7 digits" in page
