"""Indexes for the lists of calls in their order, made beside writers; three that repeat others go.

And on PostgreSQL every policy of row-level security is asked once a query, not once a row.
"""

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.accounts.row_security import ask_once_a_query
from callmark.indexes import AddIndexBesideWriters, drop_index, drop_indexes_of_keys


def write_policies(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    ask_once_a_query(schema_editor)


def drop_what_repeats(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    drop_indexes_of_keys(apps, schema_editor, "calls", "Call", ("account_id", "user_id", "code_id"))


def drop_by_month(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    drop_index(schema_editor, "calls_by_billing_month")


def key(to: str, *, null: bool = True) -> "models.ForeignKey[models.Model, models.Model]":
    deleted = django.db.models.deletion
    return models.ForeignKey(
        db_index=False,
        null=null,
        on_delete=deleted.SET_NULL if null else deleted.CASCADE,
        related_name="calls",
        to=to,
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = (
        ("accounts", "0006_calendar"),
        ("calls", "0012_shared_filters_stay"),
        ("codes", "0007_listed_numbers_row_security"),
        # Their policies are written anew.
        ("api", "0007_tokens_move_out"),
        ("audit", "0003_old_entries_may_go"),
        ("tariffs", "0002_row_security"),
        ("webhooks", "0003_health"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    )

    operations = (
        migrations.RunPython(write_policies, migrations.RunPython.noop),
        AddIndexBesideWriters(
            model_name="call",
            index=models.Index(
                condition=models.Q(("not_billable", True)),
                fields=["account", "-started_at", "-id"],
                name="calls_not_billable",
            ),
        ),
        AddIndexBesideWriters(
            model_name="call",
            index=models.Index(
                fields=["account", "billing_month", "-started_at", "-id"],
                name="calls_of_month_in_order",
            ),
        ),
        AddIndexBesideWriters(
            model_name="call",
            index=models.Index(
                fields=["code", "-started_at", "-id"], name="calls_of_code_in_order"
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=(migrations.RunPython(drop_by_month, migrations.RunPython.noop),),
            state_operations=(
                migrations.RemoveIndex(model_name="call", name="calls_by_billing_month"),
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=(
                migrations.RunPython(drop_what_repeats, migrations.RunPython.noop),
            ),
            state_operations=(
                migrations.AlterField("call", "account", key("accounts.account", null=False)),
                migrations.AlterField("call", "code", key("codes.accountcode")),
                migrations.AlterField("call", "user", key(settings.AUTH_USER_MODEL)),
            ),
        ),
    )
