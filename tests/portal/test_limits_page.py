"""Olivia limits calls, and sees what is used."""

from django.test import Client

from callmark.calls.models import CallLimit
from callmark.policy.rules import CodeRules
from tests.cast import LawFirm, code, first_time
from tests.portal.pages import turn_on, url
from tests.rows import every

PAGE = "account-codes/limits/"
ABROAD = {
    "name": "Calls abroad",
    "scope": "account",
    "user": "",
    "code": "",
    "call_type": "international",
    "amount": "1",
    "unit": "calls",
    "per": "day",
    "warn_at": "80",
    "then": "refuse",
}


def test_a_limit_from_its_setting_to_its_removal(
    olivia: Client, client: Client, cast: LawFirm
) -> None:
    first_time(cast)
    code(cast)
    turn_on(client, cast, CodeRules(validate=True, international=True))
    assert "No limits" in olivia.get(url(cast, PAGE)).content.decode()
    page = olivia.post(url(cast, f"{PAGE}add/"), ABROAD, follow=True).content.decode()
    assert "The limit “<bdi>Calls abroad</bdi>” is set." in page
    assert "1 call a day" in page
    limit = every(CallLimit).get()
    changed = ABROAD | {"name": "Abroad", "amount": "2"}
    olivia.post(url(cast, f"{PAGE}{limit.pk}/change/"), changed)
    limit.refresh_from_db()
    assert (limit.name, limit.amount) == ("Abroad", 2)
    page = olivia.post(url(cast, f"{PAGE}{limit.pk}/remove/"), follow=True).content.decode()
    assert "The limit “<bdi>Abroad</bdi>” is removed." in page
    told = olivia.get(url(cast, "activity/")).content.decode()
    assert "removed the limit <strong>Abroad</strong>" in told


def test_a_codes_budget_by_its_digits_which_are_not_shown(olivia: Client, cast: LawFirm) -> None:
    first_time(cast)
    code(cast, "1234")
    sent = ABROAD | {"scope": "code", "code": "1234", "per": "month", "unit": "minutes"}
    page = olivia.post(url(cast, f"{PAGE}add/"), sent).content.decode()
    assert "minutes or money, of all outside calls" in page
    olivia.post(url(cast, f"{PAGE}add/"), sent | {"call_type": ""})
    limit = every(CallLimit).get()
    assert limit.code is not None
    page = olivia.get(url(cast, f"{PAGE}{limit.pk}/change/")).content.decode()
    assert limit.code.name in page
    assert 'value="1234"' not in page
