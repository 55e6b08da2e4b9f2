"""SQLite's plans are those of a large account from the first day on, whatever is stored by now."""

from uuid import uuid4

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models

from callmark.calls.models import Call
from tests.cast import LawFirm

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL sees to its own")

OF_ACCOUNTS = [
    model
    for model in apps.get_models()
    if model.__module__.startswith("callmark.")
    and any(field.attname == "account_id" and not field.primary_key for field in model._meta.fields)
]


@pytest.mark.parametrize("model", OF_ACCOUNTS, ids=lambda model: model.__name__)
def test_of_an_account_a_hundred_are_found_by_their_ids(
    model: type[models.Model], firm: LawFirm
) -> None:
    key = model._meta.pk
    assert key is not None
    ids = [uuid4() if "UUID" in key.get_internal_type() else one for one in range(100)]
    if key.remote_field:
        ids = [uuid4()] * 100
    rows = model.objects.of(firm.account).filter(pk__in=ids).order_by()  # type: ignore[attr-defined]
    assert f"{key.column}=?" in rows.explain() or "rowid=?" in rows.explain()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("named", "index"),
    [
        ({"linked_id__in": ["1700000000.1", "1700000000.2"]}, "calls_by_linked_id"),
        ({"switch_call_id": "1700000000.1"}, "calls_by_switch_id"),
    ],
)
def test_calls_of_a_conversation_are_found_by_it(named: dict[str, object], index: str) -> None:
    found = Call.objects.of_every_account("a switch's own").filter(switch="main", **named)
    assert index in found.order_by().explain()


@pytest.mark.django_db
def test_the_few_that_are_not_billable_are_not_looked_for_among_all_without_a_code(
    firm: LawFirm,
) -> None:
    found = Call.objects.of(firm.account).filter(not_billable=True, account_code_lookup="")
    assert "calls_not_billable" in found.order_by("-started_at", "-id")[:50].explain()


@pytest.mark.django_db
def test_an_upgrade_tells_sqlite_of_new_indexes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_stat1")
        call_command("migrate", verbosity=0)
        cursor.execute(
            "SELECT l.name FROM pragma_index_list('calls_call') AS l "
            "WHERE l.name NOT IN (SELECT idx FROM sqlite_stat1)"
        )
        assert cursor.fetchall() == []
