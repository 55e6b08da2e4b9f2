"""Row-level security on changes of many users (PostgreSQL only)."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.accounts.row_security import protect_by_account


def protect_tables(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for table in ("codes_userbatch", "codes_userbatchrow"):
        protect_by_account(schema_editor, table)


class Migration(migrations.Migration):
    dependencies = (
        ("codes", "0011_user_batches"),
        # It makes the function that policies ask.
        ("calls", "0002_row_security"),
    )
    operations = (migrations.RunPython(protect_tables, migrations.RunPython.noop),)
