"""Calls under control are one account's own: the database itself keeps them apart (PostgreSQL).

Tokens are not protected: they must be found before it is known whose they are.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.accounts.row_security import protect_by_account


def protect_tables(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    protect_by_account(schema_editor, "api_controlledcall")


class Migration(migrations.Migration):
    dependencies = (("api", "0001_initial"), ("calls", "0002_row_security"))
    operations = (migrations.RunPython(protect_tables, migrations.RunPython.noop),)
