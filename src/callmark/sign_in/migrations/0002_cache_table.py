"""The table of the shared cache, so that 'migrate' alone makes a database complete."""

from django.apps.registry import Apps
from django.core.management import call_command
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def create_table(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = (("sign_in", "0001_initial"),)
    operations = (migrations.RunPython(create_table, migrations.RunPython.noop),)
