"""Row-level security (PostgreSQL only)."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.accounts.row_security import protect_by_account

TABLES = ("reports_savedreport", "reports_schedule", "reports_run")


def protect_tables(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for table in TABLES:
        protect_by_account(schema_editor, table)


class Migration(migrations.Migration):
    dependencies = (("reports", "0001_reports"), ("calls", "0002_row_security"))
    operations = (migrations.RunPython(protect_tables, migrations.RunPython.noop),)
