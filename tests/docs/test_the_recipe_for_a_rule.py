"""docs/recipes/a-rule.md, followed on a copy of the source: the new rule then works everywhere."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.docs.recipes import Recipe

pytestmark = pytest.mark.sqlite

RECIPE = Recipe("a-rule")

# What an engineer does at last: turn it on, in the page's own form, and dial.
STORY = """
import json
import django
django.setup()
from django.core.management import call_command
call_command("makemigrations", "codes", name="service_numbers", verbosity=0)
call_command("makemigrations", check=True, dry_run=True, verbosity=0)
call_command("migrate", verbosity=0)

from callmark.api.urls import api
from callmark.codes.models import AccountCodeSettings
from callmark.codes.services import save_account_settings
from callmark.portal.activity.changes import changes_of
from callmark.audit.models import AuditEntry
from callmark.portal.forms.account_codes import AccountSettingsForm
from callmark.switches.simulator import simulate
from tests.cast import make_law_firm

firm = make_law_firm()
stored = AccountCodeSettings.objects.of(firm.account).get()
before = simulate(firm.ben, "611", ["1234"])
form = AccountSettingsForm(stored)
page = [field.label for field in form.call_types]
form = AccountSettingsForm(stored, {**form.initial, "service_numbers": True})
assert form.is_valid(), form.errors
save_account_settings(
    firm.account, form.change(), enable_everyone=False, expected_version=stored.version, actor=None
)
after = simulate(firm.ben, "611", ["1234"])
schemas = api.get_openapi_schema()["components"]["schemas"]
print(json.dumps({
    "before": before.account_code_name,
    "after": after.account_code_name,
    "why": after.why,
    "page": page,
    "activity": [
        [one.label, one.before, one.after]
        for entry in AuditEntry.objects.of(firm.account)
        if entry.action == "account_codes.settings_saved"
        for one in changes_of(entry)
    ],
    "api": [name for name, one in schemas.items() if "service_numbers" in one.get("required", [])],
}))
"""


@pytest.fixture(scope="module")
def result(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the story prints after the recipe was followed."""
    copy = RECIPE.followed(tmp_path_factory.mktemp("recipe"), migrated)
    told = RECIPE.told(copy, STORY)
    source = copy / "src" / "callmark"
    migrations = list((source / "codes" / "migrations").glob("*_service_numbers.py"))
    assert len(migrations) == 1
    answer: dict[str, Any] = json.loads(told.splitlines()[-1])
    return answer


def test_the_rule_gates_its_calls_once_it_is_on(result: dict[str, Any]) -> None:
    assert result["before"] == ""
    assert result["after"] == "Harper v. Castellan"
    assert any("'Service numbers' is on in the account's settings" in why for why in result["why"])


def test_the_page_the_activity_and_the_api_know_the_rule(result: dict[str, Any]) -> None:
    assert result["page"][-1] == "Service numbers"
    assert ["Service numbers", "off", "on"] in result["activity"]
    assert result["api"], "no schema of the document asks for it"
