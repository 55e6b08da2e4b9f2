"""What each call counts as, for reports with filters; of calls on record the worker writes it."""

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
    for account in apps.get_model("accounts", "Account").objects.all():
        if calls._base_manager.filter(account_id=account.pk).exists():
            job._base_manager.create(account=account, gathers=True)


class Migration(migrations.Migration):
    dependencies = (
        ("accounts", "0014_switch_overview"),
        ("calls", "0021_where_rating_again_is"),
    )
    operations = (
        migrations.AddField("job", "gathers", models.BooleanField(db_default=False, default=False)),
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
                ("billing_month", models.DateField()),
                ("day", models.DateField()),
                ("started_at", models.DateTimeField()),
                ("call_type", models.CharField(blank=True, max_length=24)),
                ("direction", models.CharField(max_length=10)),
                ("code_id", models.UUIDField(null=True)),
                (
                    "account_code_lookup",
                    models.CharField(blank=True, editable=False, max_length=64),
                ),
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
                ("who", models.UUIDField(default=uuid.UUID(int=0))),
                ("user_name", models.CharField(blank=True, max_length=100)),
                ("party", models.CharField(blank=True, max_length=80)),
                ("seconds", models.PositiveIntegerField(null=True)),
                ("billed_seconds", models.PositiveIntegerField()),
                ("cost", callmark.money.MoneyField()),
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
