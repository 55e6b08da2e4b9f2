"""Row-level security (PostgreSQL only)."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.accounts.row_security import protect_by_account


def protect_parts(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    protect_by_account(schema_editor, "reports_runpart")


class Migration(migrations.Migration):
    dependencies = (("reports", "0004_exports"),)
    operations = (migrations.RunPython(protect_parts, migrations.RunPython.noop),)
