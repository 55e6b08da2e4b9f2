"""Row-level security (PostgreSQL only). Entries of no account are for those who see every account.

In SQL, as this part must not import the one above that has it in Python.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

STATEMENTS = (
    "ALTER TABLE audit_auditentry ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE audit_auditentry FORCE ROW LEVEL SECURITY",
    "CREATE POLICY own_account ON audit_auditentry "
    "USING (callmark_sees(account_id)) WITH CHECK (callmark_sees(account_id))",
)


def protect_entries(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in STATEMENTS:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    # The function callmark_sees comes from the other.
    dependencies = (("audit", "0001_initial"), ("calls", "0002_row_security"))
    operations = (migrations.RunPython(protect_entries, migrations.RunPython.noop),)
