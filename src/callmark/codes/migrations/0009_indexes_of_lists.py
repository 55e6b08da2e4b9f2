"""Indexes for the list of codes in its orders, made beside writers; one that repeats another goes."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.indexes import AddIndexBesideWriters, drop_indexes_of_keys


def drop_what_repeats(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    drop_indexes_of_keys(apps, schema_editor, "codes", "AccountCode", ("account_id",))


class Migration(migrations.Migration):
    atomic = False
    dependencies = (
        ("accounts", "0006_calendar"),
        ("codes", "0008_ids_of_other_systems"),
    )

    operations = (
        AddIndexBesideWriters(
            model_name="accountcode",
            index=models.Index(fields=["account", "name", "id"], name="codes_by_name"),
        ),
        AddIndexBesideWriters(
            model_name="accountcode",
            index=models.Index(fields=["account", "created_at", "name"], name="codes_by_age"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=(
                migrations.RunPython(drop_what_repeats, migrations.RunPython.noop),
            ),
            state_operations=(
                migrations.AlterField(
                    "accountcode",
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="codes",
                        to="accounts.account",
                    ),
                ),
            ),
        ),
    )
