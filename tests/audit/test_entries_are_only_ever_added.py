"""Entries are neither changed nor deleted: the model refuses, and the database does."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from callmark.audit.models import AppendOnly, AuditEntry
from tests.cast import make_account
from tests.rows import every

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry() -> AuditEntry:
    make_account()
    return every(AuditEntry).get()


@pytest.mark.parametrize(
    "tamper",
    [
        lambda entry: entry.save(),
        lambda entry: entry.delete(),
        lambda _: every(AuditEntry).update(actor_name="nobody"),
        lambda _: every(AuditEntry).delete(),
        lambda entry: every(AuditEntry).filter(pk=entry.pk).update(actor_name="nobody"),
        lambda entry: AuditEntry.objects.bulk_update([entry], ["actor_name"]),
        lambda entry: AuditEntry.objects.bulk_create([entry], ignore_conflicts=True),
        lambda entry: every(AuditEntry).update_or_create(
            pk=entry.pk, defaults={"actor_name": "nobody"}
        ),
    ],
)
def test_the_model_refuses(entry: AuditEntry, tamper: Callable[[AuditEntry], object]) -> None:
    with pytest.raises(AppendOnly):
        tamper(entry)


def test_the_same_id_is_not_added_twice(entry: AuditEntry) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry(pk=entry.pk, actor_name="nobody").save()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditentry SET actor_name = 'nobody'",
        "DELETE FROM audit_auditentry",
        pytest.param(
            "TRUNCATE audit_auditentry",
            marks=pytest.mark.skipif("connection.vendor != 'postgresql'", reason="PostgreSQL only"),
        ),
        pytest.param(
            "INSERT OR REPLACE INTO audit_auditentry SELECT * FROM audit_auditentry",
            marks=pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite only"),
        ),
    ],
)
def test_the_database_refuses(entry: AuditEntry, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="never changed or deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert every(AuditEntry).get().actor_name == "command line"


@pytest.mark.django_db(transaction=True)
def test_emptying_the_whole_database_empties_this_and_refuses_again_afterwards() -> None:
    make_account()
    call_command("flush", interactive=False, verbosity=0)
    assert not every(AuditEntry).exists()
    make_account()
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_auditentry")
