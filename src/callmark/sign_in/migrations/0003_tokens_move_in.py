"""The table of API tokens, which was the API's: nothing changes in the database."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TOKEN = migrations.CreateModel(
    name="ApiToken",
    fields=[
        (
            "id",
            models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
        ),
        ("name", models.CharField(max_length=100)),
        ("scopes", models.JSONField(default=list)),
        ("hint", models.CharField(max_length=16)),
        ("key_hash", models.CharField(editable=False, max_length=64, unique=True)),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("expires_at", models.DateTimeField()),
        ("last_used_at", models.DateTimeField(null=True)),
        ("revoked_at", models.DateTimeField(null=True)),
        (
            "account",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="api_tokens",
                to="accounts.account",
            ),
        ),
        (
            "created_by",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="api_tokens",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        (
            "made_with",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="made",
                to="sign_in.apitoken",
            ),
        ),
    ],
    options={
        "db_table": "api_apitoken",
        "ordering": ("-created_at", "id"),
    },
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_answer_first"),
        ("api", "0007_tokens_move_out"),
        ("sign_in", "0002_cache_table"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.SeparateDatabaseAndState(state_operations=[TOKEN])]
