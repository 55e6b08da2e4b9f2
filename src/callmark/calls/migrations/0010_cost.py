"""Charges beside calls, and cost in totals.

Every new column has a default in the database, so that adding it writes no row of a table: on
PostgreSQL a moment whatever is on record; SQLite copies the small tables of totals. The table of
calls is not touched. Nothing has a cost until the account has a tariff and rates its calls again.
"""

import callmark.money
import django.db.models.deletion
import uuid
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_currency"),
        ("calls", "0009_totals_of_calls_on_record"),
        ("tariffs", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="adjustment",
            name="billed_seconds",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="adjustment",
            name="cost",
            field=callmark.money.MoneyField(db_default=Decimal("0"), default=Decimal("0")),
        ),
        migrations.AddField(
            model_name="closedmonth",
            name="billed_seconds",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="closedmonth",
            name="cost",
            field=callmark.money.MoneyField(db_default=Decimal("0"), default=Decimal("0")),
        ),
        migrations.AddField(
            model_name="closedmonth",
            name="currency",
            field=models.CharField(blank=True, db_default="", default="", max_length=3),
        ),
        migrations.AddField(
            model_name="codetotal",
            name="billed_seconds",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="codetotal",
            name="cost",
            field=callmark.money.MoneyField(db_default=Decimal("0"), default=Decimal("0")),
        ),
        migrations.AddField(
            model_name="daytotal",
            name="billed_seconds",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="daytotal",
            name="cost",
            field=callmark.money.MoneyField(db_default=Decimal("0"), default=Decimal("0")),
        ),
        migrations.AddField(
            model_name="usertotal",
            name="billed_seconds",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="usertotal",
            name="cost",
            field=callmark.money.MoneyField(db_default=Decimal("0"), default=Decimal("0")),
        ),
        migrations.CreateModel(
            name="Charge",
            fields=[
                (
                    "call",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="charge",
                        serialize=False,
                        to="calls.call",
                    ),
                ),
                ("amount", callmark.money.MoneyField()),
                ("currency", models.CharField(max_length=3)),
                ("billed_seconds", models.PositiveIntegerField()),
                ("tariff_version", models.CharField(max_length=64)),
                ("rate", models.CharField(max_length=100)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="charges",
                        to="accounts.account",
                    ),
                ),
                (
                    "tariff",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tariffs.tariff",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Rerating",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("since", models.DateField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Under way"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("by_name", models.CharField(max_length=100)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("cost_before", callmark.money.MoneyField(default=Decimal("0"))),
                ("cost_after", callmark.money.MoneyField(default=Decimal("0"))),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reratings",
                        to="accounts.account",
                    ),
                ),
            ],
            options={
                "ordering": ("-at", "-pk"),
            },
        ),
        migrations.AddField(
            model_name="job",
            name="rerating",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="job",
                to="calls.rerating",
            ),
        ),
    ]
