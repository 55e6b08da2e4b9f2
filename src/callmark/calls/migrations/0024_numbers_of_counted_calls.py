"""Counted calls know all that a number is looked for in; the worker makes them anew.

A new table, for the columns stand in another order, and to change ten million rows would leave
twice as many.
"""

import uuid

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import callmark.money
from callmark.accounts.row_security import protect_by_account


def protect_table(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    protect_by_account(schema_editor, "calls_countedcall")


def gather_later(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Until it is done, reports look at the calls themselves."""
    calls, job = apps.get_model("calls", "Call"), apps.get_model("calls", "Job")
    job._base_manager.filter(gathers=True).delete()
    for account in apps.get_model("accounts", "Account").objects.all():
        if calls._base_manager.filter(account_id=account.pk).exists():
            job._base_manager.create(account=account, gathers=True)


class Migration(migrations.Migration):
    dependencies = (("calls", "0023_room_to_rate"),)
    operations = (
        migrations.DeleteModel("CountedCall"),
        migrations.CreateModel(
            name="CountedCall",
            fields=[
                (
                    "call",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="counted",
                        serialize=False,
                        to="calls.call",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.account",
                    ),
                ),
                ("who", models.UUIDField(default=uuid.UUID(int=0))),
                ("code_id", models.UUIDField(null=True)),
                ("started_at", models.DateTimeField()),
                ("cost", callmark.money.MoneyField()),
                ("day", models.DateField()),
                ("billing_month", models.DateField()),
                ("seconds", models.PositiveIntegerField(null=True)),
                ("billed_seconds", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("tagged", "With a code"),
                            ("to_assign", "To assign"),
                            ("none", "No code needed"),
                            ("not_billable", "Not billable"),
                        ],
                        max_length=12,
                    ),
                ),
                ("direction", models.CharField(max_length=10)),
                ("call_type", models.CharField(blank=True, max_length=24)),
                ("party", models.CharField(blank=True, max_length=80)),
                ("other_numbers", models.CharField(blank=True, max_length=250)),
                (
                    "account_code_lookup",
                    models.CharField(blank=True, editable=False, max_length=64),
                ),
                ("user_name", models.CharField(blank=True, max_length=100)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["account", "billing_month"], name="counted_calls_by_month"
                    ),
                    models.Index(fields=["account", "started_at"], name="counted_calls_by_start"),
                ],
            },
        ),
        migrations.RunPython(protect_table, migrations.RunPython.noop),
        migrations.RunPython(gather_later, migrations.RunPython.noop),
    )
