import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def keep_reading_codes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Tokens that exist may go on reading codes: what used to be part of ``read``.

    Without it a billing program would go on without an error, and write masked codes on bills.
    Tokens last two years at most; the list of tokens shows the scope, so that it can be ended.
    """
    tokens = apps.get_model("api", "ApiToken").objects
    for token in tokens.filter(revoked_at=None).iterator():
        if "read" in token.scopes and "codes:read" not in token.scopes:
            token.scopes = sorted([*token.scopes, "codes:read"])
            token.save(update_fields=["scopes"])


class Migration(migrations.Migration):
    dependencies = [("api", "0004_tagging")]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="made_with",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="made",
                to="api.apitoken",
            ),
        ),
        migrations.RunPython(keep_reading_codes, migrations.RunPython.noop),
    ]
