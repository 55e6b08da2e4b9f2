"""Templates for accounts: kept from one, begun with by others."""

import re

import pytest
from django.test import Client

from callmark.accounts.models import Account
from callmark.accounts.services import change_account
from callmark.audit.models import AuditEntry
from callmark.codes.models import AccountCodeSettings
from callmark.codes.services import add_code
from callmark.codes.template_models import AccountTemplate
from callmark.policy.rules import CodeRules
from tests.cast import LawFirm, code, first_time, turn_on_quietly
from tests.rows import every


@pytest.fixture
def otto(client: Client, cast: LawFirm) -> Client:
    """The operator, signed in."""
    client.force_login(cast.otto)
    return client


@pytest.fixture
def template(otto: Client, cast: LawFirm) -> AccountTemplate:
    """A British firm's settings, kept as it is."""
    first_time(cast, code_length=6)
    code(cast, "123456")
    turn_on_quietly(cast)
    values = {"country": "GB", "outside_prefix": "9", "billing_day": 15, "own_numbers": ["600"]}
    change_account(cast.account, values, actor=cast.otto)
    page = otto.post("/templates/", {"name": "Law firms", "account": "firm"}, follow=True)
    assert "Template “<bdi>Law firms</bdi>” kept." in page.content.decode()
    return AccountTemplate.objects.get()


def text(answer: object) -> str:
    page = re.sub("<(?!input)[^>]+>", " ", answer.content.decode())  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", page)


def test_a_new_account_begins_with_it(otto: Client, template: AccountTemplate) -> None:
    page = otto.get(f"/accounts/add/?template={template.pk}")
    assert "Begins with the template Law firms ." in text(page)
    assert 'name="outside_prefix" value="9"' in page.content.decode()
    sent = {"name": "Nordby", "country": "GB", "outside_prefix": "8", "star_code": "*50"}
    otto.post("/accounts/add/", {**sent, "own_numbers": "600", "template": str(template.pk)})
    nordby = Account.objects.get(slug="nordby")
    assert (nordby.country, nordby.outside_prefix, nordby.billing_day) == ("GB", "8", 15)
    settings = every(AccountCodeSettings).get(account=nordby)
    assert (settings.code_length, settings.allowed) == (6, False)
    # Nothing to validate against yet; the rest of the rules is there.
    assert settings.rules == CodeRules(international=True)
    entries = every(AuditEntry).filter(account_id=nordby.pk)
    assert set(entries.values_list("action", flat=True)) >= {
        "account.added",
        "account_codes.set_up",
        "account_codes.settings_saved",
    }
    add_code(nordby, name="First", code="000001", actor=None)


def test_it_is_a_copy_and_the_same_name_replaces_it(
    otto: Client, cast: LawFirm, template: AccountTemplate
) -> None:
    change_account(cast.account, {"country": "FR"}, actor=cast.otto)
    assert AccountTemplate.objects.get().account_values["country"] == "GB"
    otto.post("/templates/", {"name": "law FIRMS", "account": "other"})
    kept = AccountTemplate.objects.get()
    assert (kept.name, kept.account_values["country"], kept.code_values) == ("law FIRMS", "US", {})
    assert "Account codes are not set up" in text(otto.get("/templates/"))
    wrong = otto.post("/templates/", {"name": "a\u202eb", "account": "nobody"})
    assert "No account has this short name." in text(wrong)


def test_deleted_the_accounts_stay(otto: Client, template: AccountTemplate) -> None:
    otto.post(f"/templates/{template.pk}/delete/")
    assert not AccountTemplate.objects.exists()
    actions = every(AuditEntry).filter(account_id=None).values_list("action", flat=True)
    assert {"template.saved", "template.deleted"} <= set(actions)


def test_over_the_api_what_is_sent_counts_more(
    otto: Client, template: AccountTemplate, cast: LawFirm
) -> None:
    body = {"name": "Nordby", "template_id": str(template.pk), "country": "US"}
    told = otto.post("/api/v1/accounts", body, content_type="application/json").json()
    assert (told["slug"], told["country"], told["outside_prefix"]) == ("nordby", "US", "9")
    assert (told["own_numbers"], told["billing_day"]) == (["600"], 15)
    gone = {**body, "template_id": str(cast.account.pk)}
    assert otto.post("/api/v1/accounts", gone, content_type="application/json").status_code == 422
