"""Less to do for each call that is rated: no checks of references, one index less a total.

PostgreSQL keeps a tenth of the new pages of totals free: a sum that changes stays in its page then,
and no index of it is written. Pages that are full get room as their rows go elsewhere.
"""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.indexes import AlterFieldsTogether

_TOTALS = ("codetotal", "usertotal", "daytotal")


def leave_room(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name in _TOTALS:
            schema_editor.execute(f"ALTER TABLE calls_{name} SET (fillfactor = 90)")


class Migration(migrations.Migration):
    dependencies = (
        ("accounts", "0014_switch_overview"),
        ("calls", "0022_counted_calls"),
        ("tariffs", "0002_row_security"),
    )
    operations = (
        AlterFieldsTogether(
            migrations.AlterField(
                "charge",
                "call",
                models.OneToOneField(
                    db_constraint=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    primary_key=True,
                    related_name="charge",
                    serialize=False,
                    to="calls.call",
                ),
            ),
            migrations.AlterField(
                "charge",
                "account",
                models.ForeignKey(
                    db_constraint=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="charges",
                    to="accounts.account",
                ),
            ),
            migrations.AlterField(
                "charge",
                "tariff",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    related_name="+",
                    to="tariffs.tariff",
                ),
            ),
        ),
        *(
            migrations.AlterField(
                name,
                "account",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name=related,
                    to="accounts.account",
                ),
            )
            for name, related in (
                ("codetotal", "code_totals"),
                ("usertotal", "user_totals"),
                ("daytotal", "day_totals"),
            )
        ),
        migrations.RunPython(leave_room, migrations.RunPython.noop),
    )
