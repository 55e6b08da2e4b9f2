"""Row-level security on every table of one account's own data (PostgreSQL only)."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from callmark.accounts.row_security import create_function, protect, protect_by_account

BY_ACCOUNT = (
    "accounts_extension",
    "accounts_phonenumber",
    "accounts_policyrevision",
    "codes_accountcode",
    "codes_accountcodesettings",
    "calls_call",
)
BY_USER = (
    "EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = user_id AND callmark_sees(u.account_id))"
)
BY_CALL = "EXISTS (SELECT 1 FROM calls_call c WHERE c.id = call_id AND callmark_sees(c.account_id))"


def protect_tables(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    create_function(schema_editor)
    for table in BY_ACCOUNT:
        protect_by_account(schema_editor, table)
    for table in ("codes_usercodesettings", "calls_lockoutlift"):
        protect(schema_editor, table, BY_USER)
    protect(schema_editor, "calls_callattempt", BY_CALL)


class Migration(migrations.Migration):
    dependencies = (("calls", "0001_initial"), ("codes", "0001_initial"))
    operations = (migrations.RunPython(protect_tables, migrations.RunPython.noop),)
