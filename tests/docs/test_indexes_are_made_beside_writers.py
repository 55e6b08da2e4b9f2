"""A new index on a table that installations have filled does not lock its writers on PostgreSQL.

Django makes an index in a transaction that keeps everybody from writing: calls could not be stored
meanwhile. ``callmark.indexes`` makes it concurrently.
"""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import migrations
from django.db.migrations.loader import MigrationLoader

from callmark.indexes import AddIndexBesideWriters

LANDED_BEFORE = {
    # Before there was another way; what is landed stays as it is.
    "calls.0003_tagging",
    "calls.0004_guesses_by_time",
    "calls.0008_totals",
}


def made_while_nobody_may_write() -> Iterator[str]:
    """Migrations of ours with an index on a table that they have not made themselves."""
    ours = {one.label for one in apps.get_app_configs() if one.name.startswith("callmark.")}
    for (label, name), migration in MigrationLoader(None).disk_migrations.items():
        if label not in ours:
            continue
        new: set[str] = set()
        for operation in migration.operations:
            if isinstance(operation, migrations.CreateModel):
                new.add(operation.name_lower)
            if isinstance(operation, AddIndexBesideWriters):
                continue
            if (
                isinstance(operation, migrations.AddIndex)
                and operation.model_name.lower() not in new
            ):
                yield f"{label}.{name}"


def test_no_migration_makes_an_index_while_nobody_may_write() -> None:
    assert set(made_while_nobody_may_write()) == LANDED_BEFORE, "callmark.indexes says how"


@pytest.mark.parametrize("label", ["calls", "codes", "accounts", "audit", "webhooks"])
def test_one_that_does_it_beside_writers_is_in_no_transaction(label: str) -> None:
    """PostgreSQL refuses it there."""
    for (of, _), migration in MigrationLoader(None).disk_migrations.items():
        if of == label:
            beside = any(isinstance(one, AddIndexBesideWriters) for one in migration.operations)
            assert not (beside and migration.atomic)
