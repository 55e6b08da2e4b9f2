"""The tables of call control, which were the API's: nothing changes in the database."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

CALL = migrations.CreateModel(
    name="HttpCall",
    fields=[
        ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
        ("call_id", models.CharField(max_length=150)),
        ("request", models.JSONField()),
        ("state", models.JSONField()),
        ("answers", models.JSONField(default=dict)),
        ("finished", models.BooleanField(default=False)),
        ("ended", models.BooleanField(default=False)),
        ("touched_at", models.DateTimeField(auto_now=True)),
        (
            "account",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="controlled_calls",
                to="accounts.account",
            ),
        ),
        (
            "user",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="controlled_calls",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ],
    options={
        "db_table": "api_controlledcall",
        "indexes": [
            models.Index(fields=["account", "finished", "touched_at"], name="calls_at_the_prompt")
        ],
    },
)
TAGGING = migrations.CreateModel(
    name="HttpTagging",
    fields=[
        ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
        ("tagging_id", models.CharField(max_length=150)),
        ("record_id", models.UUIDField()),
        ("request", models.JSONField()),
        ("state", models.JSONField()),
        ("answers", models.JSONField(default=dict)),
        ("finished", models.BooleanField(default=False)),
        ("touched_at", models.DateTimeField(auto_now=True)),
        (
            "account",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="controlled_taggings",
                to="accounts.account",
            ),
        ),
        (
            "user",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="controlled_taggings",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ],
    options={
        "db_table": "api_controlledtagging",
        "indexes": [
            models.Index(fields=["account", "finished", "touched_at"], name="taggings_under_way")
        ],
    },
)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("api", "0006_call_control_moves_out"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.SeparateDatabaseAndState(state_operations=[CALL, TAGGING])]
