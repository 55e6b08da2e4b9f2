"""Row-level security on tariffs (PostgreSQL only): an account reads the operator's, too."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.accounts.row_security import protect_by_account


def protect_table(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    # Of a row without an account this asks whether all accounts are seen: an operator's right.
    protect_by_account(schema_editor, "tariffs_tariff")
    schema_editor.execute(
        "CREATE POLICY operators_for_all ON tariffs_tariff FOR SELECT USING (account_id IS NULL)"
    )


class Migration(migrations.Migration):
    dependencies = (
        ("tariffs", "0001_initial"),
        # It makes the function that policies ask.
        ("calls", "0002_row_security"),
    )
    operations = (migrations.RunPython(protect_table, migrations.RunPython.noop),)
