"""The pages of rates: from the currency to what one call costs, and why."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from callmark.calls import jobs, listing
from callmark.calls.models import Charge
from callmark.calls.reratings import set_currency
from callmark.calls.store import store
from callmark.policy.rating import Per, Rate
from callmark.tariffs.models import Tariff
from callmark.tariffs.queries import stretches, versions_of
from callmark.tariffs.services import NewVersion, make_version
from tests.calls.test_closing_a_month import ends
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call, tag_of
from tests.rows import every

pytestmark = pytest.mark.django_db

AT = "/accounts/firm/rates/"


@pytest.fixture
def page(firm: LawFirm) -> Client:
    client = Client(headers={"accept": "text/html"})
    client.force_login(firm.olivia)
    return client


def form_of(*rates: Mapping[str, object], upon: int = 0, **more: str) -> dict[str, object]:
    values: dict[str, object] = {"name": "Rates", "rounding": "up", "decimals": "2"}
    values |= {"mark_up": "0", "upon": str(upon)}
    values |= {"rate-TOTAL_FORMS": str(len(rates)), "rate-INITIAL_FORMS": "0"}
    for place, rate in enumerate(rates):
        told = {"kind": "prefix", "per": "minute", **rate}
        values |= {f"rate-{place}-{name}": value for name, value in told.items()}
    return values | more


def body(client: Client, path: str = AT, **query: str) -> str:
    return client.get(path, query).content.decode()


def test_from_the_currency_to_the_first_rates(page: Client) -> None:
    assert "Set up rates" in body(page)
    assert page.get(f"{AT}edit/").status_code == 302
    page.post(f"{AT}currency/", {"currency": "USD"})
    assert "There are no rates for calls of today" in body(page)
    told = form_of(
        {"begins_with": "44", "label": "Britain", "price": "0,12", "block_seconds": "6"},
        {"kind": "", "price": "0.02"},
        {"kind": "prefix"},
    )
    answer = page.post(f"{AT}edit/", told, follow=True)
    assert "Version 1 is saved" in answer.content.decode()
    tariff = every(Tariff).get()
    assert tariff.value.rates == (
        Rate("Britain", prefix="+44", price=Decimal("0.12"), block_seconds=6),
        Rate("All other calls", price=Decimal("0.02")),
    )
    assert "0.12 a minute, in steps of 6 s" in body(page)
    assert "0.12" in body(page, f"{AT}{tariff.pk}/")


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_saved(
    page: Client, firm: LawFirm
) -> None:
    set_currency(firm.account, "USD", actor=None)
    told = form_of({"begins_with": "", "price": "a lot"}, {"kind": "domestic", "minimum": "?"})
    answer = page.post(f"{AT}edit/", told).content.decode()
    assert "Write the beginning of the number" in answer
    assert "Write an amount such as 0.12." in answer
    assert not every(Tariff).exists()


def test_a_rate_that_is_wrong_is_led_to_by_its_name_and_can_still_be_removed(
    page: Client, firm: LawFirm
) -> None:
    rates(firm)
    wrong = {"begins_with": "44", "label": "Britain", "price": "a lot"}
    told = page.post(f"{AT}edit/", form_of(wrong, {"kind": "prefix"}, upon=1)).content.decode()
    assert re.findall(r'<a href="#rate-(\d)"><bdi>Britain</bdi></a>', told) == ["1"]
    assert re.findall(r'name="(rate-\d-DELETE)"', told) == ["rate-0-DELETE"]


def test_an_edit_upon_an_old_version_is_refused(page: Client, firm: LawFirm) -> None:
    rates(firm)
    answer = page.post(f"{AT}edit/", form_of({"kind": "", "price": "1"}, upon=0))
    assert "Somebody else changed this" in answer.content.decode()
    assert every(Tariff).count() == 1


def test_the_days_of_a_rate_are_chosen_by_their_names_in_the_readers_language(
    page: Client, firm: LawFirm
) -> None:
    rates(firm)
    weekend = {"begins_with": "44", "price": "1", "weekdays": ["sat", "sun"]}
    page.post(f"{AT}edit/", form_of(weekend, upon=1, valid_from="2026-03-01"))
    assert every(Tariff).get(number=2).value.rates[0].weekdays == {5, 6}
    firm.olivia.language = "fr"
    firm.olivia.save()
    told = body(page, f"{AT}edit/")
    assert re.findall(r'value="(\w+)"[^>]* checked', told) == ["sat", "sun"]
    assert re.findall(r'name="valid_from" value="([^"]*)"', told) == ["2026-03-01"]
    assert all(day in told for day in ("lundi", "samedi", "dimanche"))


def test_a_call_is_tried_as_users_dial_it(page: Client, firm: LawFirm) -> None:
    rates(firm)
    answer = body(page, number="011442079460000", seconds="380", at="2026-11-23T12:00")
    for told in ("USD 1.70", "The number begins with +44: Britain.", "First 120 seconds: 0.20"):
        assert told in answer
    assert "USD 0.00" in body(page, number="911", seconds="60", at="2026-11-23T12:00")
    refused = body(page, number="nobody", seconds="60", at="2026-11-23T12:00")
    assert "Write a number, with digits." in refused
    assert "USD" not in refused.partition("Try one call")[2]


def rates(firm: LawFirm) -> Tariff:
    set_currency(firm.account, "USD", actor=None)
    rate = Rate(
        "Britain",
        prefix="+44",
        first_seconds=120,
        first_price=Decimal("0.20"),
        price=Decimal("0.30"),
        per=Per.BLOCK,
    )
    return make_version(firm.account, NewVersion("Rates", "USD", [rate]), actor=None)


def test_a_list_is_previewed_then_imported_and_exported(page: Client, firm: LawFirm) -> None:
    set_currency(firm.account, "USD", actor=None)
    wrong = page.post(f"{AT}import/", {"text": "price,type\n0.1,moon"}).content.decode()
    assert "Write one of" in wrong
    preview = page.post(f"{AT}import/", {"text": "name,prefix,price\nParis,+331,0.09"})
    assert "1 rate would replace the current ones" in preview.content.decode()
    assert not every(Tariff).exists()
    kept = preview.context["kept"]
    page.post(f"{AT}import/", {"kept": kept, "valid_from": "2026-03-01"})
    tariff = every(Tariff).get()
    assert (tariff.value.rates[0].label, str(tariff.valid_from)) == ("Paris", "2026-03-01")
    file = b"".join(page.get(f"{AT}{tariff.pk}/csv/"))
    assert b"+331" in file


def test_calls_have_a_cost_in_the_list_their_story_and_the_month(
    page: Client, firm: LawFirm
) -> None:
    record = decided_call(
        firm, "connected", at=datetime(2026, 3, 10, 16, tzinfo=UTC), tag=tag_of(firm)
    )
    store([record])
    ends(record.id, record.started_at, 380)
    assert "USD" not in body(page, "/accounts/firm/calls/")
    rates(firm)
    page.post(f"{AT}again/", {"since": ""})
    assert "0 of 1 calls are rated" in body(page)
    jobs.work_all()
    assert "1 with another cost: USD 0.00 before, USD 1.70 now" in body(page)
    assert every(Charge).count() == 1
    assert body(page, "/accounts/firm/calls/").count("USD 1.70") == 3, "seen, heard, and the row"
    story = body(page, f"/accounts/firm/calls/{record.id}/")
    assert "USD 1.70" in story
    assert "Then 5 started blocks of 60 seconds at 0.30 each." in story
    assert body(page, "/accounts/firm/months/2026-03-01/").count("1.70") >= 3
    assert "1.70" in body(page, "/accounts/firm/months/")


def test_a_list_tells_the_cost_of_all_its_calls_or_says_why_not(
    page: Client, firm: LawFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates(firm)
    for minute in range(2):
        at = datetime(2026, 3, 10, 16, minute, tzinfo=UTC)
        record = decided_call(firm, "connected", at=at, tag=tag_of(firm))
        store([record])
        ends(record.id, record.started_at, 380)
    calls, why_not = "/accounts/firm/calls/", "too many to add up what they cost"
    for query in (
        {"since": "2026-03-01", "until": "2026-03-31"},
        {"user": str(firm.ben.pk)},
        {"code": str(firm.code.pk)},
        {"q": "Harper"},
    ):
        told = body(page, calls, **query)
        assert told.count("USD 3.40") == 2, "seen and heard"
        assert why_not not in told
    monkeypatch.setattr(listing, "LOOKED_AT", 1)
    told = body(page, calls, q="Harper")
    assert "more than <strong>1 call</strong>" in told
    assert told.count(why_not) == 2, "seen and heard"


def test_another_accounts_rates_are_not_there(page: Client, firm: LawFirm) -> None:
    theirs = rates(make_law_firm("other"))
    assert page.get(f"{AT}{theirs.pk}/").status_code == 404
    client = Client(headers={"accept": "text/html"})
    client.force_login(firm.ben)
    assert client.get(AT).status_code == 403


def test_operators_make_rates_for_all_accounts(page: Client, firm: LawFirm) -> None:
    client = Client(headers={"accept": "text/html"})
    client.force_login(firm.otto)
    assert "Set up rates" in body(client, "/rates/")
    chosen = client.get("/rates/", {"currency": "USD"})
    assert chosen.headers["Location"] == "/rates/USD/edit/"
    assert client.get("/rates/XYZ/edit/").status_code == 404
    told = form_of({"begins_with": "+44", "label": "Britain", "price": "0.12"})
    assert client.post("/rates/USD/edit/", told).headers["Location"] == "/rates/"
    stale = client.post("/rates/USD/edit/", told).content.decode()
    assert "Somebody else changed this" in stale
    preview = client.post("/rates/USD/import/", {"text": "name,prefix,price\nParis,+331,0.09"})
    assert "1 rate would replace the current ones" in preview.content.decode()
    client.post("/rates/USD/import/", {"kept": preview.context["kept"], "valid_from": ""})
    second, first = every(Tariff).filter(account=None)
    assert [one.value.rates[0].label for one in (first, second)] == ["Britain", "Paris"]
    assert f"/rates/USD/{second.pk}/" in body(client, "/rates/")
    assert "0.09" in body(client, f"/rates/USD/{second.pk}/")
    assert b"+331" in b"".join(client.get(f"/rates/USD/{second.pk}/csv/"))
    # An account in that currency sees them as its own, until it has some.
    set_currency(firm.account, "USD", actor=None)
    assert "the operator’s, for all accounts" in body(page)
    assert "0.09" in body(page, f"{AT}{second.pk}/")
    assert page.get("/rates/").status_code == 404


def test_rates_saved_in_two_tabs_say_what_the_other_saved_and_can_be_saved_again(
    page: Client, firm: LawFirm
) -> None:
    first = rates(firm)
    mine = form_of({"kind": "", "price": "1"}, upon=1, name="Mine")
    page.post(f"{AT}edit/", form_of({"kind": "", "price": "2"}, upon=1, name="Theirs"))
    told = page.post(f"{AT}edit/", mine).content.decode()
    theirs = every(Tariff).get(number=2)
    assert f'href="{AT}{theirs.pk}/" target="_blank"><bdi>Theirs</bdi>, version 2</a>' in told
    assert re.findall(r'name="upon" value="(\d+)"', told) == ["2"]
    page.post(f"{AT}edit/", {**mine, "upon": "2"})
    assert every(Tariff).get(number=3).name == "Mine"
    assert body(page, f"{AT}edit/", version=str(first.pk)).count('value="Britain"') == 1


def test_a_list_that_was_previewed_replaces_no_rates_that_were_saved_since(
    page: Client, firm: LawFirm
) -> None:
    rates(firm)
    preview = page.post(f"{AT}import/", {"text": "name,prefix,price\nParis,+331,0.09"})
    sent = dict(re.findall(r'name="(kept|upon)" value="([^"]*)"', preview.content.decode()))
    page.post(f"{AT}edit/", form_of({"kind": "", "price": "2"}, upon=1))
    told = page.post(f"{AT}import/", sent, follow=True).content.decode()
    assert "Somebody else changed this" in told
    assert page.post(f"{AT}import/", sent | {"upon": "9" * 5000}).status_code == 200
    assert every(Tariff).count() == 2


def test_rates_in_a_former_currency_replace_none_and_are_replaced_by_none(
    page: Client, firm: LawFirm
) -> None:
    for currency in ("CAD", "USD"):
        set_currency(firm.account, currency, actor=None)
        for price in ("1", "2"):
            new = NewVersion("Rates", currency, [Rate("All", price=Decimal(price))])
            make_version(firm.account, new, actor=None)
    days = stretches(versions_of(firm.account))
    assert [(one.tariff.currency, one.tariff.number, one.replaced_by) for one in days] == [
        ("CAD", 2, None),
        ("CAD", 1, 2),
        ("USD", 4, None),
        ("USD", 3, 4),
    ]


def test_versions_tell_which_calls_they_are_for(page: Client, firm: LawFirm) -> None:
    rates(firm)
    today = timezone.now().astimezone(firm.account.zone).date()
    later, before = today + timedelta(days=9), today - timedelta(days=9)
    for upon, day in enumerate((later, before, before), start=1):
        told = form_of({"kind": "", "price": "1"}, upon=upon, valid_from=str(day))
        answer = page.post(f"{AT}edit/", told, follow=True).content.decode()
        assert ("Until then nothing changes." in answer) == (day == later)
    listed = re.sub(r"<[^>]+>", "", body(page).partition('id="versions-title"')[2])
    last, first = date_format(later - timedelta(days=1)), date_format(before)
    assert re.findall(r"Version (\d), Rates( In force)?(.*?);", listed) == [
        ("4", " In force", f"for calls from {first} to {last}"),
        ("3", "", "no longer used: version 4 covers the same days"),
        ("2", "", f"for calls from {date_format(later)}"),
        ("1", "", f"for calls until {date_format(before - timedelta(days=1))}"),
    ]


def test_a_call_that_is_tried_tells_its_country_and_by_which_version(
    page: Client, firm: LawFirm
) -> None:
    tariff = rates(firm)
    answer = body(page, number="011442079460000", seconds="60", at="2026-11-23T12:00")
    assert ">+44 20 7946 0000</span>" in answer
    assert 'title="United Kingdom">GB</abbr>' in answer
    assert f'href="{AT}{tariff.pk}/"><bdi>Rates</bdi>, version 1</a>' in answer
    long = body(page, number="911", seconds="90000", at="2026-11-23T12:00")
    assert "Enter a whole number from 0 to 86,400." in long
