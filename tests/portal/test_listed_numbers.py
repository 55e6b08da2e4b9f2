"""Olivia makes exceptions from the types of calls, and sees which entry decided."""

from django.test import Client

from callmark.codes.models import ListedNumber
from callmark.policy.rules import CodeRules
from tests.cast import LawFirm, code, first_time
from tests.portal.pages import turn_on, url
from tests.rows import every

PAGE = "account-codes/numbers/"
COURT = {"number": "9 (212) 555-0100", "name": "Court of Appeal", "need": "always"}


def test_an_exception_from_its_adding_to_its_removal(
    olivia: Client, client: Client, cast: LawFirm
) -> None:
    first_time(cast)
    code(cast)
    turn_on(client, cast, CodeRules(validate=True, international=True))
    assert "No numbers listed" in olivia.get(url(cast, PAGE)).content.decode()
    cast.account.outside_prefix = "9"
    cast.account.save()
    page = olivia.post(url(cast, PAGE), COURT, follow=True).content.decode()
    assert "“<bdi>Court of Appeal</bdi>” is listed." in page
    assert "+12125550100" in page
    dialed = {"action": "dial", "user": str(cast.uma.pk), "dialed": "912125550100"}
    told = olivia.post(url(cast, "test-call/"), dialed).content.decode()
    assert "“Please enter a valid account code.”" in told
    assert "&#x27;Court of Appeal&#x27; (+12125550100) is listed as always needing one" in told
    entry = every(ListedNumber).get()
    changed = {"name": "Court", "need": "never", "version": ""}
    olivia.post(url(cast, f"{PAGE}{entry.pk}/change/"), changed)
    entry.refresh_from_db()
    assert (entry.name, entry.need, entry.pattern) == ("Court", "never", "+12125550100")
    assert "Court" in olivia.get(url(cast, f"{PAGE}?q=555-0100")).content.decode()
    assert "Nothing matches" in olivia.get(url(cast, f"{PAGE}?q=Nordby")).content.decode()
    page = olivia.post(url(cast, f"{PAGE}{entry.pk}/remove/"), follow=True).content.decode()
    assert "“<bdi>Court</bdi>” is off the list." in page
    told = olivia.get(url(cast, "activity/")).content.decode()
    assert "took <strong>Court (+12125550100)</strong> off the list of numbers" in told


def test_what_cannot_be_listed_is_refused_beside_the_field_and_kept(
    olivia: Client, cast: LawFirm
) -> None:
    first_time(cast)
    page = olivia.post(url(cast, PAGE), COURT | {"number": "911"}).content.decode()
    assert "Emergency numbers never need a code" in page
    assert 'value="Court of Appeal"' in page
    assert not every(ListedNumber).exists()


def test_who_saved_meanwhile_is_not_overwritten(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    olivia.post(url(cast, PAGE), COURT | {"number": "+12125550100"})
    entry = every(ListedNumber).get()
    sent = {"name": "Mine", "need": "always", "version": "of before"}
    page = olivia.post(url(cast, f"{PAGE}{entry.pk}/change/"), sent).content.decode()
    assert "Somebody else changed this" in page
    entry.refresh_from_db()
    assert entry.name == "Court of Appeal"
