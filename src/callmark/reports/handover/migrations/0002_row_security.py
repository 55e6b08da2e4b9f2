"""Row-level security on what bills need to know (PostgreSQL only)."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.accounts.row_security import protect_by_account


def protect_tables(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for name in ("firmdetails", "timekeeper", "savedformat", "invoice"):
        protect_by_account(schema_editor, f"handover_{name}")


class Migration(migrations.Migration):
    dependencies = (
        ("handover", "0001_initial"),
        # It makes the function that policies ask.
        ("calls", "0002_row_security"),
    )
    operations = (migrations.RunPython(protect_tables, migrations.RunPython.noop),)
