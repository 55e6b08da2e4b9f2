"""Olivia keeps the list of account codes."""

import re
from uuid import uuid4

from django.test import Client
from django.utils.html import strip_tags

from callmark.audit.models import AuditEntry
from callmark.codes.known_numbers import add_known_number
from callmark.codes.models import AccountCode, KnownNumber
from callmark.codes.services import delete_code, new_code
from callmark.policy.rules import CodeRules
from tests.cast import LawFirm, code, first_time
from tests.portal.pages import turn_on, url
from tests.portal.stretches import follow, links
from tests.portal.test_call_history import place
from tests.rows import every

PAGE = "account-codes/codes/"
NAMES = re.compile('row-name"><bdi>([^<]*)<')


def test_an_empty_list_says_what_to_do(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    page = olivia.get(url(cast, PAGE)).content.decode()
    assert "No account codes yet" in page
    assert "catch-all" in page


def test_a_catch_all_code_is_advised_to_beginners_only(olivia: Client, cast: LawFirm) -> None:
    def is_advised() -> bool:
        return "catch-all" in olivia.get(url(cast, PAGE)).content.decode()

    first_time(cast)
    code(cast, "0417", "Nordby Shipping")
    assert is_advised()
    general = code(cast, "0418", "General")
    assert not is_advised(), "it is there"
    delete_code(general, actor=cast.olivia)
    assert is_advised()
    AccountCode.objects.bulk_create(
        new_code(cast.account, f"Matter {n}", f"{n + 1000}") for n in range(500)
    )
    assert not is_advised(), "so many codes are in use for long"


def test_add_a_code(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    sent = {"name": "Nordby Shipping", "code": "0417"}
    page = olivia.post(url(cast, PAGE), sent, follow=True).content.decode()
    assert "Account code “<bdi>Nordby Shipping</bdi>” added." in page
    assert "0417" in page
    assert every(AccountCode).get(account=cast.account).code == "0417"


def test_wrong_digits_are_refused_beside_the_field_and_kept(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    code(cast, "1234")
    for wrong, why in (
        ("12345", "Enter exactly 4 digits"),
        ("12a4", "Enter exactly 4 digits"),
        ("1234", "already in use on the account"),
        ("", "Enter the digits of the code."),
    ):
        page = olivia.post(url(cast, PAGE), {"name": "New", "code": wrong}).content.decode()
        assert why in page, wrong
        assert 'value="New"' in page
    assert every(AccountCode).filter(account=cast.account).count() == 1


def test_rename_changes_the_name_only(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    one = code(cast)
    page = olivia.get(url(cast, f"{PAGE}{one.pk}/rename/")).content.decode()
    assert "The digits cannot be changed" in page
    olivia.post(url(cast, f"{PAGE}{one.pk}/rename/"), {"name": "Harper estate", "code": "9999"})
    one.refresh_from_db()
    assert (one.name, one.code) == ("Harper estate", "1234")


def test_a_code_gets_rules_of_its_own_and_the_list_shows_them(
    olivia: Client, cast: LawFirm
) -> None:
    first_time(cast)
    one = code(cast)
    code(cast, "5678", "Another")
    address = url(cast, f"{PAGE}{one.pk}/rename/")
    sent = {
        "name": one.name,
        "starts_on": "2026-01-02",
        "ends_on": "2031-12-31",
        "call_types": ["", "international"],
        "users": f"201\n{cast.ben.name}\n",
    }
    olivia.post(address, sent)
    one.refresh_from_db()
    assert (str(one.starts_on), str(one.ends_on)) == ("2026-01-02", "2031-12-31")
    assert (one.call_types, len(one.user_ids)) == (["international"], 2)
    page = olivia.get(url(cast, PAGE)).content.decode()
    assert "Only for 2 users" in page
    assert "Only International" in page
    # What is not sent stays; a wrong line changes nothing.
    olivia.post(address, {"name": "Harper estate"})
    refused = olivia.post(address, {"name": "Never", "users": "Nobody At All"}).content.decode()
    assert "no user&#x27;s extension or name" in refused
    one.refresh_from_db()
    assert (one.name, one.call_types, len(one.user_ids)) == (
        "Harper estate",
        ["international"],
        2,
    )


def test_a_form_leads_back_to_where_it_came_from_but_never_away(
    olivia: Client, cast: LawFirm
) -> None:
    first_time(cast)
    one = code(cast)
    here = url(cast, PAGE + "?sort=-name&page=2")
    for back, target in ((here, here), ("//evil.example/", None), ("https://evil.example/", None)):
        answer = olivia.post(url(cast, f"{PAGE}{one.pk}/rename/"), {"name": "Harper", "back": back})
        assert answer.headers["Location"] == (target or url(cast, PAGE))


def test_delete_asks_first(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    one = code(cast)
    address = url(cast, f"{PAGE}{one.pk}/delete/")
    assert "Delete account code" in olivia.get(address).content.decode()
    assert every(AccountCode).filter(account=cast.account).exists()
    olivia.post(address)
    assert not every(AccountCode).filter(account=cast.account).exists()


def test_the_last_active_code_stays_while_codes_are_validated(
    client: Client, cast: LawFirm
) -> None:
    first_time(cast)
    one = code(cast)
    turn_on(client, cast, CodeRules(validate=True))
    for action, sent in (("delete", {}), ("active", {"active": "0"})):
        address = url(cast, f"{PAGE}{one.pk}/{action}/")
        page = client.post(address, sent, follow=True).content.decode()
        assert "last code that can be used today" in page
    one.refresh_from_db()
    assert one.active


def test_deactivate_and_activate(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    one = code(cast)
    for active in (False, True):
        address = url(cast, f"{PAGE}{one.pk}/active/")
        olivia.post(address, {"active": "1" if active else "0"})
        one.refresh_from_db()
        assert one.active is active


def test_search_by_name_or_whole_code_without_it_in_an_address(
    olivia: Client, cast: LawFirm
) -> None:
    first_time(cast)
    code(cast, "1234", "Harper")
    code(cast, "5678", "Nordby")
    for text, found, other in (("harp", "Harper", "Nordby"), ("5678", "Nordby", "Harper")):
        answer = olivia.post(url(cast, PAGE + "search/"), {"q": text})
        page = answer.content.decode()
        assert f'row-name"><bdi>{found}' in page
        assert f'row-name">{other}' not in page
    assert (
        "No account code found"
        in olivia.post(url(cast, PAGE + "search/"), {"q": "nothing"}).content.decode()
    )
    assert olivia.get(url(cast, PAGE + "search/")).status_code == 302


def test_thousands_of_codes_come_in_pages(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    for number in range(60):
        code(cast, f"{number:04}", f"Client {number:04}")
    names = [f"Client {number:04}" for number in range(60)]
    for sort in ("name", "-name", "created", "-created"):
        expected = names[::-1] if sort.startswith("-") else names
        first = olivia.get(url(cast, f"{PAGE}?sort={sort}")).content.decode()
        second = follow(olivia, url(cast, PAGE), first, "after")
        third = follow(olivia, url(cast, PAGE), second, "after")
        assert [NAMES.findall(page) for page in (first, second, third)] == [
            expected[:25], expected[25:50], expected[50:],
        ]  # fmt: skip
        assert "60 account codes" in strip_tags(second)
        assert NAMES.findall(follow(olivia, url(cast, PAGE), third, "before")) == expected[25:50]
        assert NAMES.findall(follow(olivia, url(cast, PAGE), second, "before")) == expected[:25]
        assert "before" not in links(first)
        assert "after" not in links(third)
    printed = olivia.get(url(cast, f"{PAGE}?print=1&after={uuid4()}")).content.decode()
    assert NAMES.findall(printed) == names
    found = olivia.post(url(cast, PAGE + "search/"), {"q": "client"}).content.decode()
    assert (
        '<button class="btn btn-sm pager-print needs-script" type="submit" form="search"' in found
    )
    (mark,) = re.findall('form="search" name="after" value="([^"]*)"', found)
    asked = {"q": "client", "after": mark}
    found = olivia.post(url(cast, PAGE + "search/"), asked).content.decode()
    assert NAMES.findall(found) == names[25:50]
    assert "q=client" not in found
    for nonsense in ("?after=x", "?before=1", f"?after={uuid4()}", "?sort=code_encrypted"):
        assert NAMES.findall(olivia.get(url(cast, PAGE + nonsense)).content.decode()) == names[:25]


def test_a_page_that_ended_with_a_code_that_is_gone_is_the_first(
    olivia: Client, cast: LawFirm
) -> None:
    first_time(cast)
    codes = [code(cast, f"{number:04}", f"Client {number:04}") for number in range(30)]
    address = url(cast, f"{PAGE}?after={codes[24].pk}")
    assert NAMES.findall(olivia.get(address).content.decode())[0] == "Client 0025"
    codes[24].delete()
    assert NAMES.findall(olivia.get(address).content.decode())[0] == "Client 0000"


def test_known_numbers_are_edited_with_the_code_and_suggest_it(
    olivia: Client, cast: LawFirm
) -> None:
    first_time(cast)
    one = code(cast, "0417", "Harper v. Castellan")
    add_known_number(one, "+15550001234", actor=None)
    address = url(cast, f"{PAGE}{one.pk}/rename/")
    page = olivia.get(address).text
    assert "+1 555-000-1234</textarea>" in page
    shown = {"name": one.name, "numbers_shown": "+15550001234"}
    # Somebody else adds one while the dialog is open: it stays.
    add_known_number(one, "+46846500417", actor=None)
    olivia.post(address, {**shown, "numbers": "+1 555-000-1234\n+44 (0)20 7946 0138\n212-555-0147"})
    known = ["+12125550147", "+15550001234", "+442079460138", "+46846500417"]
    assert [str(number) for number in every(KnownNumber)] == known
    waiting = place(cast, cast.ben, "011442079460138", outcome="let_through_unasked",
                    e164="+442079460138")  # fmt: skip
    inbox = olivia.get(url(cast, "calls/to-assign/")).text
    assert f'value="suggested:{waiting.pk}" title="The number is known for this code"' in inbox
    wrong = olivia.post(address, {**shown, "numbers": "+1 555-000-1234\nthe clerk"})
    assert "“the clerk” is no telephone number" in wrong.text
    olivia.post(address, {"name": one.name, "numbers": "", "numbers_shown": " ".join(known)})
    assert not every(KnownNumber).exists()
    entries = every(AuditEntry).filter(action="account_code.known_number_removed")
    assert {one.actor_name for one in entries} == {"Olivia"}
