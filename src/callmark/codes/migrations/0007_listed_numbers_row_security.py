"""Row-level security on the listed numbers (PostgreSQL only)."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.accounts.row_security import protect_by_account


def protect_table(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    protect_by_account(schema_editor, "codes_listednumber")


class Migration(migrations.Migration):
    dependencies = (
        ("codes", "0006_listed_numbers"),
        # It makes the function that policies ask.
        ("calls", "0002_row_security"),
    )
    operations = (migrations.RunPython(protect_table, migrations.RunPython.noop),)
