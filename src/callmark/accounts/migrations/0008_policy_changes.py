from django.apps.registry import Apps
import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.accounts.row_security import protect_by_account


def protect_table(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    protect_by_account(schema_editor, "accounts_policychange")


class Migration(migrations.Migration):
    dependencies = (
        ("accounts", "0007_currency"),
        # It makes the function that policies ask.
        ("calls", "0002_row_security"),
    )
    operations = (
        migrations.CreateModel(
            name="PolicyChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveBigIntegerField()),
                (
                    "about",
                    models.CharField(
                        choices=[("code", "One account code"), ("no_code", "Anything but codes")],
                        max_length=10,
                    ),
                ),
                ("row", models.UUIDField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="policy_changes",
                        to="accounts.account",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "number"), name="policy_change_once_in_an_account"
                    )
                ],
            },
        ),
        migrations.RunPython(protect_table, migrations.RunPython.noop),
    )
