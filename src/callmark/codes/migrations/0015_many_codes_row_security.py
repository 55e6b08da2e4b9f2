"""Row-level security on changes of many codes and their rows (PostgreSQL only)."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.accounts.row_security import protect_by_account


def protect_tables(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for table in ("codes_codebatch", "codes_batchcode"):
        protect_by_account(schema_editor, table)


class Migration(migrations.Migration):
    dependencies = (("codes", "0014_index_of_labels"),)
    operations = (migrations.RunPython(protect_tables, migrations.RunPython.noop),)
