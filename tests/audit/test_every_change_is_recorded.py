"""No service changes anything without an entry, and neither is stored without the other."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

import callmark
from callmark.audit.actions import Action
from callmark.audit.models import AuditEntry
from callmark.audit.recording import Target, record
from callmark.codes.models import CODE_IDS
from callmark.codes.services import add_code, rename_code, save_user_settings
from tests.audit.stories import STORIES, Story
from tests.cast import OUTSIDE_CALLS, LawFirm
from tests.rows import every

PACKAGES = (
    "accounts",
    "codes",
    "tariffs",
    "calls",
    "webhooks",
    "reports",
    "reports.handover",
    "api",
    "sign_in",
)
# They take ``actor`` to record or to judge, not to change.
NO_CHANGES = {
    "accounts.access.refuse_losing_the_last",
    "accounts.activity.record",
    "accounts.changes.change",
    "accounts.kept.refuse_to_delete",
    "accounts.kept.refuse_to_share",
    "sign_in.auditing.record_about",
    "sign_in.people.may_manage",
    "sign_in.people.refuse_unless_manager",
}
# One's own sessions are of a browser: tests/sign_in/test_sessions.py.
OF_A_BROWSER = {"sign_in.sessions.end_other_sessions"}
# Of the installation, not of an account: tests/gate/test_two_machines_of_one_name.py.
# ... and tests/portal/test_account_templates.py.
OF_NO_ACCOUNT = {
    "accounts.services.forget_machine",
    "codes.templates.delete_template",
    "codes.templates.save_template",
}


def modules() -> Iterator[ModuleType]:
    """Every module of the parts that hold services."""
    for package in PACKAGES:
        parent = importlib.import_module(f"callmark.{package}")
        for found in pkgutil.iter_modules(parent.__path__, f"{parent.__name__}."):
            yield importlib.import_module(found.name)


def services() -> set[str]:
    """Every public function that is told who asks."""
    names = set()
    for module in modules():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("_") or function.__module__ != module.__name__:
                continue
            if "actor" in inspect.signature(function).parameters:
                names.add(f"{module.__name__}.{name}".removeprefix(f"{callmark.__name__}."))
    return names - NO_CHANGES - OF_NO_ACCOUNT - OF_A_BROWSER


def everything_but_the_audit() -> dict[str, list[object]]:
    """Every row of every other table."""
    stored: dict[str, list[object]] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table != AuditEntry._meta.db_table:
                cursor.execute(f'SELECT * FROM "{table}"')
                stored[table] = sorted(cursor.fetchall(), key=repr)
    return stored


def test_every_service_has_its_story() -> None:
    assert services() == STORIES.keys(), "tell a new service's change in tests/audit/stories.py"


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_a_change_leaves_an_entry_that_names_who_and_what(firm: LawFirm, story: Story) -> None:
    before = set(every(AuditEntry).values_list("pk", flat=True))
    story(firm)
    entry = every(AuditEntry).exclude(pk__in=before).first()
    assert entry is not None
    assert (entry.actor_id, entry.actor_name) == (firm.olivia.pk, "Olivia")
    assert entry.account_id is not None
    assert entry.account_name
    assert entry.action in Action
    assert entry.target_id
    assert entry.target_name


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_without_its_entry_nothing_is_changed(
    firm: LawFirm, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    class DiskFull(Exception):
        pass

    def fail(*_: object, **__: object) -> None:
        raise DiskFull

    before = everything_but_the_audit()
    monkeypatch.setattr(AuditEntry, "save", fail)
    with pytest.raises(DiskFull), transaction.atomic():
        story(firm)
    assert everything_but_the_audit() == before


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_can_be_recorded() -> None:
    with pytest.raises(TransactionManagementError):
        record(Action.CODE_ADDED, Target("account_code", "1", "General"), account=None)


def test_a_change_that_is_undone_takes_its_entry_along(firm: LawFirm) -> None:
    count = every(AuditEntry).count()

    class Later(Exception):
        pass

    def change_and_fail() -> None:
        with transaction.atomic():
            rename_code(firm.code, name="Renamed", actor=firm.olivia)
            raise Later

    with pytest.raises(Later):
        change_and_fail()
    assert every(AuditEntry).count() == count


def test_only_what_changed_is_kept(firm: LawFirm) -> None:
    save_user_settings(firm.ben, enabled=True, override=OUTSIDE_CALLS, actor=firm.olivia)
    entry = every(AuditEntry).first()
    assert entry is not None
    assert entry.before == {
        "override": False,
        "validate": False,
        "international": False,
        "directory_assistance": False,
        "premium": False,
    }
    assert entry.after == dict.fromkeys(entry.before, True)


def test_the_digits_of_a_code_are_left_out(firm: LawFirm) -> None:
    code = add_code(firm.account, name="Distinct", code="8642", actor=firm.olivia)
    entry = every(AuditEntry).first()
    assert entry is not None
    assert (entry.target_id, entry.target_name) == (str(code.pk), "Distinct")
    rules: dict[str, object] = {
        "label": "",
        "starts_on": None,
        "ends_on": None,
        "user_ids": [],
        "call_types": [],
    }
    assert entry.after == {"name": "Distinct", "active": True} | dict.fromkeys(CODE_IDS, "") | rules
