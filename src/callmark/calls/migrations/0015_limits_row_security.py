"""Row-level security on limits and their warnings (PostgreSQL only)."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.accounts.row_security import protect_by_account


def protect_tables(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    protect_by_account(schema_editor, "calls_calllimit")
    protect_by_account(schema_editor, "calls_limitwarning")


class Migration(migrations.Migration):
    dependencies = (("calls", "0014_limits"),)
    operations = (migrations.RunPython(protect_tables, migrations.RunPython.noop),)
