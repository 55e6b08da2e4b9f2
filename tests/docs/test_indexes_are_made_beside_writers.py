"""What is added to a table that installations have filled does not lock its writers on PostgreSQL.

Django makes an index, or checks a constraint, in a transaction that keeps everybody from writing:
calls could not be stored meanwhile. ``callmark.indexes`` makes an index concurrently; a constraint
or a foreign key is added NOT VALID and validated in a second migration, which lets others write.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from callmark.indexes import AddIndexBesideWriters

LANDED_BEFORE = {
    # Before there was another way; what is landed stays as it is.
    "accounts.0003_payers",
    "api.0005_codes_read_and_made_with",
    "call_control.0002_call_id_once",
    "calls.0003_tagging",
    "calls.0004_guesses_by_time",
    "calls.0005_legs",
    "calls.0006_star_codes_are_kept",
    "calls.0008_totals",
    "calls.0010_cost",
    "codes.0003_payers",
    "reports.0004_exports",
}

Fields = dict[tuple[str, str], "models.Field[Any, Any]"]


def checked_or_indexed(field: "models.Field[Any, Any] | None") -> set[str]:
    """What the database keeps for a field besides its column."""
    if field is None:
        return set()
    kept = {"unique"} if field.unique else set()
    if getattr(field, "db_index", False):
        kept.add("index")
    if field.is_relation and getattr(field, "db_constraint", False):
        kept.add("foreign key")
    return kept


def in_the_database(migration: migrations.Migration) -> Iterator[Operation]:
    """What a migration does there, one by one."""
    for operation in migration.operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from operation.database_operations
        else:
            yield operation


def locks_writers(operation: Operation, fields: Fields, new: set[str]) -> bool:
    """Whether it adds an index or a check to a table that is not new; learns the fields."""
    if isinstance(operation, migrations.CreateModel):
        new.add(operation.name_lower)
        fields |= {(operation.name_lower, name): field for name, field in operation.fields}
    if isinstance(operation, migrations.AddField | migrations.AlterField):
        key = (operation.model_name_lower, operation.name)
        before = checked_or_indexed(fields.get(key))
        fields[key] = operation.field
        more = checked_or_indexed(operation.field) - before
        return bool(more) and operation.model_name_lower not in new
    adds = migrations.AddIndex | migrations.AddConstraint
    return (
        isinstance(operation, adds)
        and not isinstance(operation, AddIndexBesideWriters)
        and operation.model_name.lower() not in new
    )


def made_while_nobody_may_write(found: dict[tuple[str, str], migrations.Migration]) -> set[str]:
    """Migrations of ours that add one to a table that they have not made themselves."""
    ours = {one.label for one in apps.get_app_configs() if one.name.startswith("callmark.")}
    fields: dict[str, Fields] = {label: {} for label in ours}
    locking = set()
    for (label, name), migration in sorted(found.items(), key=lambda one: one[0]):
        new: set[str] = set()
        for one in in_the_database(migration) if label in ours else ():
            if locks_writers(one, fields[label], new):
                locking.add(f"{label}.{name}")
    return locking


def test_no_migration_makes_an_index_or_a_check_while_nobody_may_write() -> None:
    assert made_while_nobody_may_write(MigrationLoader(None).disk_migrations) == LANDED_BEFORE, (
        "callmark.indexes says how"
    )


LINKED = models.ForeignKey("accounts.User", models.CASCADE, null=True)


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddIndex("call", models.Index(fields=["seconds"], name="by_length")),
        migrations.AddConstraint(
            "call", models.CheckConstraint(condition=models.Q(seconds__gt=0), name="some")
        ),
        migrations.AddField("call", "checked_by", LINKED),
        migrations.AddField("call", "ticket", models.CharField(null=True, unique=True)),
        migrations.AlterField("call", "dialed", models.CharField(max_length=80, db_index=True)),
    ],
    ids=lambda one: type(one).__name__,
)
def test_one_of_each_kind_is_found(operation: Operation) -> None:
    kind = type("New", (migrations.Migration,), {"operations": [operation]})
    migration = kind("9999_new", "calls")
    found = {**MigrationLoader(None).disk_migrations, ("calls", "9999_new"): migration}
    assert made_while_nobody_may_write(found) - LANDED_BEFORE == {"calls.9999_new"}


@pytest.mark.parametrize("label", ["calls", "codes", "accounts", "audit", "webhooks"])
def test_one_that_does_it_beside_writers_is_in_no_transaction(label: str) -> None:
    """PostgreSQL refuses it there."""
    for (of, _), migration in MigrationLoader(None).disk_migrations.items():
        if of == label:
            beside = any(isinstance(one, AddIndexBesideWriters) for one in migration.operations)
            assert not (beside and migration.atomic)
